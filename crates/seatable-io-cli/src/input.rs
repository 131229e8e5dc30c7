//! The FILEs of `import`: what is checked before anything is sent.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use seatable_io_proto::{FileName, Format, InputError};
use seatable_io_ureq::FileSource;
use zip::ZipArchive;

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
    Failure::usage(format!("{error}, such as with `--name`"))
}

/// The file to send and the name to send it by, if it can be read and is what its extension says.
pub(crate) fn check<'a>(
    file: &Path,
    name: Option<&'a FileName>,
) -> Result<(FileSource, &'a FileName), Failure> {
    // Looked at before it is opened: opening a pipe would wait for its writer.
    let about = fs::metadata(file).map_err(|error| unreadable(&error))?;
    if !about.is_file() {
        let what = if about.is_dir() { "a folder" } else { "no ordinary file" };
        return Err(Failure::io(format!("this is {what}; give a .dtable, .csv or .xlsx file")));
    }
    let Some(name) = name else { return Err(bad_file("only .dtable, .csv and .xlsx files can be imported")) };
    let source = FileSource::new(file).map_err(|error| unreadable(&error))?;
    if source.is_empty() {
        return Err(bad_file("the file is empty"));
    }
    if name.format() == Format::Dtable {
        whole(BufReader::new(File::open(file).map_err(|error| unreadable(&error))?), source.len())?;
    }
    Ok((source, name))
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::io(format!("cannot read the file: {error}"))
}

/// A zip whose directory reads, with `content.json` in it, and all its parts within the file.
fn whole(file: impl Read + Seek, len: u64) -> Result<(), Failure> {
    let mut zip = ZipArchive::new(file).map_err(|error| broken(&error))?;
    if zip.index_for_name("content.json").is_none() {
        return Err(bad_file("this zip is no base: there is no content.json in it"));
    }
    for index in 0..zip.len() {
        let part = zip.by_index_raw(index).map_err(|error| broken(&error))?;
        let end = part.data_start().and_then(|start| start.checked_add(part.compressed_size()));
        if end.is_none_or(|end| end > len) {
            return Err(bad_file("the file is cut off: a part of it lies behind its end"));
        }
    }
    Ok(())
}

fn broken(error: &zip::result::ZipError) -> Failure {
    match error {
        zip::result::ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => unreadable(error),
        _ => bad_file(format!("the file is not a whole zip, as a .dtable file is ({error})")),
    }
}

fn bad_file(message: impl Into<String>) -> Failure {
    Failure::new(Kind::BadFile, format!("{}; nothing was sent", message.into()))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use seatable_io_sandbox::sample_dtable;

    use super::*;

    fn verdict(bytes: &[u8]) -> Result<(), String> {
        whole(Cursor::new(bytes), bytes.len() as u64).map_err(|failure| failure.message)
    }

    #[test]
    fn a_whole_base_is_good() {
        assert_eq!(verdict(&sample_dtable(5000)), Ok(()));
    }

    #[test]
    fn every_cut_is_noticed() {
        let whole = sample_dtable(600);
        for len in 0..whole.len() {
            assert!(verdict(&whole[..len]).is_err(), "{len} of {} bytes", whole.len());
        }
    }

    #[test]
    fn a_zip_without_content_is_no_base() {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("asset/content.json", zip::write::SimpleFileOptions::default()).unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        assert!(verdict(&bytes).unwrap_err().contains("no content.json"));
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
