//! A row and its cells.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use crate::object::Object;
use crate::text::unquoted;

/// A row, as the file has it.
pub struct Row<'a>(pub(crate) Object<'a>);

/// The value of a cell. Numbers keep their digits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cell<'a> {
    /// There is no cell, or it is `null`, or an empty text, list or object.
    Empty,
    /// True or false.
    Bool(bool),
    /// A number, as it is written in the file.
    Number(&'a str),
    /// A text. Half of a surrogate pair is U+FFFD, three times.
    Text(Cow<'a, str>),
    /// A list or an object, as it is written in the file.
    Json(&'a str),
}

impl<'a> Row<'a> {
    /// Returns the ID, which the row keeps when the base is exported and imported.
    pub fn id(&self) -> Cow<'a, str> {
        match self.cell("_id") {
            Cell::Text(id) => id,
            _ => Cow::default(),
        }
    }

    /// Returns the cell of the column with this key. `_ctime`, `_creator` and the like are keys, too.
    pub fn cell(&self, key: &str) -> Cell<'a> {
        self.0.get(key)
    }

    /// Returns all cells with their keys, in the order of the keys; also those of columns that were deleted.
    pub fn cells(&self) -> impl Iterator<Item = (&str, Cell<'a>)> {
        self.0.iter()
    }

    /// Returns the cells with these keys that are not empty, in the order of the keys.
    pub(crate) fn cells_of<'s, T>(
        &'s self,
        keys: &'s BTreeMap<&str, T>,
    ) -> impl Iterator<Item = (&'s str, &'s T, Cell<'a>)> {
        let cells = self.0.among(|key| keys.get(key));
        cells.filter(|(_, _, cell)| !cell.is_empty())
    }
}

impl<'a> Cell<'a> {
    /// Returns the value of a JSON text that is valid.
    pub(crate) fn of(json: &'a str) -> Self {
        match json.as_bytes().first() {
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'"') if json.len() > 2 => Self::Text(unquoted(json)),
            Some(b'[' | b'{') if !is_hollow(json) => Self::Json(json),
            Some(b'-' | b'0'..=b'9') => Self::Number(json),
            _ => Self::Empty,
        }
    }

    /// Returns whether there is nothing in the cell.
    pub fn is_empty(&self) -> bool {
        *self == Self::Empty
    }

    pub(crate) fn into_text(self) -> Option<String> {
        if let Self::Text(text) = self { Some(text.into_owned()) } else { None }
    }
}

/// Returns whether a list or an object is empty.
fn is_hollow(json: &str) -> bool {
    let inner = json.get(1..json.len().saturating_sub(1)).unwrap_or_default();
    inner.trim_ascii().is_empty()
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.cells()).finish()
    }
}
