//! The states that the server's replies lead to.

use std::time::Duration;

use http::response::Parts;
use seatable_io_proto::{
    CancelTask, Endpoint, FileHead, FindTableImport, Format, ImportReply, ImportTable, ListAdministered,
    ListServerBases, ListWorkspaces, Listing, QueryStatus, ReplyError, ServerPage, StartExport, StartImport,
    StartedExport, TaskKind, TaskStatus,
};

use crate::core::Core;
use crate::export::Exporting;
use crate::pages::{Pages, Turned};
use crate::phase::Phase;
use crate::problem::Problem;
use crate::remote::{Doubt, Origin, Remote};
use crate::state::{Attempt, State};
use crate::{Accepted, Call, ErrorKind, Exported, Import, Imported, Outcome, Reason, routes};

/// The reply to a call that does not serve a file.
enum Reply {
    TableImport(bool),
    TableImported,
    Import(ImportReply),
    Export(StartedExport),
    Status(TaskStatus),
    Cancelled,
    Administered(Option<Listing>),
    Listed(Listing),
    Page(ServerPage),
}

impl Reply {
    fn read(call: Call, head: &Parts, body: &[u8]) -> Result<Self, ReplyError> {
        match call {
            Call::FindTableImport => FindTableImport::reply(head, body).map(Self::TableImport),
            Call::ImportTable => ImportTable::reply(head, body).map(|()| Self::TableImported),
            Call::StartImport => StartImport::reply(head, body).map(Self::Import),
            Call::StartExport => StartExport::reply(head, body).map(Self::Export),
            Call::QueryStatus => QueryStatus::reply(head, body).map(Self::Status),
            Call::CancelTask => CancelTask::reply(head, body).map(|()| Self::Cancelled),
            Call::ListAdministered => ListAdministered::reply(head, body).map(Self::Administered),
            Call::ListWorkspaces => ListWorkspaces::reply(head, body).map(Self::Listed),
            Call::ListServerBases => ListServerBases::reply(head, body).map(Self::Page),
            Call::ExportContent | Call::SynchronousExport | Call::ExportByUuid => {
                Err(FileHead::error(head, body))
            }
        }
    }
}

impl Core {
    /// Reads a response that is not a file.
    pub(crate) fn read(&mut self, attempt: Attempt, head: &Parts, body: &[u8], now: Duration) -> State {
        match Reply::read(attempt.phase.call(), head, body) {
            Err(error) => {
                let problem = Problem::of(attempt.phase.call(), &error);
                self.on_problem(attempt, problem, Reason::Reply(error), false, now)
            }
            Ok(reply) => self.next(attempt.phase, reply, now),
        }
    }

    fn next(&mut self, phase: Phase, reply: Reply, now: Duration) -> State {
        match (phase, reply) {
            (Phase::FindTableImport(import), Reply::TableImport(found)) => self.table_import(import, found),
            (_, Reply::TableImported) => Ok(Outcome::Imported(Imported::default())).into(),
            (Phase::StartImport(import), Reply::Import(reply)) => self.import_started(import, reply, now),
            (Phase::StartExport(_, exporting), Reply::Export(started)) => {
                self.export_started(exporting, started)
            }
            (Phase::QueryStatus(remote), Reply::Status(status)) => self.polled(remote, status, now),
            (Phase::QueryStatusBeforeCancel(remote), Reply::Status(TaskStatus::Running)) => {
                State::request(Phase::CancelTask(remote))
            }
            (Phase::QueryStatusBeforeCancel(remote), Reply::Status(TaskStatus::Finished)) => {
                remote.finished()
            }
            // 2021 servers have deleted the base of an import that has finished, current ones have not.
            (phase @ Phase::QueryStatusAfterCancel(_), Reply::Status(_)) => {
                self.over_because(ErrorKind::UnknownOutcome, Attempt::new(phase), Reason::MayContinue)
            }
            (_, Reply::Status(TaskStatus::Running)) => Ok(Outcome::Running).into(),
            (_, Reply::Status(TaskStatus::Finished)) => Ok(Outcome::Finished).into(),
            (Phase::CancelTask(remote), Reply::Cancelled) if remote.kind() == TaskKind::Import => {
                State::request(Phase::QueryStatusAfterCancel(remote))
            }
            (phase, Reply::Cancelled) => self.cancelled(phase),
            (Phase::ListAdministered { with_shared }, Reply::Administered(listing)) => {
                listed_administered(listing, with_shared)
            }
            (Phase::ListWorkspaces(_, known), Reply::Listed(listing)) => {
                Ok(Outcome::Listed(known.and(listing))).into()
            }
            (Phase::ListServerBases(pages), Reply::Page(page)) => self.turned(*pages, page),
            // A reply is read for the call of its phase, so there is no such pair.
            (phase, _) => self.over(ErrorKind::BadAnswer, &Attempt::new(phase)),
        }
    }

    fn turned(&self, pages: Pages, page: ServerPage) -> State {
        match pages.turn(page) {
            Turned::Next(pages) => State::request(Phase::ListServerBases(Box::new(pages))),
            Turned::Listed(listing) => Ok(Outcome::Listed(listing)).into(),
            Turned::TooMany => {
                let attempt = Attempt::new(Phase::ListServerBases(Box::new(Pages::new())));
                self.over_because(ErrorKind::BadAnswer, attempt, Reason::TooManyBases)
            }
        }
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

    fn import_started(&mut self, import: Box<Import>, reply: ImportReply, now: Duration) -> State {
        let name = import.file.name();
        let reason = match reply {
            ImportReply::Started { task, base } => {
                let origin = Origin::Import(Some(name.clone()));
                let remote = Remote::started(task, base, Some(import.file.workspace()), origin);
                return self.started(remote, import.wait);
            }
            ImportReply::Done { base } if name.format().is_table() => {
                return Ok(Outcome::Imported(Imported::new(Some(base), None, Some(name)))).into();
            }
            ImportReply::Preview { .. } if name.format().is_table() => {
                let attempt = Attempt::new(Phase::StartImport(import));
                return self.over_because(ErrorKind::Rejected, attempt, Reason::Preview);
            }
            ImportReply::Done { .. } => Reason::NoTask,
            _ => Reason::Preview,
        };
        let attempt = Attempt::new(Phase::StartImport(import));
        self.on_problem(attempt, Problem::NotUnderstood, reason, false, now)
    }

    fn export_started(&mut self, exporting: Box<Exporting>, started: StartedExport) -> State {
        let (workspace, wait) =
            (exporting.export.place().map(|place| place.workspace), exporting.export.wait);
        if exporting.uuid.as_ref().is_some_and(|uuid| *uuid != started.base.uuid) {
            self.left_behind = true;
            let start = Attempt::new(self.routes.start(exporting));
            return self.over_because(ErrorKind::Mismatch, start, Reason::OtherBase);
        }
        self.learn_route(routes::of_task(self.learned_route()));
        let origin = Origin::Export(Some(exporting));
        self.started(Remote::started(started.task, started.base, workspace, origin), wait)
    }

    fn started(&self, remote: Box<Remote>, wait: bool) -> State {
        if wait || self.is_cancelled() {
            return State::request(Phase::QueryStatus(remote));
        }
        let Imported { base, renamed_from, .. } = remote.imported();
        Ok(Outcome::Accepted(Accepted { resume: self.to_resume(&remote), base, renamed_from })).into()
    }

    fn polled(&mut self, mut remote: Box<Remote>, status: TaskStatus, now: Duration) -> State {
        remote.doubt = Doubt::None;
        remote.polls = remote.polls.saturating_add(1);
        self.repeats = remote.again();
        match (status, &remote.origin) {
            (TaskStatus::Running, _) => {
                let not_before = now.saturating_add(self.policy.poll_wait(remote.polls));
                Attempt { not_before, ..Attempt::new(Phase::QueryStatus(remote)) }.into()
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

    /// A whole file of `bytes` bytes was received. `base_name` is the base's own name, if the response has it.
    pub(crate) fn exported(&mut self, phase: Phase, bytes: u64, base_name: Option<String>) -> State {
        let route = routes::used(&phase);
        self.learn_route(Some(route));
        let remote = phase.remote();
        let base = remote.and_then(|remote| remote.base.clone());
        let task = remote.map(|remote| remote.task.clone());
        let name = base.as_ref().map(|base| base.name.clone()).or(base_name);
        let exporting = phase.into_exporting(|_| true).ok();
        let requested = exporting.as_ref().and_then(|exporting| exporting.export.place());
        let renamed_from = requested
            .filter(|place| name.as_ref().is_some_and(|name| !place.name.is_same(name)))
            .map(|place| place.name.to_string());
        Ok(Outcome::Exported(Exported { bytes, base, name, renamed_from, task, route })).into()
    }
}

impl Remote {
    /// The server reported that the task has finished.
    fn finished(&self) -> State {
        match self.origin {
            Origin::Other(_) => Ok(Outcome::Finished).into(),
            _ => Ok(Outcome::Imported(self.imported())).into(),
        }
    }
}

/// `listing` is `None` if the server cannot list the bases that an account administers.
fn listed_administered(listing: Option<Listing>, with_shared: bool) -> State {
    let list = match &listing {
        Some(_) if with_shared => ListWorkspaces::with_bases(),
        listing => ListWorkspaces::after(listing.as_ref()),
    };
    State::request(Phase::ListWorkspaces(list, listing.unwrap_or_default()))
}
