//! What most callers want, in one call: the parts of it that no transport differs in.

use std::ffi::OsStr;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::time::Instant;

use seatable_io_proto::{BaseName, FileName, Format, Server};
use seatable_io_task::{Export, Exported, Import, Imported, Outcome, Policy, Task};

use crate::{Error, FileSink, FileSource};

/// The import of a file as a new base named as the file is. A `seed` of 0 in the policy is replaced by a random one.
pub fn start_import(
    server: &Server,
    workspace: u64,
    path: &Path,
    policy: Policy,
    now: Instant,
) -> Result<(Task, FileSource), Error> {
    let source = FileSource::new(path).map_err(Error::Source)?;
    let import = Import::new(workspace, file_name(path)?, source.len())?;
    Ok((Task::import(server.clone(), import, seeded(policy), now), source))
}

/// The export of a base to a new file. A `seed` of 0 in the policy is replaced by a random one.
pub fn start_export(
    server: &Server,
    workspace: u64,
    base: BaseName,
    path: &Path,
    policy: Policy,
    now: Instant,
) -> Result<(Task, FileSink), Error> {
    let sink = FileSink::new(path, false).map_err(Error::Sink)?;
    Ok((Task::export(server.clone(), Export::new(workspace, base), seeded(policy), now), sink))
}

/// What an import came to.
pub fn imported(outcome: Outcome) -> Result<Imported, Error> {
    match outcome {
        Outcome::Imported(imported) => Ok(imported),
        _ => Err(mismatch()),
    }
}

/// What an export came to.
pub fn exported(outcome: Outcome) -> Result<Exported, Error> {
    match outcome {
        Outcome::Exported(exported) => Ok(exported),
        _ => Err(mismatch()),
    }
}

/// Names the base as the file is named.
fn file_name(path: &Path) -> Result<FileName, Error> {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let unknown =
        || Error::Config("the file's name ends neither in .dtable nor in .csv nor in .xlsx".to_owned());
    let format = Format::from_file_name(name).ok_or_else(unknown)?;
    let base = name.rsplit_once('.').map_or(name, |(base, _)| base);
    Ok(FileName::new(base, format)?)
}

fn seeded(policy: Policy) -> Policy {
    let seed = if policy.seed == 0 { RandomState::new().hash_one(()) } else { policy.seed };
    Policy { seed, ..policy }
}

fn mismatch() -> Error {
    Error::Config("the task came to the end of another kind of task".to_owned())
}
