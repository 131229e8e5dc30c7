//! One difference between two bases.

use std::fmt;

use serde::Serialize;

use crate::text::short;

/// A difference between two bases. Its texts are cut after 200 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// How the second base differs.
    pub change: Change,
    /// The kind of part that differs.
    pub part: Part,
    /// The name of the table, if it is part of one.
    pub table: Option<String>,
    /// The name of the column, the link or the asset, or of the table itself.
    pub name: Option<String>,
    /// The ID of the row; in a spreadsheet, its number.
    pub row: Option<String>,
    /// The text of the row's first column.
    pub label: Option<String>,
    /// The value in the first base.
    pub before: Option<String>,
    /// The value in the second base.
    pub after: Option<String>,
}

/// How a part of a base differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// Only the second base has it.
    Added,
    /// Only the first base has it.
    Removed,
    /// It is not the same in both.
    Changed,
}

/// A part of a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// A table: its name, if it changed.
    Table,
    /// A column: its name, its type, its formula, its link or another setting, if it changed.
    Column,
    /// An option of a column: its name, if it changed.
    Option,
    /// A row.
    Row,
    /// The cell of a row.
    Cell,
    /// A row that another is linked to; a link without rows; or the ID of a linked table, if it changed.
    Link,
    /// A file below `asset` in the zip: its content, if it changed.
    Asset,
}

impl Difference {
    pub(crate) fn new(change: Change, part: Part) -> Self {
        Self { change, part, table: None, name: None, row: None, label: None, before: None, after: None }
    }

    pub(crate) fn table(self, table: &str) -> Self {
        Self { table: Some(short(table)), ..self }
    }

    pub(crate) fn name(self, name: &str) -> Self {
        Self { name: Some(short(name)), ..self }
    }

    pub(super) fn row(self, id: &str) -> Self {
        Self { row: Some(short(id)), ..self }
    }

    /// Adds the value of a part that only one base has.
    pub(super) fn value(self, value: &str) -> Self {
        if self.change == Change::Removed {
            self.values(Some(value), None)
        } else {
            self.values(None, Some(value))
        }
    }

    pub(super) fn values(self, before: Option<&str>, after: Option<&str>) -> Self {
        let owned = |text: Option<&str>| text.map(short);
        Self { before: owned(before), after: owned(after), ..self }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Table => "table",
            Self::Column => "column",
            Self::Option => "option",
            Self::Row => "row",
            Self::Cell => "cell",
            Self::Link => "link",
            Self::Asset => "asset",
        })
    }
}
