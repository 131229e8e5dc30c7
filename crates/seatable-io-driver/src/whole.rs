//! The parts of the shortcuts in which transports do not differ.

use std::ffi::OsStr;
use std::path::Path;

use seatable_io_proto::{BaseName, FileName, Format, Server};
use seatable_io_task::{Export, Exported, Import, Imported, Outcome, Policy, Task};

use crate::{Error, FileSink, FileSource, seed};

/// The import of a file as a new base with the name of the file.
pub fn start_import(
    server: &Server,
    workspace: u64,
    path: &Path,
    policy: Policy,
) -> Result<(Task, FileSource), Error> {
    let source = FileSource::new(path).map_err(|error| Error::Source(error, None))?;
    let import = Import::new(workspace, file_name(path)?, source.len())?;
    Ok((Task::import(server.clone(), import, policy, seed()?), source))
}

/// The export of a base to a new file.
pub fn start_export(
    server: &Server,
    workspace: u64,
    base: BaseName,
    path: &Path,
    policy: Policy,
) -> Result<(Task, FileSink), Error> {
    let sink = FileSink::new(path, false).map_err(|error| Error::Sink(error, None))?;
    Ok((Task::export(server.clone(), Export::new(workspace, base), policy, seed()?), sink))
}

/// What an import came to: another outcome is an error.
pub fn imported(outcome: Outcome) -> Result<Imported, Error> {
    match outcome {
        Outcome::Imported(imported) => Ok(imported),
        _ => Err(mismatch()),
    }
}

/// What an export came to: another outcome is an error.
pub fn exported(outcome: Outcome) -> Result<Exported, Error> {
    match outcome {
        Outcome::Exported(exported) => Ok(exported),
        _ => Err(mismatch()),
    }
}

/// The name of the file, for the base.
fn file_name(path: &Path) -> Result<FileName, Error> {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let unknown = || Error::Config("the name of the file must end in .dtable, .csv or .xlsx".to_owned());
    let format = Format::from_file_name(name).ok_or_else(unknown)?;
    let base = name.rsplit_once('.').map_or(name, |(base, _)| base);
    Ok(FileName::new(base, format)?)
}

fn mismatch() -> Error {
    Error::Config("the outcome is that of another kind of task".to_owned())
}
