//! Exports and imports of bases as jobs of [apalis](apalis), by any number of workers.
//!
//! apalis delivers a job at least once: again after a crash, and now and then although its worker is alive. So each job has a
//! row in the same database ([`Store`]), with a lease and with what is known of its task, and
//!
//! - a job is run by one delivery at a time: others wait for its lease. A worker that loses the lease drops its run;
//! - an export that is delivered again goes on with the task that the server has started;
//! - the file of an import is sent once: that it may have been sent is recorded before. After a crash between that and the
//!   server's answer, the job ends as *unknown*, for a person to look into the workspace.
//!
//! apalis' own lock does not suffice: it is taken from a worker that is slow to report, and the worker does not learn of it.

mod queue;
mod store;

use std::io;
use std::path::PathBuf;

use apalis::prelude::{AbortError, BoxDynError, Data, TaskId};
use seatable_io_hyper::{Client, Error, ErrorKind, Policy, Resume, Server};
use serde::{Deserialize, Serialize};

pub use queue::Queue;
pub use store::{Lease, State, Store};

/// What is to be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Job {
    /// Exports a base to a file, which is replaced.
    Export {
        /// The workspace of the base.
        workspace: u64,
        /// Its name.
        base: String,
        /// The file, on a disk that all workers share.
        path: PathBuf,
    },
    /// Imports a file as a new base.
    Import {
        /// The workspace of the new base.
        workspace: u64,
        /// Its name.
        base: String,
        /// The file, on a disk that all workers share.
        path: PathBuf,
    },
}

/// What the jobs of a worker need.
#[derive(Clone)]
pub struct Worker {
    /// Makes the requests.
    pub client: Client,
    /// The server and the account of all jobs.
    pub server: Server,
    /// How long a run waits, and how often it repeats a request.
    pub policy: Policy,
    /// Has a row for each job.
    pub store: Store,
}

/// Runs a job, unless another delivery has ended it.
///
/// # Errors
///
/// [`AbortError`] if the job has failed for good, because the client has repeated what can be repeated. Any other means that
/// the job should be delivered again.
pub async fn handle(job: Job, id: TaskId, worker: Data<Worker>) -> Result<String, BoxDynError> {
    let (lease, state) = worker.store.claim(&id.to_string()).await?;
    let ended = match (state, &job) {
        (State::Ended(ended), _) => return ended.map_err(|words| AbortError::new(words).into()),
        (State::Sending, _) => Err(UNKNOWN.to_owned()),
        (State::Accepted(resume), _) => worker.run(&job, Some(resume), &lease).await?,
        (State::New, Job::Export { .. }) => worker.run(&job, None, &lease).await?,
        (State::New, Job::Import { .. }) => {
            lease.save(&State::Sending).await?;
            worker.run(&job, None, &lease).await?
        }
    };
    lease.end(&ended).await?;
    ended.map_err(|words| AbortError::new(words).into())
}

const UNKNOWN: &str =
    "unknown: a worker ended while it sent the file; look into the workspace before you import it again";

/// Why a job has failed: an import that may have happened is *unknown*.
fn words(error: &Error) -> String {
    let is_unknown = error.operation().is_some_and(|failed| failed.kind() == ErrorKind::UnknownOutcome);
    if is_unknown { format!("unknown: {error}") } else { error.to_string() }
}

impl Worker {
    async fn run(
        &self,
        job: &Job,
        resume: Option<Resume>,
        lease: &Lease,
    ) -> Result<Result<String, String>, BoxDynError> {
        tokio::select! {
            ended = self.run_unleased(job, resume, lease) => match ended {
                Err(error @ Error::NotRecorded { .. }) => Err(error.into()),
                ended => Ok(ended.map_err(|error| words(&error))),
            },
            lost = lease.keep() => Err(lost.into()),
        }
    }

    async fn run_unleased(&self, job: &Job, resume: Option<Resume>, lease: &Lease) -> Result<String, Error> {
        let (client, server, policy) = (&self.client, &self.server, self.policy.clone());
        let record =
            |resume| async move { lease.save(&State::Accepted(resume)).await.map_err(io::Error::other) };
        match job {
            Job::Export { workspace, base, path } => {
                let run = client.export(server, *workspace, base).policy(policy).or_resume(resume);
                let exported = run.save_to(path).overwrite().on_accepted(record).run().await?;
                Ok(format!("{} bytes", exported.bytes))
            }
            Job::Import { workspace, base, path } => {
                let run = client.import(server, *workspace, path).name(base).policy(policy).or_resume(resume);
                run.on_accepted(record).run().await?;
                Ok(format!("imported {base}"))
            }
        }
    }
}
