//! What good answers lead to.

use std::time::Instant;

use http::response::Parts;
use seatable_io_proto::{
    ArchiveFault, Base, BaseName, CancelTask, ContentAddress, Endpoint, ExportContent, Format, ImportReply,
    QueryStatus, ReplyError, StartExport, StartImport, StartedExport, SynchronousExport, TaskId, TaskKind,
    TaskStatus,
};

use crate::job::Job;
use crate::task::{Ask, Cancelling, Phase, Saving};
use crate::{Call, Cause, ErrorKind, Exported, Imported, Outcome, Resume, Route, Task, Trouble};

impl Task {
    /// Reads an answer that is no file.
    pub(crate) fn read(&mut self, head: &Parts, body: &[u8], now: Instant) {
        let Phase::Ask(ask) = &self.phase else { return };
        let read = match ask.call {
            Call::StartImport => StartImport::reply(head, body).map(|reply| self.import_taken(reply, now)),
            Call::StartExport => StartExport::reply(head, body).map(|started| self.export_started(started)),
            Call::Status => QueryStatus::reply(head, body).map(|status| self.polled(status, now)),
            Call::Content => ExportContent::reply(head, body).map(|_| self.no_file(now)),
            Call::SynchronousExport => SynchronousExport::reply(head, body).map(|_| self.no_file(now)),
            Call::Cancel => CancelTask::reply(head, body).map(|()| self.cancelled()),
        };
        if let Err(error) = read {
            self.refused(error, now);
        }
    }

    fn refused(&mut self, error: ReplyError, now: Instant) {
        let Phase::Ask(ask) = &self.phase else { return };
        let error = error.without_secrets(&ask.request);
        self.meet(Trouble::of(&error), Cause::Answer(error), now);
    }

    fn no_file(&mut self, now: Instant) {
        self.meet(Trouble::NotUnderstood, Cause::Archive(ArchiveFault::NotZip), now);
    }

    fn import_taken(&mut self, reply: ImportReply, now: Instant) {
        let Job::Import(Some(import)) = &self.job else { return };
        match reply {
            ImportReply::Preview { .. } => {
                self.trouble = Some(Cause::Preview);
                self.end(ErrorKind::Refused);
            }
            ImportReply::Done { .. } if import.file.format() == Format::Dtable => {
                self.meet(Trouble::NotUnderstood, Cause::NoTask, now);
            }
            ImportReply::Done { base } => {
                self.base = Some(base);
                self.done(Outcome::Imported(self.imported()));
            }
            ImportReply::Started { task, base } => {
                let wait = import.wait || self.cancel != Cancelling::No;
                self.start(TaskKind::Import, task, base, import.workspace);
                if let (false, Some(resume)) = (wait, self.to_resume()) {
                    self.done(Outcome::Accepted(self.imported(), resume));
                }
            }
        }
    }

    fn export_started(&mut self, started: StartedExport) {
        let Job::Export(Some(export)) = &self.job else { return };
        self.start(TaskKind::Export, started.task, started.base, export.workspace);
    }

    fn start(&mut self, kind: TaskKind, task: TaskId, base: Base, workspace: u64) {
        let place = BaseName::new(base.name.clone()).ok().map(|name| (workspace, name));
        self.ask(Ask::new(Call::Status, &QueryStatus::new(task.clone()), &self.server));
        self.started = Some(Resume { kind, task, base: base.uuid.clone(), place, route: None, doubt: false });
        self.base = Some(base);
    }

    fn polled(&mut self, status: TaskStatus, now: Instant) {
        self.polls = self.polls.saturating_add(1);
        let finished = status == TaskStatus::Finished;
        match &self.job {
            Job::Look if finished => self.done(Outcome::Finished),
            Job::Look => self.done(Outcome::Running),
            Job::Import(_) if finished => self.done(Outcome::Imported(self.imported())),
            Job::Export(_) if finished => {
                self.forget_doubts();
                self.fetch(self.routes.address());
            }
            _ => {
                self.forget_doubts();
                self.rest(self.policy.poll_wait(self.polls), now);
            }
        }
    }

    fn imported(&self) -> Imported {
        let base = self.base.clone();
        let meant = match &self.job {
            Job::Import(Some(import)) => Some(import.file.base()),
            _ => None,
        };
        let renamed = meant.filter(|meant| base.as_ref().is_some_and(|base| base.name != *meant));
        Imported { task: self.task(), renamed_from: renamed.map(str::to_owned), base }
    }

    fn task(&self) -> Option<TaskId> {
        self.started.as_ref().map(|resume| resume.task.clone())
    }

    fn forget_doubts(&mut self) {
        self.lost = false;
        self.doubtful_failure = None;
        self.trouble = None;
        self.repeats = 0;
        self.busy = 0;
    }

    /// Asks for the file of the task.
    pub(crate) fn fetch(&mut self, address: ContentAddress) {
        let Some(resume) = &self.started else { return };
        let content = ExportContent::new(resume.task.clone(), resume.base.clone(), address);
        self.routes.at = address;
        self.ask(Ask::new(Call::Content, &content, &self.server));
    }

    /// Judges a file that came to its end.
    pub(crate) fn received(&mut self, saving: &Saving, now: Instant) {
        let came = saving.watch.seen();
        match (saving.watch.finish(), saving.announced) {
            (Err(fault @ (ArchiveFault::NotZip | ArchiveFault::Empty)), _) => {
                self.meet(Trouble::NotUnderstood, Cause::Archive(fault), now);
            }
            (_, Some(announced)) if announced != came => {
                self.meet(Trouble::Broken, Cause::Length { announced, came }, now);
            }
            (Err(fault), _) => self.meet(Trouble::Broken, Cause::Archive(fault), now),
            (Ok(()), _) => self.exported(came),
        }
    }

    fn exported(&mut self, bytes: u64) {
        let by_task = matches!(&self.phase, Phase::Ask(ask) if ask.call == Call::Content);
        let route = match self.routes.at {
            _ if !by_task => Route::Synchronous,
            ContentAddress::Api => Route::Api,
            ContentAddress::Site => Route::Site,
        };
        self.done(Outcome::Exported(Exported { bytes, base: self.base.clone(), task: self.task(), route }));
    }

    /// What a task that is to be cancelled does next, once nothing is in flight.
    pub(crate) fn turn_to_cancel(&mut self) {
        let Phase::Ask(Ask { sent: false, call, .. }) = &self.phase else { return };
        match (self.cancel, call, &self.started) {
            (Cancelling::No, ..) | (_, Call::Cancel, _) => {}
            (_, Call::Status, Some(resume)) => {
                let cancel = CancelTask::new(resume.task.clone(), resume.base.clone(), resume.kind);
                self.ask(Ask::new(Call::Cancel, &cancel, &self.server));
            }
            _ => self.cancelled(),
        }
    }

    pub(crate) fn cancelled(&mut self) {
        self.trouble = None;
        self.end(ErrorKind::Cancelled);
    }

    /// Asks something new.
    pub(crate) fn ask(&mut self, ask: Ask) {
        self.repeats = 0;
        self.busy = 0;
        self.trouble = None;
        self.phase = Phase::Ask(ask);
    }

    fn done(&mut self, outcome: Outcome) {
        self.phase = Phase::Done(Ok(outcome));
    }
}
