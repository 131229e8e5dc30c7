//! What the server's replies lead to.

use std::time::Duration;

use http::Request;
use http::response::Parts;
use seatable_io_proto::{
    Body, CancelTask, ContentAddress, Endpoint, FileHead, FindTableImport, Format, ImportReply, ImportTable,
    ListAdministered, ListWorkspaces, Listing, QueryStatus, ReplyError, StartExport, StartImport,
    StartedExport, TaskKind, TaskStatus,
};

use crate::core::Core;
use crate::job::Exporting;
use crate::phase::{Attempt, Doubt, Origin, Phase, Remote, State};
use crate::problem::Problem;
use crate::{Accepted, ErrorKind, Exported, Import, Imported, Outcome, Reason, Route};

/// The state that follows a phase, or the phase itself with a problem.
type Read = Result<State, (Phase, Problem, Reason)>;

impl Core {
    /// Reads a response that is not a file.
    pub(crate) fn read(
        &mut self,
        attempt: Attempt,
        head: &Parts,
        body: &[u8],
        request: &Request<Body>,
        now: Duration,
    ) -> State {
        let failed = |phase: Phase, error: ReplyError| {
            let problem = Problem::of(phase.call(), &error);
            Err((phase, problem, Reason::Reply(error.without_secrets(request))))
        };
        let read = match attempt.phase {
            Phase::FindTableImport(import) => match FindTableImport::reply(head, body) {
                Ok(found) => Ok(self.table_import(import, found)),
                Err(error) => failed(Phase::FindTableImport(import), error),
            },
            Phase::ImportTable(import) => match ImportTable::reply(head, body) {
                Ok(()) => Ok(Ok(Outcome::Imported(Imported::default())).into()),
                Err(error) => failed(Phase::ImportTable(import), error),
            },
            Phase::StartImport(import) => match StartImport::reply(head, body) {
                Ok(reply) => self.import_started(import, reply),
                Err(error) => failed(Phase::StartImport(import), error),
            },
            Phase::StartExport(start, exporting) => match StartExport::reply(head, body) {
                Ok(started) => Ok(self.export_started(exporting, started)),
                Err(error) => failed(Phase::StartExport(start, exporting), error),
            },
            Phase::QueryStatus(remote) => match QueryStatus::reply(head, body) {
                Ok(status) => Ok(self.polled(remote, status, now)),
                Err(error) => failed(Phase::QueryStatus(remote), error),
            },
            Phase::QueryStatusBeforeCancel(remote) => match QueryStatus::reply(head, body) {
                Ok(TaskStatus::Running) => Ok(State::request(Phase::CancelTask(remote))),
                Ok(TaskStatus::Finished) => Ok(remote.finished()),
                Err(error) => failed(Phase::QueryStatusBeforeCancel(remote), error),
            },
            Phase::QueryStatusAfterCancel(remote) => match QueryStatus::reply(head, body) {
                // Servers of 2021 have deleted the base of an import that has finished, current ones have not.
                Ok(_) => {
                    let attempt = Attempt::new(Phase::QueryStatusAfterCancel(remote));
                    Ok(self.over_because(ErrorKind::UnknownOutcome, attempt, Reason::MayContinue))
                }
                Err(error) => failed(Phase::QueryStatusAfterCancel(remote), error),
            },
            Phase::QueryStatusOnce(task, doubt) => match QueryStatus::reply(head, body) {
                Ok(TaskStatus::Running) => Ok(Ok(Outcome::Running).into()),
                Ok(TaskStatus::Finished) => Ok(Ok(Outcome::Finished).into()),
                Err(error) => failed(Phase::QueryStatusOnce(task, doubt), error),
            },
            Phase::ListAdministered { shared } => match ListAdministered::reply(head, body) {
                Ok(listing) => Ok(Self::listed_administered(listing, shared)),
                Err(error) => failed(Phase::ListAdministered { shared }, error),
            },
            Phase::ListWorkspaces(list, known) => match ListWorkspaces::reply(head, body) {
                Ok(listing) => Ok(Ok(Outcome::Listed(known.and(listing))).into()),
                Err(error) => failed(Phase::ListWorkspaces(list, known), error),
            },
            Phase::CancelTask(remote) => match CancelTask::reply(head, body) {
                Ok(()) if remote.kind() == TaskKind::Import => {
                    Ok(State::request(Phase::QueryStatusAfterCancel(remote)))
                }
                Ok(()) => Ok(self.cancelled(Phase::CancelTask(remote))),
                Err(error) => failed(Phase::CancelTask(remote), error),
            },
            phase @ (Phase::ExportContent(..) | Phase::SynchronousExport(_)) => {
                failed(phase, FileHead::error(head, body))
            }
        };
        read.unwrap_or_else(|(phase, problem, reason)| {
            self.on_problem(Attempt { phase, ..attempt }, problem, reason, false, now)
        })
    }

    /// Sends a table in the way that this server supports.
    fn table_import(&self, import: Box<Import>, in_one_request: bool) -> State {
        let (kind, reason) = match (in_one_request, import.file.name().format()) {
            (true, _) if import.wait => return State::request(Phase::ImportTable(import)),
            (true, _) => (ErrorKind::Unsupported, Reason::NoTaskToResume),
            (false, Format::Xlsx) => (ErrorKind::Rejected, Reason::NoXlsx),
            (false, _) => return State::request(Phase::StartImport(import)),
        };
        self.over_because(kind, Attempt::new(Phase::FindTableImport(import)), reason)
    }

    fn import_started(&self, import: Box<Import>, reply: ImportReply) -> Read {
        let name = import.file.name();
        match reply {
            ImportReply::Preview { .. } if !name.format().is_table() => {
                Err((Phase::StartImport(import), Problem::NotUnderstood, Reason::Preview))
            }
            ImportReply::Preview { .. } => Ok(self.over_because(
                ErrorKind::Rejected,
                Attempt::new(Phase::StartImport(import)),
                Reason::Preview,
            )),
            ImportReply::Done { .. } if !name.format().is_table() => {
                Err((Phase::StartImport(import), Problem::NotUnderstood, Reason::NoTask))
            }
            ImportReply::Done { base } => {
                Ok(Ok(Outcome::Imported(Imported::new(Some(base), None, Some(name)))).into())
            }
            ImportReply::Started { task, base } => {
                let origin = Origin::Import(Some(name.clone()));
                let remote = Remote::started(task, base, import.file.workspace(), origin);
                if import.wait || self.is_cancelled() {
                    return Ok(State::request(Phase::QueryStatus(remote)));
                }
                Ok(self.accepted(&remote))
            }
        }
    }

    /// `listing` is `None` if the server cannot tell what an account administers.
    fn listed_administered(listing: Option<Listing>, shared: bool) -> State {
        let list = match &listing {
            Some(_) if shared => ListWorkspaces::with_bases(),
            listing => ListWorkspaces::after(listing.as_ref()),
        };
        State::request(Phase::ListWorkspaces(list, listing.unwrap_or_default()))
    }

    fn export_started(&mut self, exporting: Box<Exporting>, started: StartedExport) -> State {
        let (workspace, wait) = (exporting.export.workspace, !exporting.export.is_no_wait());
        if exporting.uuid.as_ref().is_some_and(|uuid| *uuid != started.base.uuid) {
            self.left_behind = true;
            let start = Attempt::new(exporting.start(&self.routes));
            return self.over_because(ErrorKind::Mismatch, start, Reason::OtherBase);
        }
        self.learn_that_tasks_export();
        let origin = Origin::Export(Some(exporting));
        let remote = Remote::started(started.task, started.base, workspace, origin);
        if wait || self.is_cancelled() {
            State::request(Phase::QueryStatus(remote))
        } else {
            self.accepted(&remote)
        }
    }

    fn accepted(&self, remote: &Remote) -> State {
        let Imported { base, renamed_from, .. } = remote.imported();
        let resume = self.to_resume(remote);
        Ok(Outcome::Accepted(Accepted { resume, base, renamed_from })).into()
    }

    fn polled(&mut self, mut remote: Box<Remote>, status: TaskStatus, now: Duration) -> State {
        remote.doubt = Doubt::None;
        remote.polls = remote.polls.saturating_add(1);
        self.repeats = remote.again();
        match (status, &remote.origin) {
            (TaskStatus::Running, _) => {
                let wait = self.policy.poll_wait(remote.polls);
                Attempt { not_before: now.saturating_add(wait), ..Attempt::new(Phase::QueryStatus(remote)) }
                    .into()
            }
            (TaskStatus::Finished, Origin::Export(_)) => {
                State::request(Phase::ExportContent(remote, self.routes.address()))
            }
            (TaskStatus::Finished, _) => remote.finished(),
        }
    }

    /// The task was cancelled, and will leave nothing on the server.
    pub(crate) fn cancelled(&self, phase: Phase) -> State {
        match phase.remote().map(|remote| &remote.origin) {
            Some(Origin::Other(_)) => Ok(Outcome::Cancelled).into(),
            _ => self.over(ErrorKind::Cancelled, &Attempt::new(phase)),
        }
    }

    /// A whole file of `bytes` bytes was received; `name` is the base's own name, if the response told it.
    pub(crate) fn exported(&mut self, phase: Phase, bytes: u64, name: Option<String>) -> State {
        let (route, remote, requested) = match phase {
            Phase::ExportContent(remote, address) => {
                let route = if address == ContentAddress::Site { Route::Site } else { Route::Api };
                let requested = match &remote.origin {
                    Origin::Export(Some(exporting)) => Some(exporting.export.base.clone()),
                    _ => None,
                };
                (route, Some(remote), requested)
            }
            Phase::SynchronousExport(exporting) => (Route::Synchronous, None, Some(exporting.export.base)),
            _ => (Route::Synchronous, None, None),
        };
        let (base, task) = remote.map_or((None, None), |remote| (remote.base, Some(remote.task)));
        self.learn_route(route);
        let name = base.as_ref().map(|base| base.name.clone()).or(name);
        let renamed_from = requested.filter(|asked| name.as_ref().is_some_and(|name| !asked.is_same(name)));
        let renamed_from = renamed_from.map(String::from);
        Ok(Outcome::Exported(Exported { bytes, base, name, renamed_from, task, route })).into()
    }
}

impl Remote {
    fn imported(&self) -> Imported {
        let sent = match &self.origin {
            Origin::Import(sent) => sent.as_ref(),
            _ => None,
        };
        Imported::new(self.base.clone(), Some(self.task.clone()), sent)
    }

    /// The server reported that an import has finished.
    fn finished(&self) -> State {
        match self.origin {
            Origin::Other(_) => Ok(Outcome::Finished).into(),
            _ => Ok(Outcome::Imported(self.imported())).into(),
        }
    }
}
