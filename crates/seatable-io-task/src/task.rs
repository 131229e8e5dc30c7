//! The machine as its driver sees it.

use std::fmt;
use std::time::{Duration, Instant};

use http::response::Parts;
use seatable_io_proto::{
    ArchiveWatch, Base, Body, Endpoint, FileHead, QueryStatus, Server, TaskId, TaskKind, describe,
};
use uuid::Uuid;

use crate::job::{Job, Routes};
use crate::{
    Call, Cause, ErrorKind, Export, Failure, Import, Intake, Outcome, Policy, Progress, Resume, Route, Step,
    TaskError, Trouble,
};

/// How much of an answer that is not a file is ever read, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// How long a server may work on one request before it answers.
const WORK: Duration = Duration::from_secs(180);

/// The life of one import or export: say what to do, hear what came of it, until it is done.
///
/// A plain value: no clock, no I/O, no thread. Any input in any order is safe; one that answers nothing is
/// ignored. The crate's documentation shows a whole life and a transport.
#[derive(Clone, Debug)]
pub struct Task {
    pub(crate) server: Server,
    pub(crate) policy: Policy,
    pub(crate) job: Job,
    pub(crate) about: String,
    pub(crate) deadline: Option<Instant>,
    pub(crate) routes: Routes,
    pub(crate) started: Option<Resume>,
    pub(crate) base: Option<Base>,
    pub(crate) lost: bool,
    pub(crate) doubtful_failure: Option<Cause>,
    pub(crate) cancel: Cancelling,
    pub(crate) orphan: bool,
    pub(crate) handed_out: bool,
    pub(crate) polls: u32,
    pub(crate) repeats: u32,
    pub(crate) busy: u32,
    pub(crate) exports: u32,
    pub(crate) draws: u64,
    pub(crate) trouble: Option<Cause>,
    pub(crate) phase: Phase,
}

/// Whether somebody called [`Task::cancel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancelling {
    No,
    Asked,
    Timed,
    /// An answer to a DELETE was lost: it may have been done.
    Lost,
}

#[derive(Clone, Debug)]
pub(crate) enum Phase {
    Ask(Ask),
    Done(Result<Outcome, TaskError>),
}

/// One call: to be sent, or sent and not yet answered.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) call: Call,
    pub(crate) request: http::Request<Body>,
    pub(crate) not_before: Option<Instant>,
    pub(crate) sent: bool,
    pub(crate) answer: Option<Answer>,
}

#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) head: Parts,
    pub(crate) file: Option<Saving>,
}

#[derive(Clone, Debug)]
pub(crate) struct Saving {
    pub(crate) watch: ArchiveWatch,
    pub(crate) announced: Option<u64>,
}

impl Saving {
    fn new(head: &FileHead) -> Self {
        Self { watch: ArchiveWatch::new(), announced: head.len }
    }
}

/// Without the request's address, which may hold a password, and the answer's headers, which may hold anything.
impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, request, not_before, sent, answer } = self;
        f.debug_struct("Ask")
            .field("call", call)
            .field("request", &describe(request))
            .field("not_before", not_before)
            .field("sent", sent)
            .field("answer", &answer.as_ref().map(|answer| (answer.head.status, &answer.file)))
            .finish()
    }
}

impl Ask {
    pub(crate) fn new<E: Endpoint>(call: Call, endpoint: &E, server: &Server) -> Self {
        Self { call, request: endpoint.request(server), not_before: None, sent: false, answer: None }
    }
}

impl Task {
    /// Imports a file.
    pub fn import(server: Server, mut import: Import, policy: Policy, now: Instant) -> Self {
        import.start = import.start.boundary(Uuid::from_u64_pair(policy.draw(0), policy.draw(1)));
        let ask = Ask::new(Call::StartImport, &import.start, &server);
        let about = import.file.as_str().to_owned();
        Self::new(server, Job::Import(Some(import)), about, policy, ask, now)
    }

    /// Exports a base.
    pub fn export(server: Server, export: Export, policy: Policy, now: Instant) -> Self {
        let routes = Routes::new(export.route);
        let ask = export.ask(&routes, &server);
        let about = export.base.as_str().to_owned();
        let task = Self::new(server, Job::Export(Some(export)), about, policy, ask, now);
        Self { routes, ..task }
    }

    /// Waits for a task that was started before, and fetches its file if it is an export.
    pub fn resume(server: Server, resume: Resume, policy: Policy, now: Instant) -> Self {
        let ask = Ask::new(Call::Status, &QueryStatus::new(resume.task.clone()), &server);
        let about = match &resume.place {
            Some((_, base)) => base.as_str().to_owned(),
            None => format!("task {}", resume.task),
        };
        let export = || resume.place.clone().map(|(workspace, base)| Export::new(workspace, base));
        let job = match resume.kind {
            TaskKind::Import => Job::Import(None),
            TaskKind::Export => Job::Export(export()),
        };
        let routes = Routes::new(resume.route.unwrap_or_default());
        let task = Self::new(server, job, about, policy, ask, now);
        Self { routes, lost: resume.doubt, started: Some(resume), ..task }
    }

    /// Asks once whether a task is finished. The server tells an end once: whoever looks has to remember it.
    pub fn look(server: Server, task: TaskId, policy: Policy, now: Instant) -> Self {
        let about = format!("task {task}");
        let ask = Ask::new(Call::Status, &QueryStatus::new(task), &server);
        Self::new(server, Job::Look, about, policy, ask, now)
    }

    fn new(server: Server, job: Job, about: String, policy: Policy, ask: Ask, now: Instant) -> Self {
        Self {
            server,
            deadline: now.checked_add(policy.patience),
            policy,
            job,
            about,
            routes: Routes::new(Route::default()),
            started: None,
            base: None,
            lost: false,
            doubtful_failure: None,
            cancel: Cancelling::No,
            orphan: false,
            handed_out: false,
            polls: 0,
            repeats: 0,
            busy: 0,
            exports: 0,
            draws: 2,
            trouble: None,
            phase: Phase::Ask(ask),
        }
    }

    /// What to do now. Asked twice without anything having happened in between, it says the same.
    pub fn step(&mut self, now: Instant) -> Step {
        if self.cancel == Cancelling::Asked {
            self.cancel = Cancelling::Timed;
            self.deadline = now.checked_add(self.policy.cancel_patience);
        }
        let over = self.deadline.is_some_and(|deadline| deadline <= now);
        match &mut self.phase {
            Phase::Done(end) => return Step::Done(end.clone()),
            Phase::Ask(ask) if ask.sent => return Step::Send(ask.request.clone()),
            Phase::Ask(_) if over => {}
            Phase::Ask(ask) => {
                if let Some(start) = ask.not_before.filter(|start| *start > now) {
                    return Step::Wait(self.deadline.map_or(start, |deadline| deadline.min(start)));
                }
                ask.sent = true;
                return Step::Send(ask.request.clone());
            }
        }
        self.end(ErrorKind::OutOfPatience);
        self.step(now)
    }

    /// The head of the answer; `1xx` heads may be shown or not.
    pub fn head(&mut self, head: &Parts) -> Intake {
        let ignored = Intake::Collect { limit: 0 };
        let Phase::Ask(ask @ Ask { sent: true, .. }) = &mut self.phase else { return ignored };
        if head.status.is_informational() {
            return ignored;
        }
        let file = match ask.call {
            Call::Content | Call::SynchronousExport => FileHead::read(head).as_ref().map(Saving::new),
            _ => None,
        };
        let intake = match &file {
            Some(saving) => Intake::Save { len: saving.announced },
            None => Intake::Collect { limit: ANSWER_LIMIT },
        };
        ask.answer = Some(Answer { head: head.clone(), file });
        intake
    }

    /// The body, whole or cut at the limit, of an answer that was to be collected.
    pub fn collected(&mut self, body: &[u8], now: Instant) {
        if let Some(Answer { head, file: None }) = self.answered(false) {
            self.read(&head, body, now);
            self.turn_to_cancel();
        }
    }

    /// A piece of the file. `true`: it goes to the sink. `false`: this is no file, nothing more of it is
    /// wanted; read no further and feed [`saved`](Self::saved).
    #[must_use = "what is no file must not reach the sink"]
    pub fn chunk(&mut self, bytes: &[u8]) -> bool {
        let Phase::Ask(Ask { answer: Some(Answer { file: Some(saving), .. }), .. }) = &mut self.phase else {
            return false;
        };
        let good = saving.watch.chunk(bytes);
        self.handed_out |= good && !bytes.is_empty();
        good
    }

    /// The file came to its end, and the sink has all of it.
    pub fn saved(&mut self, now: Instant) {
        if let Some(Answer { file: Some(saving), .. }) = self.answered(true) {
            self.received(&saving, now);
            self.turn_to_cancel();
        }
    }

    /// The request could not be sent, or its answer not be read to the end.
    pub fn failed(&mut self, why: Failure, now: Instant) {
        let Phase::Ask(ask @ Ask { sent: true, .. }) = &mut self.phase else { return };
        match (ask.call, ask.answer.take(), why) {
            (_, None, Failure::Untrusted) => {
                self.trouble = Some(Cause::Untrusted);
                self.end(ErrorKind::Untrusted);
            }
            (_, None, Failure::NotSent) => self.meet(Trouble::NotSent, Cause::NotSent, now),
            (Call::StartImport, Some(answer), _) if !answer.head.status.is_success() => {
                self.read(&answer.head, &[], now);
            }
            (_, _, Failure::TimedOut) => self.meet(Trouble::Broken, Cause::TimedOut, now),
            (..) => self.meet(Trouble::Broken, Cause::Interrupted, now),
        }
        self.turn_to_cancel();
    }

    /// Ends the task, on the server too. At any time; go on stepping until [`Step::Done`]. A request in
    /// flight may be dropped: feed [`Failure::Interrupted`] then.
    pub fn cancel(&mut self) {
        if self.cancel == Cancelling::No && matches!(self.phase, Phase::Ask(_)) {
            self.cancel = Cancelling::Asked;
            self.turn_to_cancel();
        }
    }

    /// When patience ends: no request should take longer. `None` is never.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The longest silence to bear while the next request is out, where `usual` is the driver's own limit: a
    /// server that takes in a file or exports in one request may work for three minutes before it says a word.
    pub fn silence(&self, usual: Duration) -> Duration {
        match &self.phase {
            Phase::Ask(Ask { call: Call::StartImport | Call::SynchronousExport, .. }) => usual.max(WORK),
            _ => usual,
        }
    }

    /// Where it stands.
    pub fn progress(&self) -> Progress {
        let ask = match &self.phase {
            Phase::Ask(ask) => Some(ask),
            Phase::Done(_) => None,
        };
        let saving = ask.and_then(|ask| ask.answer.as_ref()?.file.as_ref());
        Progress {
            call: ask.map(|ask| ask.call),
            waits_until: ask.and_then(|ask| ask.not_before.filter(|_| !ask.sent)),
            received: saving.map_or(0, |saving| saving.watch.seen()),
            announced: saving.and_then(|saving| saving.announced),
            polls: self.polls,
            trouble: self.trouble.clone(),
        }
    }

    /// What picks this task up in another process, once the server has taken it on.
    pub fn to_resume(&self) -> Option<Resume> {
        self.started.clone().map(|resume| Resume { doubt: true, ..resume })
    }

    /// Takes the answer out, and with it the call's place in flight, where it is of the kind expected.
    fn answered(&mut self, file: bool) -> Option<Answer> {
        let Phase::Ask(ask @ Ask { sent: true, .. }) = &mut self.phase else { return None };
        ask.answer.take_if(|answer| answer.file.is_some() == file)
    }
}
