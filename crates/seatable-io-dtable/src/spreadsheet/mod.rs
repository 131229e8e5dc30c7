//! Compares a base with the `.csv` or `.xlsx` file that it was imported from.

mod cells;
mod names;
mod rows;

use std::borrow::Cow;
use std::convert::Infallible;
use std::io::{self, Read, Seek};
use std::ops::ControlFlow;

use crate::{ArchiveError, Base, Change, CompareError, Comparison, Difference, Dtable, Part, Table};
use names::Head;

/// A `.csv` or `.xlsx` file, as another program reads it.
pub trait Spreadsheet {
    /// Returns the names of the sheets; `None` if the format has no names.
    fn sheets(&self) -> Vec<Option<String>>;

    /// Calls `row` with each row of a sheet, which [`compare_spreadsheet`] asks for three times. The first row has the names of the
    /// columns.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    fn rows(&mut self, sheet: usize, row: &mut dyn FnMut(&[Value<'_>])) -> io::Result<()>;
}

/// The value of a cell in a spreadsheet.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A text, also a date such as `2026-11-30 17:05:00`. An empty text is an empty cell.
    Text(Cow<'a, str>),
    /// A number, not a text with digits.
    Number(f64),
    /// True or false.
    Bool(bool),
}

/// Compares a base with the `.csv` or `.xlsx` file that it was imported from: names of sheets and columns, rows, and texts.
///
/// Servers guess the type of a column, and spell values accordingly. These changes lose no content, and are not differences:
///
/// - Spaces around a value, and the kind of line ends in it. The server removes the spaces of a `.csv`, and reads every line end as
///   a line feed.
/// - `` ` ``, `{`, `}` and `.` in the name of a column, which become `_`; ` (1)` after the name of a second column of this name; and
///   `Field3` for the third column, if it has no name. `` ` ``, `/` and `\` in the name of a sheet, which become `_`.
/// - In a column of checkboxes, texts such as `yes` and `no`, which become true and false. An empty cell becomes false, too. `x` is
///   a difference: servers read it as false, and people write it for true.
/// - In a column of several options, commas: the server splits a text at each comma, and drops spaces and empty pieces.
/// - In a column of dates, a time of day that is `00:00:00`, and seconds that are `00`.
/// - How a number is written, if it is one in the `.xlsx` file. A `.csv` has only texts: if `007` becomes 7, that is a difference.
///
/// Rows, columns and tables without a value do not count, and neither does the order of rows. Rows and columns that a server
/// leaves out, such as those beyond its limits, are differences, and so is the text of a cell that it drops.
///
/// The ID of a row is its number in the file, with the row of names as 1, if the file has it, and otherwise the one in the base.
///
/// Memory: 40 bytes for each row of a sheet, of which servers import at most 50,000.
///
/// # Errors
///
/// If a file cannot be read: which one, and why.
pub fn compare_spreadsheet<F: Read + Seek>(
    sent: &mut impl Spreadsheet,
    imported: &mut Dtable<F>,
) -> Result<Comparison, CompareError> {
    let base = imported.base().clone();
    let mut comparison = Comparison::default();
    let mut heads = Vec::new();
    for (sheet, name) in sent.sheets().into_iter().enumerate() {
        let head = Head::read(sent, sheet, name).map_err(unread)?;
        heads.extend((!head.is_empty()).then_some(head));
    }
    let places = places(&heads, &base);
    for (head, place) in heads.iter().zip(&places) {
        let Some((place, table)) = place.and_then(|place| Some((place, base.tables.get(place)?))) else {
            let name = head.table.as_deref().unwrap_or_default();
            comparison.add(Difference::new(Change::Removed, Part::Table).table(name));
            continue;
        };
        if let Some(name) = head.table.as_ref().filter(|name| **name != table.name) {
            let (before, after) = (Some(name.clone()), Some(table.name.clone()));
            let difference = Difference::new(Change::Changed, Part::Table).table(name).name(name);
            comparison.add(Difference { before, after, ..difference });
        }
        rows::compare(sent, imported, &base, head, place, &mut comparison)?;
    }
    for (place, table) in base.tables.iter().enumerate() {
        if !places.contains(&Some(place)) && has_values(imported, place, table)? {
            comparison.add(Difference::new(Change::Added, Part::Table).table(&table.name));
        }
    }
    Ok(comparison)
}

fn unread(error: io::Error) -> CompareError {
    CompareError::Before(ArchiveError::Read(error))
}

/// Returns the place of the table that each sheet became: the one with its name, or else the next that no sheet names.
fn places(heads: &[Head], base: &Base) -> Vec<Option<usize>> {
    let named = |head: &Head| base.tables.iter().position(|table| head.table.as_ref() == Some(&table.name));
    let mut places: Vec<_> = heads.iter().map(named).collect();
    for place in 0..base.tables.len() {
        if !places.contains(&Some(place))
            && let Some(missing) = places.iter_mut().find(|place| place.is_none())
        {
            *missing = Some(place);
        }
    }
    places
}

fn has_values<F: Read + Seek>(
    imported: &mut Dtable<F>,
    place: usize,
    table: &Table,
) -> Result<bool, CompareError> {
    let flow = imported.rows(|other, row| {
        let is_filled = |key: &str| !row.cell(key).is_empty();
        let has_value = other == place && table.columns.iter().any(|column| is_filled(&column.key));
        if has_value { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    flow.map(|flow| flow.is_break()).map_err(CompareError::After)
}

/// Calls `each` with every row of a table.
fn rows_of<F: Read + Seek>(
    imported: &mut Dtable<F>,
    place: usize,
    mut each: impl FnMut(&crate::Row<'_>),
) -> Result<(), CompareError> {
    let flow = imported.rows(|table, row| {
        if table == place {
            each(row);
        }
        ControlFlow::<Infallible>::Continue(())
    });
    flow.map(drop).map_err(CompareError::After)
}
