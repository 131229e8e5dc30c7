//! A base in a file.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read, Seek};
use std::ops::ControlFlow;

use crate::content::{Receive, Side};
use crate::{Archive, ArchiveError, Base, Row};

/// A base in a file, of which only the tables, columns and the like are in memory.
pub struct Dtable<F> {
    archive: Archive<F>,
    base: Base,
}

impl<F: Read + Seek> Dtable<F> {
    /// Opens a file, and reads all of `content.json`.
    ///
    /// # Errors
    ///
    /// As [`check_archive`](crate::check_archive), and if `content.json` is not that of a base.
    pub fn open(file: F) -> Result<Self, ArchiveError> {
        let mut archive = Archive::open(file)?;
        let base = archive.base(|_| ())?;
        Ok(Self::new(archive, base))
    }

    /// Takes a file whose base was read.
    pub fn new(archive: Archive<F>, base: Base) -> Self {
        Self { archive, base }
    }

    /// Returns the tables, columns and links.
    pub fn base(&self) -> &Base {
        &self.base
    }

    /// Returns the files below `asset/` in the zip: their paths, sizes and checksums.
    pub(crate) fn assets(&self) -> BTreeMap<String, (u64, u32)> {
        self.archive.assets()
    }

    /// Calls `row` with each row and the place of its table in [`Base::tables`], until it breaks.
    pub fn rows<B>(
        &mut self,
        row: impl FnMut(usize, &Row<'_>) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, ArchiveError> {
        self.archive.receive(&mut Rows(row))
    }

    /// Calls `pair` with the place of each link in [`Base::links`], the ID of a row of its first table, and that of a row of the
    /// second, until it breaks. Rows that were deleted may be among them.
    pub fn pairs<B>(
        &mut self,
        pair: impl FnMut(usize, &str, &str) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, ArchiveError> {
        let sides = self.base.links.iter().map(crate::Link::side).collect();
        self.archive.receive(&mut Pairs { pair, sides })
    }
}

struct Rows<R>(R);

impl<B, R: FnMut(usize, &Row<'_>) -> ControlFlow<B>> Receive for Rows<R> {
    type Break = B;

    const ROWS: bool = true;

    fn row(&mut self, table: usize, row: &Row<'_>) -> ControlFlow<B> {
        (self.0)(table, row)
    }
}

struct Pairs<P> {
    pair: P,
    sides: Vec<Side>,
}

impl<B, P: FnMut(usize, &str, &str) -> ControlFlow<B>> Receive for Pairs<P> {
    type Break = B;

    fn pair(&mut self, link: usize, side: Side, row: &str, other: &str) -> ControlFlow<B> {
        match side {
            _ if self.sides.get(link) != Some(&side) => ControlFlow::Continue(()),
            Side::First => (self.pair)(link, row, other),
            Side::Second => (self.pair)(link, other, row),
        }
    }
}

impl<F> fmt::Debug for Dtable<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dtable").field("base", &self.base).finish_non_exhaustive()
    }
}
