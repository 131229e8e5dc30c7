//! What all commands that talk to a server share: the server, the client, and how a task is brought to its end.

use std::env;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use seatable_io_proto::{BaseUuid, Server, TaskId, TaskKind};
use seatable_io_task::{ErrorKind, Outcome, Policy, Resume, Task, TaskError};
use seatable_io_ureq::{Client, Config, Error, Files, Roots, Sink, Source, Stop};

use crate::args::Global;
use crate::failure::{Failure, Kind, is_unknown_task};
use crate::screen::Screen;
use crate::watch::Watch;
use crate::{secret, stop};

/// How long the cancelling of a task may take that this command leaves.
const CANCEL: Duration = Duration::from_secs(10);

pub(crate) struct Session {
    pub(crate) server: Server,
    pub(crate) screen: Screen,
    pub(crate) stop: Stop,
    client: Client,
    timeout: Duration,
    /// The command line up to the name of a command, to advise another one.
    again: String,
}

/// How a task ended, and what was known of it before.
pub(crate) struct Ended {
    pub(crate) accepted: Option<Resume>,
    pub(crate) end: Result<Outcome, Failure>,
}

impl Session {
    /// Reads what is needed to talk to the server; says nothing to it yet.
    pub(crate) fn open(global: &Global) -> Result<Session, Failure> {
        let token = secret::token(global.token_file.as_deref())?;
        let from_env = || env::var("SEATABLE_SERVER").ok().filter(|url| !url.is_empty());
        let url = global.server.clone().or_else(from_env);
        let server = Server::new(url.as_deref().unwrap_or("https://cloud.seatable.io"), token)?;
        if !server.is_https() && !server.is_loopback() && !global.allow_http {
            return Err(Failure::usage(
                "without https, others on the way can read the token; use https, or add `--allow-http`",
            ));
        }
        let stop =
            stop::on_ctrl_c().map_err(|error| Failure::io(format!("cannot listen for Ctrl-C: {error}")))?;
        let again =
            global.server.as_ref().map(|url| format!(" --server {}", quoted(url))).unwrap_or_default();
        Ok(Session {
            server,
            screen: Screen::new(global),
            stop,
            client: client(global)?,
            timeout: global.timeout,
            again: format!("seatable-io{again}"),
        })
    }

    /// Patience for one input, with a seed of its own.
    pub(crate) fn policy(&self) -> Policy {
        let seed = RandomState::new().hash_one(Instant::now());
        Policy { patience: self.timeout, cancel_patience: CANCEL, seed, ..Policy::default() }
    }

    /// Not begun at all after Ctrl-C.
    pub(crate) fn go_on(&self) -> Result<(), Failure> {
        if self.stop.is_stopped() {
            Err(Failure::new(Kind::Cancelled, "not begun: Ctrl-C came before"))
        } else {
            Ok(())
        }
    }

    /// Brings a task to its end; one that this command leaves is cancelled on the server.
    pub(crate) fn drive(
        &self,
        label: &str,
        task: Task,
        source: Option<&mut dyn Source>,
        sink: Option<&mut dyn Sink>,
    ) -> Ended {
        let (began, mut watch) = (Instant::now(), Watch::new(&self.screen, label));
        let mut files = Files::none().stop(self.stop.clone());
        if let Some(source) = source {
            files = files.upload(source);
        }
        let mut sink = sink.map(|sink| watch.measure(sink));
        if let Some(sink) = &mut sink {
            files = files.save_to(sink);
        }
        let end = self.client.run(task, files, &mut |event| watch.see(&event));
        let end = end.map_err(|error| self.failed(&error, began.elapsed() >= self.timeout, &mut watch));
        Ended { accepted: watch.accepted.take(), end }
    }

    fn failed(&self, error: &Error, late: bool, watch: &mut Watch<'_>) -> Failure {
        let mut failure = Failure::from(error);
        let Some(task) = error.task() else { return failure };
        if late && failure.kind == Kind::UnknownOutcome {
            failure.kind = Kind::Timeout;
        }
        let left = task.kind() == ErrorKind::OutOfPatience || task.may_still_run();
        match task.resume() {
            Some(resume) if left && !task.is_cancelled() => self.cancel_left(resume, failure, watch),
            _ => failure,
        }
    }

    /// Cancels what this command will not wait for any more.
    fn cancel_left(&self, resume: &Resume, failure: Failure, watch: &mut Watch<'_>) -> Failure {
        let Some(end) = self.cancelled(resume, CANCEL, Stop::new(), watch) else { return failure };
        let late = failure.kind == Kind::Timeout;
        let why = if late { "out of time" } else { &failure.message };
        let message = format!("{why}: {end}");
        let failure = Failure { message, words: None, ..failure };
        match end.kind() {
            ErrorKind::Cancelled => Failure { running: None, ..failure },
            ErrorKind::Unknown => {
                let kind = if late { Kind::Timeout } else { Kind::UnknownOutcome };
                Failure { kind, running: None, unknown: true, ..failure }
            }
            _ => Failure { running: Some(resume.clone()), ..failure },
        }
    }

    /// `cancel`: done where the server said so, not where it does not know the task.
    pub(crate) fn cancel(&self, resume: &Resume) -> Result<(), Failure> {
        let mut watch = Watch::new(&self.screen, resume.task.as_str());
        match self.cancelled(resume, self.timeout, self.stop.clone(), &mut watch) {
            Some(error) if is_unknown_task(&error) => {
                Err(Failure { kind: Kind::NotFound, unknown: false, ..Failure::from(&error) })
            }
            Some(error) if error.kind() == ErrorKind::Cancelled => Ok(()),
            Some(error) => Err(Failure::from(&error)),
            None => Err(Failure::new(Kind::BadAnswer, "the task did not end")),
        }
    }

    /// How a task that is to be cancelled ends; never well.
    fn cancelled(
        &self,
        resume: &Resume,
        patience: Duration,
        stop: Stop,
        watch: &mut Watch<'_>,
    ) -> Option<TaskError> {
        let policy = Policy { cancel_patience: patience, ..self.policy() };
        let mut task = Task::resume(self.server.clone(), resume.clone(), policy, Instant::now());
        task.cancel();
        let end = self.client.run(task, Files::none().stop(stop), &mut |event| watch.see(&event));
        end.err()?.task().cloned()
    }

    /// Tells of a failure, and how to go on with what may still run.
    pub(crate) fn complain(&self, failure: &Failure) {
        self.screen.complain(failure);
        if let Some(Resume { kind, task, base, .. }) = &failure.running {
            self.screen.advise(&format!("to go on with the task:\n{}", self.commands(*kind, task, base)));
        }
    }

    /// The commands to go on with a task.
    pub(crate) fn commands(&self, kind: TaskKind, task: &TaskId, base: &BaseUuid) -> String {
        let (again, id, uuid) = (&self.again, quoted(task.as_str()), quoted(base.as_str()));
        let download = match kind {
            TaskKind::Export => format!("  {again} download {id} --uuid {uuid} --output FILE\n"),
            TaskKind::Import => String::new(),
        };
        format!("  {again} status {id}\n{download}  {again} cancel {id} --uuid {uuid} --kind {kind}")
    }
}

fn client(global: &Global) -> Result<Client, Failure> {
    let Some(file) = &global.ca_file else {
        return Client::new(Config::default()).map_err(|error| Failure::io(error.to_string()));
    };
    let pem =
        fs::read(file).map_err(|error| Failure::io(format!("cannot read {}: {error}", file.display())))?;
    Client::new(Config { roots: Roots::Pem(pem), ..Config::default() })
        .map_err(|error| Failure::io(format!("cannot use {}: {error}", file.display())))
}

/// As a shell wants to have it.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/[]".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_command_can_be_copied() {
        assert_eq!(quoted("http://[::1]:80/x"), "http://[::1]:80/x");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    }
}
