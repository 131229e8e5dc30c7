//! What a file is that should be the copy of a base.

use std::io::{self, BufReader, Read, Seek, Write};

use seatable_io_backup::{AssetScan, Checksum};
use seatable_io_ureq::{Archive, ArchiveError};
use sha2::{Digest as _, Sha256};

/// A file that is the whole copy of a base.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Copied {
    pub(crate) bytes: u64,
    pub(crate) sha256: Checksum,
    /// How many of the assets that the base names are not in the file.
    pub(crate) assets_missing: u64,
}

impl Copied {
    /// Returns how many assets are missing, in words, if any are.
    pub(crate) fn missing(&self) -> Option<String> {
        let are = if self.assets_missing == 1 { "is" } else { "are" };
        (self.assets_missing > 0).then(|| format!("{} {are} missing", lacking(self.assets_missing)))
    }
}

/// Returns how many assets a copy lacks, in words. They are only counted up to a limit.
pub(crate) fn lacking(assets_missing: u64) -> String {
    match assets_missing {
        0 => "none".to_owned(),
        1 => "1 asset".to_owned(),
        AssetScan::MOST.. => format!("at least {assets_missing} assets"),
        _ => format!("{assets_missing} assets"),
    }
}

/// Reads a file to its end: its checksum, those of all entries of the zip, and the assets that are missing.
pub(crate) fn examine(file: &mut (impl Read + Seek)) -> Result<Copied, ArchiveError> {
    file.rewind().map_err(ArchiveError::Read)?;
    let mut hash = Hash(Sha256::new());
    let bytes = io::copy(&mut BufReader::new(&mut *file), &mut hash).map_err(ArchiveError::Read)?;
    let mut archive = Archive::open(file)?;
    let mut assets = AssetScan::new(archive.names());
    archive.check_content(|text| assets.chunk(text))?;
    archive.check_entries()?;
    let sha256 = Checksum::new(hash.0.finalize().into());
    Ok(Copied { bytes, sha256, assets_missing: assets.missing() })
}

struct Hash(Sha256);

impl Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_assets_that_is_a_limit_is_said_to_be_one() {
        let words = |assets_missing| {
            let copied = Copied { bytes: 0, sha256: Checksum::new([0; 32]), assets_missing };
            (copied.missing().unwrap_or_default(), lacking(assets_missing))
        };
        let expected = |missing: &str, lacks: &str| (missing.to_owned(), lacks.to_owned());
        assert_eq!(words(0), expected("", "none"));
        assert_eq!(words(1), expected("1 asset is missing", "1 asset"));
        assert_eq!(words(99_999), expected("99999 assets are missing", "99999 assets"));
        let least = expected("at least 100000 assets are missing", "at least 100000 assets");
        assert_eq!(words(100_000), least);
    }
}
