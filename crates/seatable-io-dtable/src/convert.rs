//! Rows for other programs: as the fields of CSV, the values of a database, or JSON.

use std::borrow::Cow;

use serde_json::json;

use crate::render::joined;
use crate::text::short;
use crate::{Base, Cell, Column, Link, Row, Shape, Table, names};

/// A field of a converted table: a column, or the IDs that are in its cells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field<'b> {
    /// The name, which no other field of the table has, in any case.
    pub name: String,
    /// The column.
    pub column: &'b Column,
    /// Whether the field has the IDs of options or collaborators, rather than their names.
    pub is_id: bool,
}

/// A value as a database has it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Sql<'a> {
    /// An empty cell.
    Null,
    /// A whole number; 0 or 1 for false or true.
    Integer(i64),
    /// A number whose digits it has all.
    Real(f64),
    /// A text; also a number that has more digits, and a list or an object as JSON.
    Text(Cow<'a, str>),
}

/// The beginnings of texts that some spreadsheet takes for formulas, as
/// [OWASP](https://owasp.org/www-community/attacks/CSV_Injection) lists them.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// The name of the field that has the ID of a row.
pub const ROW_ID: &str = "_id";

impl Table {
    /// Returns the fields of the converted table, after that of the row's ID: its columns except for links, and `with_ids` also
    /// the IDs of options and collaborators.
    pub fn fields(&self, with_ids: bool) -> Vec<Field<'_>> {
        let columns = self.columns.iter().filter(|column| column.shape() != Shape::Link);
        let fields = columns.flat_map(|column| {
            let has_ids = matches!(column.shape(), Shape::Option | Shape::Options | Shape::Collaborators);
            let id = (with_ids && has_ids).then(|| (format!("{} id", column.name), column, true));
            std::iter::once((column.name.clone(), column, false)).chain(id)
        });
        let fields: Vec<_> = fields.collect();
        let pairs = fields.iter().map(|(name, column, _)| (name.clone(), column.key.clone()));
        let names = names::unique(pairs, &[ROW_ID]);
        let field = |(name, (_, column, is_id))| Field { name, column, is_id };
        names.into_iter().zip(fields).map(field).collect()
    }
}

/// Names for the files or tables that a base is converted to. None of them is another one in another case or with other accents.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Names {
    /// The name of each table, in the order of [`Base::tables`].
    pub tables: Vec<String>,
    /// The name of each link, in the order of [`Base::links`]: that of its first table and of the column there.
    pub links: Vec<String>,
}

impl Base {
    /// Returns a name for each table and link, which is none of the `reserved` ones. `change` makes a name suit its purpose, before
    /// names that are the same are told apart.
    pub fn names(&self, reserved: &[&str], change: impl Fn(String) -> String) -> Names {
        let tables = self.tables.iter().map(|table| (table.name.clone(), table.id.clone()));
        let links = self.links.iter().map(|link| (self.link_name(link), link.id.clone()));
        let named = tables.chain(links).map(|(name, id)| (change(name), id));
        let mut tables = names::unique(named, reserved);
        let links = tables.split_off(self.tables.len());
        Names { tables, links }
    }

    fn link_name(&self, link: &Link) -> String {
        let [table, _] = self.linked(link);
        let Some(table) = table.and_then(|place| self.tables.get(place)) else { return link.id.clone() };
        // A long name of a table would be there once for each link.
        format!(
            "{} - {}",
            short(&table.name),
            short(table.column_of(link).map_or(&link.id, |column| &column.name))
        )
    }
}

impl Field<'_> {
    /// Returns the value of a row as text. `is_for_spreadsheet`: a text that a spreadsheet would calculate is
    /// [changed](for_spreadsheet).
    pub fn text<'r>(&self, row: &Row<'r>, base: &Base, is_for_spreadsheet: bool) -> Cow<'r, str> {
        let cell = row.cell(&self.column.key);
        let text = match &cell {
            Cell::Json(ids) if self.is_id && ids.starts_with('[') => {
                joined(ids, ", ", Cell::as_written).map_or((*ids).into(), Cow::from)
            }
            _ if self.is_id => cell.as_written(),
            _ => self.column.text(&cell, base),
        };
        let is_number = matches!(cell, Cell::Number(_));
        if is_for_spreadsheet && !is_number { for_spreadsheet(text) } else { text }
    }

    /// Returns the value of a row for a database.
    pub fn sql<'r>(&self, row: &Row<'r>, base: &Base) -> Sql<'r> {
        match (row.cell(&self.column.key), self.column.shape()) {
            (Cell::Empty, _) => Sql::Null,
            (Cell::Bool(value), _) => Sql::Integer(value.into()),
            (Cell::Number(digits), _) => number(digits),
            (Cell::Json(json), Shape::Assets) => Sql::Text(json.into()),
            (Cell::Json(json), Shape::Options | Shape::Collaborators) if self.is_id => Sql::Text(json.into()),
            _ => Sql::Text(self.text(row, base, false)),
        }
    }

    /// Returns the value of a row as JSON; `None` if the cell is empty. Options and collaborators are objects with the keys `id`
    /// and `name`, and numbers keep their digits. It has one line.
    pub fn json(&self, row: &Row<'_>, base: &Base) -> Option<String> {
        let cell = row.cell(&self.column.key);
        let named = |cell: &Cell<'_>| match cell {
            Cell::Text(id) => json!({"id": id, "name": self.column.text(cell, base)}).to_string().into(),
            other => Cow::from(other.to_json()),
        };
        match (&cell, self.column.shape()) {
            (Cell::Empty, _) => None,
            (Cell::Json(_), Shape::LongText) => Some(json!(self.column.text(&cell, base)).to_string()),
            (Cell::Json(json), Shape::Options | Shape::Collaborators) if json.starts_with('[') => {
                Some(joined(json, ",", named).map_or_else(|| cell.to_json(), |items| format!("[{items}]")))
            }
            (Cell::Text(_), Shape::Option | Shape::Options | Shape::Collaborators) => {
                Some(named(&cell).into_owned())
            }
            _ => Some(cell.to_json()),
        }
    }
}

/// Returns a text with `'` before it if a spreadsheet would calculate it as a formula.
pub fn for_spreadsheet(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.starts_with(FORMULA) { format!("'{text}").into() } else { text }
}

impl Cell<'_> {
    pub(crate) fn to_json(&self) -> String {
        match self {
            Self::Empty => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            // The lines of a text end within none of its values.
            Self::Number(json) | Self::Json(json) => json.replace(['\n', '\r'], " "),
            Self::Text(text) => json!(text).to_string(),
        }
    }
}

/// Returns a number, unless that would lose digits.
fn number(digits: &str) -> Sql<'_> {
    use crate::compare::canonical;

    if let Ok(integer) = digits.parse() {
        return Sql::Integer(integer);
    }
    let real = digits.parse::<f64>().ok().filter(|real| canonical(&real.to_string()) == canonical(digits));
    real.map_or(Sql::Text(digits.into()), Sql::Real)
}
