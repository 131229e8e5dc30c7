//! Many tasks of one account against the sandbox, in virtual time: each request takes its time to leave, to arrive and
//! to be answered, so that many are on their way when one is refused.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use seatable_io_proto::{BaseName, FileName, Format, Refusal, Server, Token};
use seatable_io_sandbox::{Fault, Generation, RateLimits, Sandbox, sample_dtable};
use seatable_io_task::{
    Allowance, Call, Exchange, Export, Import, Operation, OperationError, Outcome, Pace, Policy, Step,
};

use crate::wire::with_file;

/// What one task does.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// Imports a file under a name of its own.
    Import(Format),
    /// Exports the base of this number.
    Export(u8),
}

/// An account, its server, and what its tasks do.
#[derive(Clone, Debug)]
pub struct Account {
    /// The server.
    pub generation: Generation,
    /// What the server allows.
    pub limits: RateLimits,
    /// What the tasks know of it.
    pub allowance: Allowance,
    /// What they do.
    pub work: Vec<Work>,
    /// How many of them live at a time.
    pub jobs: usize,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// The longest that a request waits for its turn in a driver.
    pub queue: Duration,
    /// The longest that anything is on its way.
    pub way: Duration,
    /// How long a task takes on the server.
    pub task_time: Duration,
    /// How long each task has.
    pub timeout: Duration,
    /// Chooses the times.
    pub seed: u64,
}

/// What became of them.
#[derive(Debug, Default)]
pub struct Report {
    /// How the tasks ended.
    pub ends: Vec<Result<Outcome, OperationError>>,
    /// How many requests there were.
    pub requests: usize,
    /// How many of them were refused.
    pub refused: usize,
    /// How many were sent before the time had passed that the server had asked for.
    pub too_early: usize,
    /// How many requests tried to start the task of an export, and were not refused.
    pub export_tasks: usize,
    /// How many requests started an export of a base that another task was exporting.
    pub overlaps: usize,
    /// The least time between two requests in the minute after a pause.
    pub least_gap: Option<Duration>,
    /// When the last task was over.
    pub took: Duration,
    /// How many times a task was stepped.
    pub steps: usize,
}

enum Life {
    Operation(Operation),
    /// The request waits for its turn. It was allowed to go at that moment.
    Leaves(Exchange, Duration),
    Arrives(Exchange),
    Answered(Exchange, Response<Bytes>),
    Ends(Exchange, Bytes),
}

struct Run<'a> {
    account: &'a Account,
    sandbox: Sandbox,
    file: Bytes,
    pace: Pace,
    lives: HashMap<usize, Life>,
    events: BinaryHeap<Reverse<(Duration, usize)>>,
    next: usize,
    random: u64,
    now: Duration,
    paused_until: Duration,
    /// When the server last refused a request.
    refused: Duration,
    /// When the last request in the minute after a pause was allowed to go.
    last: Option<Duration>,
    exporting: HashMap<u8, usize>,
    report: Report,
}

impl Account {
    /// An account without limits or faults, all of whose tasks live at once.
    pub fn new(generation: Generation, work: Vec<Work>) -> Self {
        Self {
            generation,
            limits: RateLimits::default(),
            allowance: Allowance::default(),
            jobs: work.len(),
            work,
            faults: Vec::new(),
            queue: Duration::ZERO,
            way: Duration::from_millis(100),
            task_time: Duration::from_secs(1),
            timeout: Duration::from_secs(7 * 24 * 3600),
            seed: 1,
        }
    }

    /// Lets all tasks live to their end.
    pub fn run(&self) -> Report {
        let file = sample_dtable(200);
        let mut sandbox = Sandbox::new(self.generation).with_rate_limits(self.limits);
        sandbox = sandbox.with_task_time(self.task_time).with_queue(usize::MAX).with_workers(self.work.len());
        for base in 0..=u8::MAX {
            sandbox.add_base(1, &base_name(base), file.clone());
        }
        sandbox = self.faults.iter().cloned().fold(sandbox, Sandbox::with_fault);
        let mut run = Run {
            account: self,
            sandbox,
            file,
            pace: Pace::new(self.allowance),
            lives: HashMap::new(),
            events: BinaryHeap::new(),
            next: 0,
            random: self.seed,
            now: Duration::ZERO,
            paused_until: Duration::ZERO,
            refused: Duration::ZERO,
            last: None,
            exporting: HashMap::new(),
            report: Report::default(),
        };
        (0..self.jobs).for_each(|_| run.begin());
        while let Some(Reverse((now, id))) = run.events.pop() {
            run.now = now;
            run.go_on(id);
        }
        run.report.took = run.now;
        run.report
    }
}

impl Run<'_> {
    fn begin(&mut self) {
        let (id, seed) = (self.next, u128::from(self.random()) << 64 | 7);
        let Some(work) = self.account.work.get(id) else { return };
        self.next += 1;
        let token = Token::new(self.sandbox.token()).expect("a token");
        let server = Server::new("http://127.0.0.1/", token).expect("a server");
        let policy = Policy::default().timeout(self.account.timeout);
        let task = match *work {
            Work::Import(format) => {
                let name = FileName::new(&format!("import {id}"), format).expect("a name");
                let import = Import::new(1, name, self.file(id).len() as u64).expect("a length");
                Operation::import(server, import, policy, seed)
            }
            Work::Export(base) => {
                let base = BaseName::new(base_name(base)).expect("a name");
                Operation::export(server, Export::new(1, base), policy, seed)
            }
        };
        let task = task.paced(&self.pace);
        self.then(id, self.now, Life::Operation(task));
    }

    /// What a task sends.
    fn file(&self, id: usize) -> Bytes {
        match self.account.work[id] {
            Work::Import(Format::Csv) => Bytes::from_static(b"a,b\n1,2\n"),
            _ => self.file.clone(),
        }
    }

    fn then(&mut self, id: usize, at: Duration, life: Life) {
        self.lives.insert(id, life);
        self.events.push(Reverse((at, id)));
    }

    fn random(&mut self) -> u64 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.random >> 33
    }

    fn within(&mut self, most: Duration) -> Duration {
        let micros = u64::try_from(most.as_micros()).expect("not so long");
        self.now + Duration::from_micros(self.random() % (micros + 1))
    }

    fn go_on(&mut self, id: usize) {
        match self.lives.remove(&id).expect("a life") {
            Life::Operation(task) => self.step(id, task),
            Life::Leaves(mut exchange, allowed) => {
                if let Some(until) = exchange.hold_until(self.now) {
                    return self.then(id, until, Life::Leaves(exchange, until));
                }
                self.leaves(id, &exchange, allowed);
                let at = self.within(self.account.way);
                self.then(id, at, Life::Arrives(exchange));
            }
            Life::Arrives(mut exchange) => {
                let response = self.sandbox.respond(self.now, with_file(exchange.request(), &self.file(id)));
                let response = response.delivered().expect("bytes").expect("a response");
                exchange.sent(exchange.request().body().file_len());
                let at = self.within(self.account.way);
                self.then(id, at, Life::Answered(exchange, response));
            }
            Life::Answered(mut exchange, response) => {
                let (head, body) = response.into_parts();
                exchange.head(&head);
                let is_busy = self.hears(head.status, Refusal::read(&head, &body).retry_after());
                let starts = exchange.progress().call == Some(Call::StartExport);
                self.report.export_tasks += usize::from(starts && !is_busy);
                let at = self.within(self.account.way);
                self.then(id, at, Life::Ends(exchange, body));
            }
            Life::Ends(mut exchange, body) => {
                let _ = exchange.chunk(&body);
                let task = exchange.finished(self.now);
                self.then(id, self.now, Life::Operation(task));
            }
        }
    }

    fn step(&mut self, id: usize, task: Operation) {
        self.report.steps += 1;
        match task.step(self.now) {
            Step::Wait(task, until) => self.then(id, until, Life::Operation(task)),
            Step::Send(exchange) => {
                let at = self.within(self.account.queue);
                self.then(id, at, Life::Leaves(exchange, self.now));
            }
            Step::Done(end) => {
                self.exporting.retain(|_, by| *by != id);
                self.report.ends.push(end);
                self.begin();
            }
        }
    }

    /// Judges a request that leaves.
    fn leaves(&mut self, id: usize, exchange: &Exchange, allowed: Duration) {
        self.report.requests += 1;
        self.report.too_early += usize::from(self.now < self.paused_until);
        // What was allowed before a refusal has been allowed anew.
        let allowed = if allowed <= self.refused { self.now } else { allowed };
        if !self.paused_until.is_zero() && allowed < self.paused_until + Duration::from_secs(60) {
            let gap = self.last.map(|last| allowed.abs_diff(last));
            self.report.least_gap = self.report.least_gap.into_iter().chain(gap).min();
            self.last = Some(allowed);
        }
        let starts = matches!(exchange.progress().call, Some(Call::StartExport | Call::SynchronousExport));
        if let (true, Work::Export(base)) = (starts, self.account.work[id]) {
            self.report.overlaps += usize::from(*self.exporting.entry(base).or_insert(id) != id);
        }
    }

    /// Returns whether the server was busy.
    fn hears(&mut self, status: StatusCode, retry_after: Option<Duration>) -> bool {
        let is_limit = status == StatusCode::TOO_MANY_REQUESTS;
        if is_limit {
            self.report.refused += 1;
            self.refused = self.now;
        }
        let wait = retry_after.filter(|_| is_limit || status == StatusCode::SERVICE_UNAVAILABLE);
        if let Some(wait) = wait {
            self.refused = self.now;
            self.paused_until = self.paused_until.max(self.now + wait);
        }
        is_limit || wait.is_some()
    }
}

fn base_name(base: u8) -> String {
    format!("base {base}")
}
