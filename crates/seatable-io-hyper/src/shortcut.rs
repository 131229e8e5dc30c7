//! What most callers want, in one call.

use std::ffi::OsStr;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use http::{Request, Response};
use seatable_io_proto::{BaseName, FileName, Format, Server};
use seatable_io_task::{Export, Exported, Import, Imported, Outcome, Policy, Task};
use tower_service::Service;

use crate::error::BoxError;
use crate::{Client, Error, FileSink, FileSource, Files, UploadBody};

impl<S, B> Client<S>
where
    S: Service<Request<UploadBody>, Response = Response<B>, Error: Into<BoxError>, Future: Send>,
    S: Clone + Send + Sync,
    B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send,
{
    /// Imports a file as a new base named as the file is. A `seed` of 0 in the policy is replaced by a random one.
    ///
    /// Check a `.dtable` file before: the server makes the base before it looks at the file.
    pub async fn import(
        &self,
        server: &Server,
        workspace: u64,
        path: &Path,
        policy: Policy,
    ) -> Result<Imported, Error> {
        let source = FileSource::new(path).map_err(Error::Source)?;
        let import = Import::new(workspace, file_name(path)?, source.len())?;
        let task = Task::import(server.clone(), import, seeded(policy), self.now());
        match self.run(task, Files::none().upload(source), |_| ()).await? {
            Outcome::Imported(imported) => Ok(imported),
            _ => Err(mismatch()),
        }
    }

    /// Exports a base to a new file at `path`. A `seed` of 0 in the policy is replaced by a random one.
    pub async fn export(
        &self,
        server: &Server,
        workspace: u64,
        base: BaseName,
        path: &Path,
        policy: Policy,
    ) -> Result<Exported, Error> {
        let sink = FileSink::new(path, false).map_err(Error::Sink)?;
        let task = Task::export(server.clone(), Export::new(workspace, base), seeded(policy), self.now());
        match self.run(task, Files::none().save_to(sink), |_| ()).await? {
            Outcome::Exported(exported) => Ok(exported),
            _ => Err(mismatch()),
        }
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
