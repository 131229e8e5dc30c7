//! Reads `.dtable` files, in which [SeaTable](https://seatable.com) exports and imports bases.
//!
//! A `.dtable` file is a zip. Its `content.json` has the tables, and the folder `asset` the attached files and images. This
//! crate reads it as a stream over any [`Read`](std::io::Read) and [`Seek`](std::io::Seek): a base of a million rows needs a few
//! megabytes of memory. It opens no files itself.
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use seatable_io_dtable::Dtable;
//!
//! # let file = std::io::Cursor::new(include_bytes!("../tests/bugs.dtable"));
//! let mut dtable = Dtable::open(file)?;
//! let base = dtable.base().clone();
//! assert_eq!((base.tables[0].name.as_str(), base.tables[0].rows), ("Bugs", 2));
//!
//! let mut lines = Vec::new();
//! let _ = dtable.rows(|table, row| {
//!     let columns = base.tables[table].columns.iter();
//!     let cells = columns.map(|column| column.text(&row.cell(&column.key), &base));
//!     lines.push(cells.collect::<Vec<_>>().join("|"));
//!     ControlFlow::<()>::Continue(())
//! })?;
//! assert_eq!(lines, ["Crash|Open", "Typo|Done", "Ada", "Bo"]);
//! # Ok::<(), seatable_io_dtable::ArchiveError>(())
//! ```
//!
//! # Is it a base?
//!
//! [`check_archive`] checks that a file is one that a server can import: a whole zip with a `content.json` that has tables.
//! [`Archive`] also compares the checksums of all entries, and [`AssetScan`] finds the assets that `content.json` names and the
//! zip lacks. [`check_dtable`] is all of that, before a file is sent to a server; [`check_csv`] and [`check_xlsx`] are for `.csv` and
//! `.xlsx` files.
//!
//! A file in an object store, of which only ranges can be read, is checked through a [`RangeReader`].
//!
//! # Are two bases the same?
//!
//! A server may report an import as finished although the base is empty. [`compare`] proves an import: export the base again,
//! and compare the two files. [`compare`] lists the parts that it does not look at.
//!
//! ```
//! use seatable_io_dtable::{Dtable, Rules, compare};
//!
//! # let sent = std::io::Cursor::new(include_bytes!("../tests/bugs.dtable"));
//! # let exported = sent.clone();
//! let comparison = compare(&mut Dtable::open(sent)?, &mut Dtable::open(exported)?, &Rules::imported())?;
//! assert!(comparison.is_same(), "{:?}", comparison.differences());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`compare_spreadsheet`] does the same for a `.csv` or `.xlsx` file, whose rows another program reads.
//!
//! # Other formats
//!
//! [`Table::fields`] returns the fields of a table for other programs, whose values are text for CSV ([`Field::text`]), the
//! values of a database ([`Field::sql`]) or JSON ([`Field::json`]).
//!
//! # Limits
//!
//! Every file ends in a result, whatever it contains. A file may unpack to 64 MiB and 200 times its size, and `content.json` to 4
//! GiB. A row, a column or another value that is read as a whole may have 16 MiB and 131,072 keys, and all tables, columns, options,
//! links and collaborators together 64 MiB, where each counts 256 bytes and its text. The directory of the zip may have 64 MiB, which
//! needs some 200 MB of memory. Equal IDs or names, however many, do not make reading or comparing slow; [`Base::linked`], and
//! [`Base::names`] for each link, search all tables.
//!
//! Of two values of one key the last counts, as for Python; a second list of tables, rows, columns, links, collaborators or linked
//! rows is an error.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod archive;
mod assets;
mod base;
mod column;
mod compare;
mod content;
mod convert;
mod csv;
mod dtable;
mod hash;
mod ids;
mod json;
mod json_text;
mod losses;
mod names;
mod object;
mod range_reader;
mod render;
mod row;
mod spreadsheet;
mod text;
mod xlsx;

pub use archive::{Archive, ArchiveError, check_archive};
pub use assets::{AssetScan, HeldAssets};
pub use base::{Base, Collaborator, Link, Table};
pub use column::{Column, SelectOption, Shape};
pub use compare::{Change, CompareError, Comparison, Difference, Part, Rules, compare};
pub use convert::{Field, Names, ROW_ID, Sql, for_spreadsheet};
pub use csv::{CsvError, CsvFile, check_csv};
pub use dtable::Dtable;
pub use losses::{Losses, check_dtable};
pub use range_reader::RangeReader;
pub use row::{Cell, Row};
pub use spreadsheet::{Spreadsheet, Value, compare_spreadsheet};
pub use xlsx::{XlsxError, check_xlsx};
