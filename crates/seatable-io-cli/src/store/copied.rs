//! Examines a file that should be the copy of a base.

use std::io::{Read, Seek};

use seatable_io_backup::Checksum;
use seatable_io_ureq::StopSignal;
use seatable_io_ureq::dtable::{Archive, ArchiveError, AssetScan, HeldAssets, Losses};
use sha2::{Digest as _, Sha256};

use crate::failure::{Failure, Kind};
use crate::files::read_through;
use crate::stop;

/// A complete copy of a base.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Copied {
    pub(crate) bytes: u64,
    pub(crate) sha256: Checksum,
    /// The number of assets that the base names and the file lacks.
    pub(crate) assets_missing: u64,
}

/// A copy that was read to its end.
pub(crate) struct Examined {
    pub(crate) copied: Copied,
    pub(crate) held: HeldAssets,
    /// The losses to expect of an import.
    pub(crate) losses: Losses,
}

impl Copied {
    /// Returns a message if assets are missing.
    pub(crate) fn missing(&self) -> Option<String> {
        missing(self.assets_missing)
    }
}

/// Returns a message if assets are missing.
pub(crate) fn missing(assets: u64) -> Option<String> {
    let verb = if assets == 1 { "is" } else { "are" };
    (assets > 0).then(|| format!("{} {verb} missing", lacking(assets)))
}

/// Returns the number of missing assets in words.
pub(crate) fn lacking(assets_missing: u64) -> String {
    match assets_missing {
        0 => "none".to_owned(),
        1 => "1 asset".to_owned(),
        // They are only counted up to this limit.
        AssetScan::MOST.. => format!("at least {assets_missing} assets"),
        _ => format!("{assets_missing} assets"),
    }
}

/// Reads a file to its end: checks all entries of the zip, computes its SHA-256, and finds the assets that are missing.
pub(crate) fn examine(file: &mut (impl Read + Seek)) -> Result<Examined, ArchiveError> {
    file.rewind().map_err(ArchiveError::Read)?;
    let mut hash = Sha256::new();
    let bytes = read_through(&mut *file, |piece| hash.update(piece)).map_err(ArchiveError::Read)?;
    let mut archive = Archive::open(file)?;
    let losses = archive.losses()?;
    archive.check_entries()?;
    let sha256 = Checksum::new(hash.finalize().into());
    let copied = Copied { bytes, sha256, assets_missing: losses.missing };
    Ok(Examined { copied, held: archive.held_assets(), losses })
}

/// Explains why a file was not read to its end.
pub(crate) fn unread(error: ArchiveError, signal: &StopSignal) -> Failure {
    match error {
        ArchiveError::Read(error) => stop::unread(&error, signal),
        error => Failure {
            hint: repack(&error).map(str::to_owned),
            ..Failure::new(Kind::BadFile, error.to_string())
        },
    }
}

/// Returns how to get a file that servers can read.
pub(crate) fn repack(error: &ArchiveError) -> Option<&'static str> {
    Some(match error {
        ArchiveError::Method { .. } => "pack it again with Deflate",
        ArchiveError::Encrypted(_) => "pack it again without a password",
        ArchiveError::Name(_) => "pack it again with a program that writes names as UTF-8",
        ArchiveError::ContentInFolder(_) => "pack the contents of the folder, not the folder",
        ArchiveError::NeverOpened => "open the base in a browser, then export it again",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_a_count_of_assets_is_shown_as_one() {
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
