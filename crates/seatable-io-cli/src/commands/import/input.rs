//! Checks the FILEs of `import` before anything is sent.

use std::fs::{self, File};
use std::path::Path;

use seatable_io_ureq::proto::{FileName, Format};
use seatable_io_ureq::{ArchiveError, FileSource, StopSignal, check_archive};

use crate::failure::{Failure, Kind};
use crate::stop;

/// Returns the name of the new base: `name`, or the file's without its extension; `None` if the extension is unknown.
pub(crate) fn file_name(file: &Path, name: Option<&str>) -> Result<Option<FileName>, Failure> {
    let own = file.file_name().unwrap_or_default();
    let Some(format) = Format::from_file_name(&own.to_string_lossy()) else { return Ok(None) };
    let stem = own.to_str().and_then(|own| own.rsplit_once('.')).map(|(stem, _)| stem);
    let named = match name.or(stem) {
        Some(base) => FileName::new(base, format).map_err(Failure::from),
        None => Err(Failure::usage("the name of the file is not UTF-8")),
    };
    named.map(Some).map_err(|failure| failure.hint("choose another name for the base with --name"))
}

/// Opens the file, and checks that it is what its extension promises.
pub(crate) fn check<'a>(
    file: &Path,
    name: Option<&'a FileName>,
    signal: &StopSignal,
) -> Result<(FileSource, &'a FileName), Failure> {
    let unreadable = |error| Failure::cannot("read", file.display())(error);
    // This comes before opening, since opening a pipe would wait for its writer.
    let about = fs::metadata(file).map_err(unreadable)?;
    if !about.is_file() {
        let what = if about.is_dir() { "a folder" } else { "not a regular file" };
        let failure = Failure::io(format!("{} is {what}", file.display()));
        return Err(failure.hint("give a .dtable, .csv or .xlsx file"));
    }
    let Some(name) = name else { return Err(bad_file(file, "is not a .dtable, .csv or .xlsx file")) };
    // The error names the path.
    let source = FileSource::new(file).map_err(|error| Failure::io(format!("cannot read {error}")))?;
    if source.is_empty() {
        return Err(bad_file(file, "is empty"));
    }
    if name.format() == Format::Dtable {
        let opened = File::open(file).map_err(unreadable)?;
        check_archive(signal.reader(opened)).map_err(|error| match error {
            ArchiveError::Read(error) => stop::unread(&error, signal).about(&file.to_string_lossy()),
            error => no_dtable(file, &error),
        })?;
    }
    Ok((source, name))
}

fn no_dtable(file: &Path, error: &ArchiveError) -> Failure {
    let why = match error {
        ArchiveError::Zip => "not a zip archive, or cut off".to_owned(),
        error => error.to_string(),
    };
    let open =
        if matches!(error, ArchiveError::NeverOpened) { "open the base in a browser, then " } else { "" };
    bad_file(file, &format!("is not a .dtable file: {why}")).hint(format!("{open}export it again"))
}

fn bad_file(file: &Path, what: &str) -> Failure {
    Failure::new(Kind::BadFile, format!("{} {what}; nothing was sent", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fact_12_a_base_that_nobody_has_opened_is_to_be_opened_before_it_is_exported_again() {
        let failure = no_dtable(Path::new("a.dtable"), &ArchiveError::NeverOpened);
        assert_eq!(failure.hint.unwrap(), "open the base in a browser, then export it again");
    }

    #[test]
    fn the_extension_counts_in_any_case() {
        let name =
            |file, name| file_name(Path::new(file), name).unwrap().map(|name| name.as_str().to_owned());
        assert_eq!(name("x/A b.v2.DTABLE", None), Some("A b.v2.dtable".to_owned()));
        assert_eq!(name("x/a.Csv", Some("other")), Some("other.csv".to_owned()));
        assert_eq!(name("x/a.zip", None), None);
        assert!(file_name(Path::new(".dtable"), None).is_err());
        assert!(file_name(Path::new("a.dtable"), Some("a/b")).is_err());
    }
}
