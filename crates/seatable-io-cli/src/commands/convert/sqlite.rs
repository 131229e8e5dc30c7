//! An SQLite database: a table for each table and each link, and three for all columns, options and collaborators.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, ErrorCode, OpenFlags, Statement, ToSql, ffi};
use seatable_io_ureq::dtable::{Base, Field, ROW_ID, Row, Shape, Sql};

use super::Sheets;
use super::plan::{Join, Plan, Sheet};
use crate::failure::{Failure, Kind};

/// The name of the column that has the ID of the other row of a pair.
pub(super) const LINKED_ID: &str = "linked_id";

const COLUMNS: &str = "_columns";
const OPTIONS: &str = "_options";
const COLLABORATORS: &str = "_collaborators";

/// The most columns that a table has.
const MOST: usize = 2000;

/// The database is new and has another name until it is complete, so nothing in it must survive a crash. Whether the rows of a
/// pair exist is checked here.
const SETTINGS: &str = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; \
     PRAGMA foreign_keys = OFF; PRAGMA cache_size = -24576; BEGIN";

/// Returns the names that no table of the base may have.
pub(super) fn reserved(base: &Base) -> Vec<String> {
    let tables = [COLUMNS, OPTIONS, COLLABORATORS].map(str::to_owned);
    tables
        .into_iter()
        .chain((0..base.links.len()).flat_map(|link| indexes(link).map(|(name, _)| name)))
        .collect()
}

/// Returns a name that SQLite accepts: those with its own prefix are reserved.
pub(super) fn table_name(name: String) -> String {
    let is_reserved = name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("sqlite_"));
    if is_reserved { format!("_{name}") } else { name }
}

/// Returns the names of the two indexes of a link, and their columns.
fn indexes(link: usize) -> [(String, &'static str); 2] {
    [ROW_ID, LINKED_ID].map(|column| (format!("_link {link} {column}"), column))
}

/// Opens a new database.
pub(super) fn open(path: &Path) -> Result<Connection, Failure> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags).map_err(|error| failed(&error))?;
    database.execute_batch(SETTINGS).map_err(|error| failed(&error))?;
    Ok(database)
}

pub(super) struct Tables<'a> {
    database: &'a Connection,
    plan: &'a Plan<'a>,
    /// The table or the link that rows or pairs are inserted into.
    insert: Option<(Part, Statement<'a>)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Table(usize),
    Link(usize),
}

impl<'a> Tables<'a> {
    pub(super) fn new(database: &'a Connection, plan: &'a Plan<'a>) -> Result<Tables<'a>, Failure> {
        if let Some(sheet) = plan.tables().find(|sheet| sheet.fields.len() >= MOST) {
            let (columns, name) = (sheet.fields.len() + 1, &sheet.name);
            let words = format!("table {name} would have {columns} columns, and SQLite allows {MOST}");
            return Err(Failure::usage(words)
                .hint("convert it to CSV files or JSON lines, or choose other tables with --table"));
        }
        let tables = Tables { database, plan, insert: None };
        tables.create().map_err(|error| failed(&error))?;
        Ok(tables)
    }

    fn create(&self) -> rusqlite::Result<()> {
        for sheet in self.plan.tables() {
            let columns: Vec<_> = sheet.fields.iter().map(|field| format!(", {}", declared(field))).collect();
            let name = quoted(&sheet.name);
            let sql = format!(
                "CREATE TABLE {name} ({} TEXT PRIMARY KEY NOT NULL{})",
                quoted(ROW_ID),
                columns.concat()
            );
            self.database.execute_batch(&sql)?;
        }
        for link in self.plan.links() {
            let columns = [ROW_ID, LINKED_ID].iter().zip(link.tables).filter_map(|(column, place)| {
                let table = quoted(&self.plan.table(place)?.name);
                Some(format!("{} TEXT NOT NULL REFERENCES {table} ({})", quoted(column), quoted(ROW_ID)))
            });
            let columns: Vec<_> = columns.collect();
            let sql = format!("CREATE TABLE {} ({})", quoted(&link.name), columns.join(", "));
            self.database.execute_batch(&sql)?;
        }
        self.describe()
    }

    /// Fills the tables that have no counterpart in the base.
    fn describe(&self) -> rusqlite::Result<()> {
        self.database.execute_batch(&format!(
            "CREATE TABLE {COLUMNS} (\"table\" TEXT NOT NULL, \"column\" TEXT NOT NULL, key TEXT NOT NULL, type TEXT NOT NULL, \
                 formula TEXT, link TEXT); \
             CREATE TABLE {OPTIONS} (\"table\" TEXT NOT NULL, \"column\" TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL); \
             CREATE TABLE {COLLABORATORS} (id TEXT NOT NULL, name TEXT NOT NULL, contact_email TEXT)"
        ))?;
        let insert = |table: &str, values: &str| {
            self.database.prepare(&format!("INSERT INTO {table} VALUES {values}"))
        };
        let mut person = insert(COLLABORATORS, "(?, ?, ?)")?;
        for it in &self.plan.base.collaborators {
            person.execute((&it.id, &it.name, &it.contact_email))?;
        }
        let (mut column, mut option) =
            (insert(COLUMNS, "(?, ?, ?, ?, ?, ?)")?, insert(OPTIONS, "(?, ?, ?, ?)")?);
        let plan = self.plan;
        let named = |link: &'a Join| Some((&plan.base.links.get(link.place)?.id, &link.name));
        let links: BTreeMap<_, _> = plan.links().filter_map(named).collect();
        for sheet in plan.tables() {
            for Field { name, column: it, .. } in sheet.fields.iter().filter(|field| !field.is_id) {
                column.execute((&sheet.name, name, &it.key, &it.ty, &it.formula, None::<&str>))?;
                for one in &it.options {
                    option.execute((&sheet.name, name, &one.id, &one.name))?;
                }
            }
            let columns = plan.base.tables.get(sheet.place).into_iter().flat_map(|table| &table.columns);
            for (it, link) in columns.filter_map(|it| Some((it, links.get(it.link.as_ref()?)?))) {
                column.execute((&sheet.name, &it.name, &it.key, &it.ty, &it.formula, link))?;
            }
        }
        Ok(())
    }

    /// Returns the statement that inserts a row or a pair.
    fn insert(&mut self, part: Part) -> Result<Option<&mut Statement<'a>>, Failure> {
        if self.insert.as_ref().is_none_or(|(current, _)| *current != part) {
            let Some(sql) = self.insertion(part) else { return Ok(None) };
            self.insert = Some((part, self.database.prepare(&sql).map_err(|error| failed(&error))?));
        }
        Ok(self.insert.as_mut().map(|(_, statement)| statement))
    }

    fn insertion(&self, part: Part) -> Option<String> {
        match part {
            Part::Table(place) => {
                let sheet = self.plan.table(place)?;
                let values = vec!["?"; sheet.fields.len() + 1].join(", ");
                Some(format!("INSERT INTO {} VALUES ({values})", quoted(&sheet.name)))
            }
            Part::Link(place) => {
                let link = self.plan.link(place)?;
                let exists = ["?1", "?2"].iter().zip(link.tables).filter_map(|(id, place)| {
                    let table = quoted(&self.plan.table(place)?.name);
                    Some(format!("EXISTS (SELECT 1 FROM {table} WHERE {} = {id})", quoted(ROW_ID)))
                });
                let exists = exists.collect::<Vec<_>>().join(" AND ");
                Some(format!("INSERT INTO {} SELECT ?1, ?2 WHERE {exists}", quoted(&link.name)))
            }
        }
    }
}

impl Sheets for Tables<'_> {
    fn row(&mut self, table: usize, row: &Row<'_>) -> Result<(), Failure> {
        let plan = self.plan;
        let Some((sheet, insert)) = plan.table(table).zip(self.insert(Part::Table(table))?) else {
            return Ok(());
        };
        let id = row.id();
        let inserted = insert_row(insert, &id, sheet, row, plan.base);
        inserted.map_err(|error| if is_duplicate(&error) { duplicate(&id, sheet) } else { failed(&error) })
    }

    fn pair(&mut self, link: usize, rows: [&str; 2]) -> Result<bool, Failure> {
        let Some(insert) = self.insert(Part::Link(link))? else { return Ok(true) };
        Ok(insert.execute(rows).map_err(|error| failed(&error))? > 0)
    }

    fn finish(mut self) -> Result<(), Failure> {
        self.insert = None;
        let index = |link: &Join| {
            let sql = indexes(link.place).map(|(index, column)| {
                format!("CREATE INDEX {} ON {} ({});", quoted(&index), quoted(&link.name), quoted(column))
            });
            self.database.execute_batch(&sql.concat())
        };
        let indexed = self.plan.links().try_for_each(index);
        indexed.and_then(|()| self.database.execute_batch("COMMIT")).map_err(|error| failed(&error))
    }
}

fn insert_row(
    insert: &mut Statement<'_>,
    id: &str,
    sheet: &Sheet<'_>,
    row: &Row<'_>,
    base: &Base,
) -> rusqlite::Result<()> {
    insert.raw_bind_parameter(1, id)?;
    for (place, field) in (2..).zip(&sheet.fields) {
        insert.raw_bind_parameter(place, Value(field.sql(row, base)))?;
    }
    insert.raw_execute().map(drop)
}

struct Value<'v>(Sql<'v>);

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match &self.0 {
            Sql::Integer(value) => value.to_sql(),
            Sql::Real(value) => value.to_sql(),
            Sql::Text(text) => Ok(ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))),
            _ => Null.to_sql(),
        }
    }
}

/// Returns the name and the type of a column. A number has none, since SQLite would change the digits of long ones.
fn declared(field: &Field<'_>) -> String {
    let ty = match field.column.shape() {
        Shape::Number | Shape::Bool | Shape::Json => "",
        _ => " TEXT",
    };
    format!("{}{ty}", quoted(&field.name))
}

/// Returns a name as SQL has it. The names that are given to it contain no NUL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn is_duplicate(error: &Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_CONSTRAINT_PRIMARYKEY)
}

fn duplicate(id: &str, sheet: &Sheet<'_>) -> Failure {
    let id = if id.is_empty() { "without an ID".to_owned() } else { format!("with the ID {id}") };
    let failure = Failure::new(Kind::BadFile, format!("table {} has several rows {id}", sheet.name));
    failure.hint("convert it to CSV files or JSON lines, which have all of them")
}

fn failed(error: &Error) -> Failure {
    let is_full = error.sqlite_error_code() == Some(ErrorCode::DiskFull);
    Failure { is_full, ..Failure::io(format!("cannot write the database: {error}")) }
}
