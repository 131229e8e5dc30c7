//! A base in a file.

use std::fmt;
use std::io::{Read, Seek};
use std::ops::ControlFlow;

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

    /// Returns the file and the base, to read the one beside the other.
    pub(crate) fn parts(&mut self) -> (&mut Archive<F>, &Base) {
        (&mut self.archive, &self.base)
    }

    /// Calls `row` with each row and the place of its table in [`Base::tables`], until it breaks.
    pub fn rows<B>(
        &mut self,
        row: impl FnMut(usize, &Row<'_>) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, ArchiveError> {
        self.archive.rows(row)
    }

    /// Calls `pair` with the place of each link in [`Base::links`], the ID of a row of its first table, and that of a row of the
    /// second, until it breaks. Rows that were deleted may be among them.
    pub fn pairs<B>(
        &mut self,
        pair: impl FnMut(usize, &str, &str) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, ArchiveError> {
        let sides: Vec<_> = self.base.links.iter().map(|link| Some(link.side())).collect();
        self.archive.pairs(&sides, pair)
    }
}

impl<F> fmt::Debug for Dtable<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dtable").field("base", &self.base).finish_non_exhaustive()
    }
}
