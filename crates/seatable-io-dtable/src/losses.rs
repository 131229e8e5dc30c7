//! The parts of a file that a server loses, although it imports the file.

use std::borrow::Cow;
use std::io::{Read, Seek};

use crate::{Archive, ArchiveError, AssetScan, CsvFile};

/// The most names of entries that are kept.
const NAMES: usize = 1000;

/// The parts of a file that a server loses, although it reports the import as finished.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Losses {
    /// The number of assets that `content.json` names and the zip lacks.
    pub missing: u64,
    /// The names of missing assets; as many as fit into 4 MiB.
    pub missing_names: Vec<String>,
    /// Whether [`missing_names`](Self::missing_names) lacks some of the missing assets.
    pub is_cut: bool,
    /// The number of entries with backslashes in their names, which servers do not find (fact 25).
    pub backslashes: u64,
    /// The first 1,000 names of entries with backslashes.
    pub backslash_names: Vec<String>,
    /// Whether a `.csv` file seems to be separated by tabs, of which a server makes one column.
    pub is_one_column: bool,
}

impl From<CsvFile> for Losses {
    fn from(file: CsvFile) -> Self {
        Self { is_one_column: file.seems_tab_separated, ..Self::default() }
    }
}

/// Checks that a server can unpack all of a `.dtable` file and import its base, and returns the losses that are to be expected.
///
/// This is [`check_archive`](crate::check_archive), and also compares the checksums of all entries: one that is damaged ends the
/// import, after the server has created the base.
pub fn check_dtable(file: impl Read + Seek) -> Result<Losses, ArchiveError> {
    let mut archive = Archive::open(file)?;
    let losses = archive.losses()?;
    archive.check_entries()?;
    Ok(losses)
}

impl<F: Read + Seek> Archive<F> {
    /// Reads `content.json` as [`base`](Self::base) does, and returns the losses that are to be expected of an import.
    ///
    /// # Errors
    ///
    /// As [`base`](Self::base).
    pub fn losses(&mut self) -> Result<Losses, ArchiveError> {
        let mut assets = AssetScan::new(self.names());
        self.base(|text| assets.chunk(text))?;
        let backslash_names = self.with_backslashes().take(NAMES).map(Cow::into_owned).collect();
        Ok(Losses {
            missing: assets.missing(),
            is_cut: assets.is_cut(),
            missing_names: assets.into_names(),
            backslashes: self.with_backslashes().count() as u64,
            backslash_names,
            is_one_column: false,
        })
    }
}
