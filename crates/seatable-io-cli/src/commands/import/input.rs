//! Checks the FILEs of `import` before anything is sent.

use std::fs::{self, File};
use std::path::Path;

use seatable_io_ureq::ArchiveError::{self, ContentInFolder, Encrypted, Method, Name};
use seatable_io_ureq::dtable::{CsvError, Losses, XlsxError};
use seatable_io_ureq::proto::{FileName, Format};
use seatable_io_ureq::{FileError, FileSource, StopSignal, check_file};

use crate::failure::{Failure, Kind};
use crate::report::Attention;
use crate::stop;
use crate::store::{missing, repack};
use crate::ui::Screen;

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

/// A file that a server can import.
pub(crate) struct Input<'a> {
    pub(crate) source: FileSource,
    pub(crate) name: &'a FileName,
    pub(crate) losses: Losses,
}

/// Opens the file, and checks that a server can import what its extension promises.
pub(crate) fn check<'a>(
    file: &Path,
    name: Option<&'a FileName>,
    signal: &StopSignal,
) -> Result<Input<'a>, Failure> {
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
    let opened = File::open(file).map_err(unreadable)?;
    let losses =
        check_file(name.format(), signal.reader(opened)).map_err(|error| match error.read_error() {
            Some(error) => stop::unread(error, signal).about(&file.to_string_lossy()),
            None => refused(file, &error),
        })?;
    Ok(Input { source, name, losses })
}

/// Warns about the parts of a file that a server loses, before it is sent. If it loses files that the zip has, a person should
/// look, because the server reports the import as finished.
pub(crate) fn warn(screen: &Screen, label: &str, losses: &Losses) -> Option<Attention> {
    if let Some(missing) = missing(losses.missing) {
        screen.say(&format!("{label}: warning: {missing}"));
        losses.missing_names.iter().for_each(|name| screen.detail(&format!("{label}: missing {name}")));
    }
    if losses.is_one_column {
        let words = "servers split lines at commas or semicolons, so this becomes a single column";
        screen.say(&format!("{label}: warning: the file seems to be separated by tabs; {words}"));
    }
    losses.backslash_names.iter().for_each(|name| screen.detail(&format!("{label}: backslashes in {name}")));
    let entries = match losses.backslashes {
        0 => return None,
        1 => "1 entry of the zip has backslashes in its name".to_owned(),
        count => format!("{count} entries of the zip have backslashes in their names"),
    };
    let message = format!("{label}: {entries}, so the server does not find these files");
    Some(Attention { message, hint: Some("pack it again with / between folders and files".to_owned()) })
}

fn refused(file: &Path, error: &FileError) -> Failure {
    let hint = match error {
        FileError::Dtable(error) | FileError::Xlsx(XlsxError::Zip(error @ Method { .. })) => {
            repack(error).unwrap_or("export it again")
        }
        FileError::Xlsx(XlsxError::TooLarge) | FileError::Csv(CsvError::TooLarge | CsvError::Rows) => {
            "split it into several files: current servers import no more"
        }
        FileError::Csv(CsvError::Columns { .. }) => {
            "split it into several files, or check its quotes: current servers import no more"
        }
        FileError::Csv(CsvError::Empty) => "save it with at least the names of the columns",
        FileError::Csv(CsvError::NotUtf8 { .. }) => "save it as UTF-8",
        FileError::Csv(CsvError::Nul { .. }) => "remove the NUL byte, or save it as UTF-8",
        FileError::Csv(CsvError::LongField { .. }) => "shorten the field, or check its quotes",
        _ => "save it again as a workbook, without a password",
    };
    let what = match error {
        FileError::Dtable(error @ (Method { .. } | Encrypted(_) | Name(_) | ContentInFolder(_))) => {
            format!("cannot be imported: {error}")
        }
        FileError::Dtable(ArchiveError::Zip) => {
            "is not a .dtable file: not a zip archive, or cut off".to_owned()
        }
        FileError::Dtable(error) => format!("is not a .dtable file: {error}"),
        FileError::Xlsx(XlsxError::Zip(ArchiveError::Zip)) => {
            "is not an .xlsx file: not a zip archive, or cut off".to_owned()
        }
        FileError::Xlsx(XlsxError::NoWorkbook) => format!("is not an .xlsx file: {error}"),
        error => format!("cannot be imported: {error}"),
    };
    bad_file(file, &what).hint(hint)
}

fn bad_file(file: &Path, what: &str) -> Failure {
    Failure::new(Kind::BadFile, format!("{} {what}; nothing was sent", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fact_12_a_base_that_nobody_has_opened_is_to_be_opened_before_it_is_exported_again() {
        let failure = refused(Path::new("a.dtable"), &FileError::Dtable(ArchiveError::NeverOpened));
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
