//! One task, one server, one virtual clock.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::response::Parts;
use http::{Request, Response};
use seatable_io_proto::{
    BaseName, Body, Endpoint, FileName, Format, Password, QueryStatus, Server, Token, describe,
};
use seatable_io_sandbox::{Fault, Sandbox, TaskFailure, What, Wire, sample_dtable};
use seatable_io_task::{
    Call, Export, Failure, Import, Intake, Outcome, Policy, Step, Task, TaskError, Trouble,
};

use crate::truth::{Record, Violation};
use crate::{Act, Caller, Job, Net, Scene, Story};

/// More requests than any lifecycle can need.
const BOUND: usize = 3_000;

/// How long a driver listens to nothing.
const SILENCE: Duration = Duration::from_secs(60);

/// Everything there is. A value: a search clones it.
#[derive(Clone)]
pub struct World {
    pub(crate) scene: Scene,
    pub(crate) task: Task,
    pub(crate) sandbox: Sandbox,
    pub(crate) now: Duration,
    pub(crate) sink: Vec<u8>,
    pub(crate) file: Bytes,
    pub(crate) record: Record,
    lie: Option<Lie>,
    transcript: String,
}

/// A mutation of the table: what the task is told instead of the trouble that it met.
#[derive(Clone, Copy, Debug)]
pub struct Lie {
    /// The call that met it.
    pub call: Call,
    /// The trouble; [`Trouble::Broken`] for whatever broke off.
    pub trouble: Trouble,
    /// A body to tell with status 200; `None`: that nothing was sent.
    pub told: Option<&'static str>,
}

/// Lives a story to its end; the transcript says what happened.
pub fn live(story: &Story) -> (Result<(), Violation>, String) {
    live_with(story, None)
}

/// Lives a story with a task whose table is mutated.
pub fn live_with(story: &Story, lie: Option<Lie>) -> (Result<(), Violation>, String) {
    let mut world = World::new(&story.scene);
    world.lie = lie;
    (world.play(&story.acts).map(drop), world.transcript)
}

fn epoch() -> Instant {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    *EPOCH.get_or_init(Instant::now)
}

fn file_of(job: Job) -> Bytes {
    static SAMPLE: OnceLock<Bytes> = OnceLock::new();
    match job {
        Job::ImportCsv => Bytes::from_static(b"name,number\na,1\n"),
        Job::ImportBroken => Bytes::from_static(b"no zip at all"),
        _ => SAMPLE.get_or_init(|| sample_dtable(200)).clone(),
    }
}

impl World {
    /// The beginning of a scene.
    pub fn new(scene: &Scene) -> Self {
        let file = file_of(scene.job);
        let mut sandbox =
            Sandbox::new(scene.generation).with_task_time(scene.task_time).with_seed(scene.seed);
        if let Some(words) = scene.failure {
            sandbox = sandbox.with_task_failure(match words {
                "" => TaskFailure::Internal,
                words => TaskFailure::Rejected(words.to_owned()),
            });
        }
        match scene.job {
            Job::Export | Job::ExportToPipe => drop(sandbox.add_base(1, "t1", file.clone())),
            Job::ExportProtected => sandbox = sandbox.with_protected_base(1, "t1", file.clone(), "geheim"),
            _ => {}
        }
        let task = task_of(scene, &file, sandbox.token());
        let (now, sink, record) = (Duration::ZERO, Vec::new(), Record::default());
        Self {
            scene: scene.clone(),
            task,
            sandbox,
            now,
            sink,
            file,
            record,
            lie: None,
            transcript: format!("{scene:?}\n"),
        }
    }

    /// Plays the acts, one a request, then lets everything go well, and judges the end.
    pub fn play(&mut self, acts: &[Act]) -> Result<Result<Outcome, TaskError>, Violation> {
        let mut acts = acts.iter();
        for _ in 0..BOUND {
            if let Some(end) = self.turn(acts.next().unwrap_or(&Act::PLAIN))? {
                self.judge(&end)?;
                return Ok(end);
            }
        }
        Err(Violation(format!("not over after {BOUND} requests")))
    }

    /// Goes on to the next request and plays one act with it; the end, if it comes first.
    pub fn turn(&mut self, act: &Act) -> Result<Option<Result<Outcome, TaskError>>, Violation> {
        if act.caller == Caller::CancelsBefore {
            self.cancel();
        }
        if act.caller == Caller::Babbles {
            self.babble();
        }
        loop {
            let instant = self.instant();
            match self.step(instant)? {
                Step::Done(end) => return Ok(Some(end)),
                Step::Wait(until) if until <= instant => {
                    return Err(Violation("a wait in the past".to_owned()));
                }
                Step::Wait(until) => self.now += until - instant,
                Step::Send(request) => {
                    self.send(&request, act)?;
                    return Ok(None);
                }
            }
        }
    }

    fn step(&mut self, now: Instant) -> Result<Step, Violation> {
        let (step, again) = (self.task.step(now), self.task.step(now));
        match (&step, &again) {
            (Step::Send(a), Step::Send(b)) if a.uri() == b.uri() && a.method() == b.method() => {}
            (Step::Wait(a), Step::Wait(b)) if a == b => {}
            (Step::Done(a), Step::Done(b)) if a == b => {}
            _ => return Err(Violation("stepping twice said two things".to_owned())),
        }
        Ok(step)
    }

    fn cancel(&mut self) {
        self.task.cancel();
        self.record.cancelled.get_or_insert(self.now);
        self.note("the caller cancels");
    }

    fn babble(&mut self) {
        let now = self.instant();
        self.task.saved(now);
        self.task.collected(b"{\"is_finished\":true}", now);
        let _ = self.task.chunk(b"PK\x03\x04");
        self.task.failed(Failure::NotSent, now);
        let _ = self.task.head(&Response::new(()).into_parts().0);
    }

    fn send(&mut self, request: &Request<Body>, act: &Act) -> Result<(), Violation> {
        let call = self.task.progress().call.ok_or(Violation("a request without a call".to_owned()))?;
        self.note(&format!("{} … {act:?}", describe(request)));
        self.record.sent(call)?;
        self.now += act.delay;
        self.record.imposed += act.delay;
        if matches!(act.caller, Caller::CancelsAndDrops | Caller::CancelsAndWaits) {
            self.cancel();
        }
        match act.net {
            Net::NotSent => self.fail(call, Failure::NotSent),
            Net::LoseRequest => self.fail(call, Failure::Interrupted),
            _ => self.arrive(call, request, act)?,
        }
        Ok(())
    }

    /// The request reaches the server; whether the answer comes back is the network's choice.
    fn arrive(&mut self, call: Call, request: &Request<Body>, act: &Act) -> Result<(), Violation> {
        if let Net::Server(what) = &act.net {
            let what = if call == Call::Status && is_a_lie(what) { &What::InternalErrorPage } else { what };
            self.sandbox.order(Fault::any(what.clone()));
        }
        let answer = self.sandbox.answer(self.now, with_file(request, &self.file));
        let wire = answer.wire;
        let arrived = answer.delivered().map_err(|error| Violation(error.to_string()))?;
        let dropped =
            act.caller == Caller::CancelsAndDrops || matches!(act.net, Net::LoseAnswer | Net::Silence);
        match (arrived.filter(|_| !dropped), &act.net) {
            (None, net) if *net == Net::Silence || wire == Wire::Silent => {
                self.now += SILENCE;
                self.record.imposed += SILENCE;
                self.fail(call, Failure::TimedOut);
            }
            (None, _) => self.fail(call, Failure::Interrupted),
            (Some(response), Net::Cut(bytes)) => {
                let keep = response.body().len().min(*bytes);
                let whole = keep == response.body().len();
                self.feed(call, response.map(|body| body.slice(..keep)), whole);
            }
            (Some(response), _) => self.feed(call, response, !matches!(wire, Wire::Cut { .. })),
        }
        Ok(())
    }

    fn fail(&mut self, call: Call, why: Failure) {
        self.record.failed(call, why);
        if why == Failure::NotSent || !self.lies(call, Trouble::Broken) {
            self.task.failed(why, self.instant());
        }
    }

    fn feed(&mut self, call: Call, response: Response<Bytes>, whole: bool) {
        let (head, body) = response.into_parts();
        self.note(&format!("  → {} {} bytes{}", head.status, body.len(), if whole { "" } else { ", cut" }));
        self.record.answered(call, &head, &body, whole);
        if self.lies(call, trouble(&head, &body, whole)) {
            return;
        }
        let now = self.instant();
        match self.task.head(&head) {
            Intake::Save { .. } => {
                self.sink.clear();
                let good = body.chunks(97).all(|chunk| self.task.chunk(chunk) && self.save(chunk));
                if good && !whole {
                    self.task.failed(Failure::Interrupted, now);
                } else {
                    self.task.saved(now);
                }
            }
            Intake::Collect { .. } if whole => self.task.collected(&body, now),
            Intake::Collect { .. } => self.task.failed(Failure::Interrupted, now),
        }
    }

    /// Tells the lie if it fits.
    fn lies(&mut self, call: Call, trouble: Trouble) -> bool {
        let Some(lie) = self.lie.filter(|lie| lie.call == call && lie.trouble == trouble) else {
            return false;
        };
        let now = self.instant();
        match lie.told {
            None => self.task.failed(Failure::NotSent, now),
            Some(body) => {
                let _ = self.task.head(&Response::new(()).into_parts().0);
                self.task.collected(body.as_bytes(), now);
            }
        }
        true
    }

    fn save(&mut self, chunk: &[u8]) -> bool {
        self.sink.extend_from_slice(chunk);
        true
    }

    fn instant(&self) -> Instant {
        epoch() + self.now
    }

    /// What happened so far.
    pub fn transcript(&self) -> &str {
        &self.transcript
    }

    pub(crate) fn note(&mut self, what: &str) {
        let _ = writeln!(self.transcript, "{:>9.3} s  {what}", self.now.as_secs_f64());
    }
}

fn trouble(head: &Parts, body: &[u8], whole: bool) -> Trouble {
    match QueryStatus::reply(head, body) {
        _ if !whole => Trouble::Broken,
        Err(error) => Trouble::of(&error),
        Ok(_) => Trouble::NotSent,
    }
}

fn task_of(scene: &Scene, file: &Bytes, token: &str) -> Task {
    let server =
        Token::new(token).and_then(|token| Server::new("http://127.0.0.1/", token)).expect("a server");
    let policy = Policy { patience: scene.patience, seed: scene.seed, ..Policy::default() };
    let export = |name| Export::new(1, BaseName::new(name).expect("a name"));
    let format = if scene.job == Job::ImportCsv { Format::Csv } else { Format::Dtable };
    let export = match scene.job {
        Job::Export => export("t1"),
        Job::ExportToPipe => export("t1").one_pass(),
        Job::ExportMissing => export("no such base"),
        Job::ExportProtected => export("t1").password(Password::new("geheim").expect("a password")),
        Job::ImportDtable | Job::ImportCsv | Job::ImportBroken => {
            let name = FileName::new("t1", format).expect("a name");
            let import = Import::new(1, name, file.len() as u64).expect("a length");
            return Task::import(server, import, policy, epoch());
        }
    };
    Task::export(server, export, policy, epoch())
}

fn with_file(request: &Request<Body>, file: &Bytes) -> Request<Bytes> {
    request.clone().map(|body| {
        let file = if body.file_len() == 0 { &[][..] } else { &file[..] };
        Bytes::from([body.head(), file, body.tail()].concat())
    })
}

/// Whether a fault of the sandbox tells a failure of a task that may not have failed: a 500 in the application's
/// words is how a current server tells that a poll's task failed, so no server sends it for another reason.
fn is_a_lie(what: &What) -> bool {
    matches!(what, What::InternalError { .. })
}
