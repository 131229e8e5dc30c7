//! Reads `content.json` as a stream: one row, one column, or the links of one row at a time.

use std::convert::Infallible;
use std::io::{self, Read};
use std::ops::ControlFlow;

use crate::json::{Halt, Json, LONGEST, malformed};
use crate::object::Object;
use crate::text::Text;
use crate::{ArchiveError, Base, Cell, Collaborator, Column, Link, Row, Table};

/// The size of all parts of a base that are kept: tables, columns, options, links and collaborators.
const KEPT: usize = 64 * 1024 * 1024;

/// The bytes that each of them counts beside its text, because it needs more memory.
const EACH: usize = 256;

/// Receives the rows and links while a base is read.
pub(crate) trait Receive {
    /// The value with which a receiver stops the reading.
    type Break;

    /// Whether rows are received, rather than only counted.
    const ROWS: bool = false;

    /// Receives a row of the table at this place.
    fn row(&mut self, _table: usize, _row: &Row<'_>) -> ControlFlow<Self::Break> {
        ControlFlow::Continue(())
    }

    /// Receives a row of the table on this side of a link, and one that it is linked to.
    fn pair(&mut self, _link: usize, _side: Side, _row: &str, _other: &str) -> ControlFlow<Self::Break> {
        ControlFlow::Continue(())
    }
}

/// The table of a link that a row is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    First,
    Second,
}

/// Receives nothing.
pub(crate) struct Count;

impl Receive for Count {
    type Break = Infallible;
}

/// Receives rows.
pub(crate) struct Rows<R>(pub(crate) R);

impl<B, R: FnMut(usize, &Row<'_>) -> ControlFlow<B>> Receive for Rows<R> {
    type Break = B;

    const ROWS: bool = true;

    fn row(&mut self, table: usize, row: &Row<'_>) -> ControlFlow<B> {
        (self.0)(table, row)
    }
}

/// Receives pairs, of each link only those of one side.
pub(crate) struct Pairs<'s, P> {
    pub(crate) pair: P,
    pub(crate) sides: &'s [Option<Side>],
}

impl<B, P: FnMut(usize, &str, &str) -> ControlFlow<B>> Receive for Pairs<'_, P> {
    type Break = B;

    fn pair(&mut self, link: usize, side: Side, row: &str, other: &str) -> ControlFlow<B> {
        match side {
            _ if self.sides.get(link) != Some(&Some(side)) => ControlFlow::Continue(()),
            Side::First => (self.pair)(link, row, other),
            Side::Second => (self.pair)(link, other, row),
        }
    }
}

/// Reads a base. `failed` turns an error of the input into one of the file.
pub(crate) fn read<R: Receive>(
    text: impl Read,
    failed: fn(io::Error) -> ArchiveError,
    receive: &mut R,
) -> Result<ControlFlow<R::Break, Base>, ArchiveError> {
    let mut pass = Pass { base: Base::default(), receive, room: KEPT };
    match pass.base(&mut Json::new(text, failed)) {
        Ok(()) => Ok(ControlFlow::Continue(pass.base.indexed())),
        Err(Halt::Break(with)) => Ok(ControlFlow::Break(with)),
        Err(Halt::Error(error)) => Err(error),
    }
}

struct Pass<'r, R> {
    base: Base,
    receive: &'r mut R,
    /// How much more is kept.
    room: usize,
}

type Done<R> = Result<(), Halt<<R as Receive>::Break>>;

impl<R: Receive> Pass<'_, R> {
    fn base<T: Read>(&mut self, json: &mut Json<T>) -> Done<R> {
        if json.peek()? != Some(b'{') {
            return Err(no_base(json).into());
        }
        let mut seen = Vec::new();
        json.object("a base", |json, key| match key {
            "tables" => list("tables", &mut seen, json, |json| self.table(json)),
            "links" => list("links", &mut seen, json, |json| self.link(json)),
            "collaborators" => list("collaborators", &mut seen, json, |json| {
                let collaborator = Collaborator::read(&self.object(json)?);
                self.base.collaborators.push(collaborator);
                Ok(())
            }),
            "format_version" => {
                self.base.format_version = self.value(json)?.parse().ok();
                Ok(())
            }
            _ => Ok(json.skip()?),
        })?;
        json.end()?;
        if seen.contains(&"tables") { Ok(()) } else { Err(ArchiveError::NoTables.into()) }
    }

    fn table<T: Read>(&mut self, json: &mut Json<T>) -> Done<R> {
        self.keep(1, 0)?;
        let (mut table, place, mut seen) = (Table::default(), self.base.tables.len(), Vec::new());
        json.object("a table", |json, key| match key {
            "_id" | "name" => {
                let text = self.text(json)?.unwrap_or_default();
                *(if key == "name" { &mut table.name } else { &mut table.id }) = text;
                Ok(())
            }
            "columns" => list("columns", &mut seen, json, |json| {
                let column = Column::read(&self.object(json)?);
                self.keep(column.options.len(), 0)?;
                table.columns.push(column);
                Ok(())
            }),
            "rows" => list("rows", &mut seen, json, |json| {
                table.rows = table.rows.saturating_add(1);
                self.row(json, place)
            }),
            _ => Ok(json.skip()?),
        })?;
        self.base.tables.push(table);
        Ok(())
    }

    fn row<T: Read>(&mut self, json: &mut Json<T>, table: usize) -> Done<R> {
        if json.peek()? != Some(b'{') {
            return Err(json.unexpected("a row").into());
        }
        if !R::ROWS {
            return Ok(json.skip()?);
        }
        let row = Object::read(json.value(LONGEST)?).ok_or(ArchiveError::TooMuchAtOnce)?;
        go_on(self.receive.row(table, &Row(row)))
    }

    fn link<T: Read>(&mut self, json: &mut Json<T>) -> Done<R> {
        self.keep(1, 0)?;
        let mut link = Link::default();
        json.object("a link", |json, key| {
            let [first, second] = &mut link.tables;
            match key {
                "_id" => link.id = self.text(json)?.unwrap_or_default(),
                "table1_id" => *first = self.text(json)?,
                "table2_id" => *second = self.text(json)?,
                "table1_table2_map" => self.pairs(json, &mut link, Side::First)?,
                "table2_table1_map" => self.pairs(json, &mut link, Side::Second)?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        self.base.links.push(link);
        Ok(())
    }

    /// Reads the rows that each row of one table is linked to, and counts the pairs.
    fn pairs<T: Read>(&mut self, json: &mut Json<T>, link: &mut Link, side: Side) -> Done<R> {
        let (mut count, place) = (0_u64, self.base.links.len());
        if link.pairs_of(side).is_some() {
            return Err(again("list of linked rows", json.place()).into());
        }
        json.object("lists of linked rows", |json, row| {
            if json.peek()? != Some(b'[') {
                return Ok(json.skip()?);
            }
            json.list("a list of row IDs", |json| {
                let at = json.place();
                let other = serde_json::from_str(json.value(LONGEST)?);
                let Text(other) = other.map_err(|_| malformed("a row ID", at))?;
                count = count.saturating_add(1);
                go_on(self.receive.pair(place, side, row, &other))
            })
        })?;
        *link.pairs_of(side) = Some(count);
        Ok(())
    }

    /// Counts parts that are kept, and their length.
    fn keep(&mut self, parts: usize, len: usize) -> Result<(), ArchiveError> {
        let room = self.room.checked_sub(parts.saturating_mul(EACH).saturating_add(len));
        self.room = room.ok_or(ArchiveError::TooMuchAtOnce)?;
        Ok(())
    }

    /// Reads a value that is kept.
    fn value<'j, T: Read>(&mut self, json: &'j mut Json<T>) -> Result<&'j str, ArchiveError> {
        let value = json.value(self.room.min(LONGEST))?;
        self.keep(1, value.len())?;
        Ok(value)
    }

    fn object<'j, T: Read>(&mut self, json: &'j mut Json<T>) -> Result<Object<'j>, ArchiveError> {
        if json.peek()? != Some(b'{') {
            return Err(json.unexpected("an object"));
        }
        Object::read(self.value(json)?).ok_or(ArchiveError::TooMuchAtOnce)
    }

    /// Reads a text. Returns `None` if it is empty, or something else.
    fn text<T: Read>(&mut self, json: &mut Json<T>) -> Result<Option<String>, ArchiveError> {
        Ok(Cell::of(self.value(json)?).into_text())
    }
}

/// Reads a list of parts, unless there was one before: only one of them could count.
fn list<T: Read, B>(
    parts: &'static str,
    seen: &mut Vec<&'static str>,
    json: &mut Json<T>,
    part: impl FnMut(&mut Json<T>) -> Result<(), Halt<B>>,
) -> Result<(), Halt<B>> {
    let name = format!("list of {parts}");
    if seen.contains(&parts) {
        return Err(again(&name, json.place()).into());
    }
    seen.push(parts);
    json.list(&format!("a {name}"), part)
}

fn again(name: &str, place: u64) -> ArchiveError {
    ArchiveError::Malformed(format!("a second {name} is at byte {place}"))
}

fn go_on<B>(flow: ControlFlow<B>) -> Result<(), Halt<B>> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(with) => Err(Halt::Break(with)),
    }
}

/// Returns why this is not a base, although it may be JSON.
fn no_base<T: Read>(json: &mut Json<T>) -> ArchiveError {
    let is_never_opened = match json.starts_with(b"\"\"") {
        Ok(is) => is,
        Err(error) => return error,
    };
    match json.skip().and_then(|()| json.end()) {
        Err(error) => error,
        Ok(()) if is_never_opened => ArchiveError::NeverOpened,
        Ok(()) => ArchiveError::NoTables,
    }
}

#[cfg(test)]
mod tests;
