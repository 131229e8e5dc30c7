//! The FILEs of `import`: what is checked before anything is sent.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path;

use seatable_io_driver::{ArchiveError, check_archive};
use seatable_io_proto::{FileName, Format, InputError};
use seatable_io_ureq::FileSource;

use crate::failure::{Failure, Kind};

/// The kind of file that an extension tells, in any case.
fn format(file: &Path) -> Option<Format> {
    Format::from_file_name(&file.file_name()?.to_string_lossy())
}

/// The name that the base is to get: `name`, or the file's without its extension; `None` where the file is none to send.
pub(crate) fn file_name(file: &Path, name: Option<&str>) -> Result<Option<FileName>, Failure> {
    let Some(format) = format(file) else { return Ok(None) };
    let own = file.file_name().and_then(|name| name.to_str()).and_then(|name| name.rsplit_once('.'));
    let Some(base) = name.or(own.map(|(stem, _)| stem)) else {
        return Err(Failure::usage("the file's name is not UTF-8; give the base a name with `--name`"));
    };
    FileName::new(base, format).map(Some).map_err(|error| unsendable(&error))
}

fn unsendable(error: &InputError) -> Failure {
    Failure::usage(format!("{error}, for example with `--name`"))
}

/// The file to send and the name to send it by, if it can be read and is what its extension says.
pub(crate) fn check<'a>(
    file: &Path,
    name: Option<&'a FileName>,
) -> Result<(FileSource, &'a FileName), Failure> {
    // Looked at before it is opened: opening a pipe would wait for its writer.
    let about = fs::metadata(file).map_err(|error| unreadable(&error))?;
    if !about.is_file() {
        let what = if about.is_dir() { "a folder" } else { "not a regular file" };
        return Err(Failure::io(format!("this is {what}; give a .dtable, .csv or .xlsx file")));
    }
    let Some(name) = name else { return Err(bad_file("only .dtable, .csv and .xlsx files can be imported")) };
    let source = FileSource::new(file).map_err(|error| unreadable(&error))?;
    if source.is_empty() {
        return Err(bad_file("the file is empty"));
    }
    if name.format() == Format::Dtable {
        let file = File::open(file).map_err(|error| unreadable(&error))?;
        check_archive(BufReader::new(file)).map_err(broken)?;
    }
    Ok((source, name))
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::io(format!("cannot read the file: {error}"))
}

fn broken(error: ArchiveError) -> Failure {
    match error {
        ArchiveError::Read(error) => unreadable(&error),
        error => bad_file(format!("this is not a .dtable file: {error}")),
    }
}

fn bad_file(message: impl Into<String>) -> Failure {
    Failure::new(Kind::BadFile, format!("{}; nothing was sent", message.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
