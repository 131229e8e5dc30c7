//! Many operations of one account against the sandbox, in virtual time. Each request needs time to leave, to arrive and to be
//! answered, so many are on their way when one is refused.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use seatable_io_proto::{BaseName, BaseUuid, FileName, Format, Refusal, Server, Token};
use seatable_io_sandbox::{Fault, Generation, RateLimits, Sandbox, sample_dtable};
use seatable_io_task::{
    Allowance, Call, Exchange, Export, Import, Operation, OperationError, Outcome, Pace, Policy, Step,
};

use crate::wire::with_file;

/// The work of one operation.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// Imports a file under a name of its own.
    Import(Format),
    /// Exports the base of this number.
    Export(u8),
    /// Exports the base of this number by its UUID.
    ExportByUuid(u8),
}

/// An account, its server, and the work of its operations.
#[derive(Clone, Debug)]
pub struct Account {
    /// The server.
    pub generation: Generation,
    /// The limits of the server.
    pub limits: RateLimits,
    /// The part of the limits that the operations know.
    pub allowance: Allowance,
    /// The work of each operation.
    pub work: Vec<Work>,
    /// The number of operations at a time.
    pub jobs: usize,
    /// The faults of the server.
    pub faults: Vec<Fault>,
    /// The longest that a request waits for its turn in a driver.
    pub queue: Duration,
    /// The longest that anything is on its way.
    pub way: Duration,
    /// The time that a task needs on the server.
    pub task_time: Duration,
    /// The timeout of each operation.
    pub timeout: Duration,
    /// Chooses the times.
    pub seed: u64,
}

/// The result of all operations.
#[derive(Debug, Default)]
pub struct Report {
    /// The ends of the operations.
    pub ends: Vec<Result<Outcome, OperationError>>,
    /// The number of requests.
    pub requests: usize,
    /// The number of refused requests.
    pub refused: usize,
    /// The number of requests that were sent during a pause that the server had asked for.
    pub too_early: usize,
    /// The number of requests that tried to start the task of an export and were not refused.
    pub export_tasks: usize,
    /// The number of requests that started an export of a base that another operation was exporting.
    pub overlaps: usize,
    /// The least time between two requests in the minute after a pause.
    pub least_gap: Option<Duration>,
    /// The time at which the last operation was over.
    pub took: Duration,
    /// The number of steps of all operations.
    pub steps: usize,
}

enum Life {
    Operation(Operation),
    /// A request that waits for its turn, and the moment from which it was allowed to leave.
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
    /// Creates an account without limits or faults that runs all operations at once.
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

    /// Runs all operations to their ends.
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
        let operation = match *work {
            Work::Import(format) => {
                let name = FileName::new(&format!("import {id}"), format).expect("a name");
                let import = Import::new(1, name, self.file(id).len() as u64).expect("a length");
                Operation::import(server, import, policy, seed)
            }
            Work::Export(base) => {
                let base = BaseName::new(base_name(base)).expect("a name");
                Operation::export(server, Export::new(1, base), policy, seed)
            }
            Work::ExportByUuid(base) => {
                let known = self.sandbox.state(self.now).base(1, &base_name(base)).expect("a base");
                let export = BaseUuid::new(known.uuid.clone()).and_then(Export::by_uuid).expect("a UUID");
                Operation::export(server, export, policy, seed)
            }
        };
        let operation = operation.paced(&self.pace);
        self.then(id, self.now, Life::Operation(operation));
    }

    /// Returns the file that an operation sends.
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
            Life::Operation(operation) => self.step(id, operation),
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
                let operation = exchange.finished(self.now);
                self.then(id, self.now, Life::Operation(operation));
            }
        }
    }

    fn step(&mut self, id: usize, operation: Operation) {
        self.report.steps += 1;
        match operation.step(self.now) {
            Step::Wait(operation, until) => self.then(id, until, Life::Operation(operation)),
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
        // A request that was allowed before a refusal has been allowed anew.
        let allowed = if allowed <= self.refused { self.now } else { allowed };
        if !self.paused_until.is_zero() && allowed < self.paused_until + Duration::from_secs(60) {
            let gap = self.last.map(|last| allowed.abs_diff(last));
            self.report.least_gap = self.report.least_gap.into_iter().chain(gap).min();
            self.last = Some(allowed);
        }
        let starts = [Call::StartExport, Call::SynchronousExport, Call::ExportByUuid];
        let starts = exchange.progress().call.is_some_and(|call| starts.contains(&call));
        if let (true, Work::Export(base) | Work::ExportByUuid(base)) = (starts, self.account.work[id]) {
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
