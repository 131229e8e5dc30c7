//! One operation, one server, one virtual clock.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use seatable_io_proto::describe;
use seatable_io_sandbox::Sandbox;
use seatable_io_task::{Exchange, Intake, Operation, OperationError, Outcome, Policy, Step};

use crate::driver::{Report, Script};
use crate::lie::Lie;
use crate::pace::Pace;
use crate::record::Record;
use crate::story::{Act, Caller, Driver, Others, Scene, Story};
use crate::wire::Asked;
use crate::{Job, Target, Violation, setup};

/// More requests than any lifecycle can need.
const BOUND: usize = 5_000;

/// The delay of a late driver.
const LATE: Duration = Duration::from_secs(7);

/// The end of an operation.
pub type End = Result<Outcome, OperationError>;

/// An operation, its server, and the observer of both.
pub struct World {
    pub(crate) scene: Scene,
    pub(crate) policy: Policy,
    pub(crate) sandbox: Sandbox,
    pub(crate) now: Duration,
    /// The deadline of the operation; `None` before the first step.
    pub(crate) deadline: Option<Duration>,
    pub(crate) sink: Vec<u8>,
    pub(crate) file: Bytes,
    /// The UUID of the base that is exported by it.
    pub(crate) uuid: Option<String>,
    pub(crate) record: Record,
    pub(crate) pace: Pace,
    operation: Option<Operation>,
    lie: Option<Lie>,
    transcript: Option<String>,
}

/// Plays a story to its end.
pub fn live(story: &Story) -> Result<End, Violation> {
    World::new(&story.scene).play(&story.acts, story.forever)
}

/// Plays a story in which the operation is lied to.
pub fn live_with(story: &Story, lie: Lie) -> Result<End, Violation> {
    let mut world = World::new(&story.scene);
    world.lie = Some(lie);
    world.play(&story.acts, story.forever)
}

/// Returns the transcript of a story.
pub fn transcript(story: &Story) -> String {
    let mut world = World::new(&story.scene);
    world.transcript = Some(format!("{:?}\n", story.scene));
    let end = world.play(&story.acts, story.forever);
    world.note(|| end.map_or_else(|violation| violation.0, |end| format!("{end:?}")));
    world.transcript.unwrap_or_default()
}

impl World {
    /// Creates the beginning of a scene.
    pub fn new(scene: &Scene) -> Self {
        let file = setup::file_of(scene.job);
        let mut sandbox = setup::sandbox_of(scene, &file);
        let (known, now) = setup::past_of(scene, &mut sandbox, &file);
        let by_uuid = matches!(scene.job, Job::Export { target: Target::ByUuid, .. });
        let uuid = by_uuid.then(|| setup::uuid_of(&mut sandbox).to_string());
        let policy = setup::policy_of(scene);
        let operation = setup::operation_of(scene, &file, &mut sandbox, known.as_ref());
        Self {
            record: Record::of(scene.job, known),
            pace: Pace::new(policy.clone()),
            scene: scene.clone(),
            policy,
            sandbox,
            now,
            deadline: None,
            sink: Vec::new(),
            file,
            uuid,
            operation: Some(operation),
            lie: None,
            transcript: None,
        }
    }

    /// Plays one act for each request, then lets everything go well or repeats the last act, and judges the end.
    pub fn play(&mut self, acts: &[Act], forever: bool) -> Result<End, Violation> {
        let rest = acts.last().filter(|_| forever).unwrap_or(&Act::PLAIN);
        for act in acts.iter().chain(std::iter::repeat(rest)).take(BOUND) {
            if let Some(end) = self.turn(act)? {
                self.judge(&end)?;
                return Ok(end);
            }
        }
        Err(Violation(format!("not over after {BOUND} requests")))
    }

    /// Continues to the next request and plays one act with it. Returns the end if it comes first.
    pub fn turn(&mut self, act: &Act) -> Result<Option<End>, Violation> {
        let mut operation = self.operation.take().ok_or(Violation("it goes on after its end".to_owned()))?;
        self.pace.late = false;
        if act.caller == Caller::CancelsBefore {
            self.cancel(|now| operation.cancel(now));
        }
        loop {
            self.time_out();
            operation = match operation.step(self.now) {
                Step::Done(end) => return Ok(Some(end)),
                Step::Wait(operation, until) => self.wait(operation, until, act)?,
                Step::Send(exchange) => {
                    self.operation = Some(self.exchange(exchange, act)?);
                    return Ok(None);
                }
            };
        }
    }

    /// Starts the time of the operation with its first step, and records whether it is over.
    fn time_out(&mut self) {
        let deadline = *self.deadline.get_or_insert(self.now.saturating_add(self.policy.timeout));
        if deadline <= self.now && self.policy.cancel_on_timeout && !self.record.is_cancelled() {
            self.record.timed_out = true;
            self.record.busy_at_the_end = self.record.last_heard().is_some_and(|(_, heard)| heard.busy);
            self.pace.cancelled = Some(self.now);
            self.deadline = Some(self.now.saturating_add(self.policy.cancel_timeout));
        }
    }

    fn wait(&mut self, mut operation: Operation, until: Duration, act: &Act) -> Result<Operation, Violation> {
        self.judge_wait(&operation, until)?;
        let wait = until.saturating_sub(self.now);
        if act.driver == Driver::StepsEarly {
            let parts = [0, 1, 3].map(|part| self.now + wait * part / 4);
            for early in [self.now.saturating_sub(LATE)].into_iter().chain(parts) {
                match operation.step(early) {
                    Step::Wait(next, again) if again == until => operation = next,
                    other => return Err(Violation(format!("stepped early, it returned {other:?}"))),
                }
            }
        }
        if act.caller == Caller::CancelsInWait && !self.record.is_cancelled() {
            self.now += wait / 2;
            self.cancel(|now| operation.cancel(now));
            return Ok(operation);
        }
        self.now = until;
        if act.driver == Driver::StepsLate {
            self.now += LATE;
            self.record.imposed += LATE;
            self.pace.late = true;
        }
        Ok(operation)
    }

    pub(crate) fn cancel(&mut self, cancel: impl FnOnce(Duration)) {
        cancel(self.now);
        self.record.plain = false;
        if !self.record.is_cancelled() {
            self.record.cancelled = Some(self.now);
            self.pace.cancelled = Some(self.now);
            self.deadline = Some(self.now.saturating_add(self.policy.cancel_timeout));
        }
        self.note(|| "the caller cancels".to_owned());
    }

    fn exchange(&mut self, mut exchange: Exchange, act: &Act) -> Result<Operation, Violation> {
        self.note(|| format!("{} … {act:?}", describe(exchange.request())));
        let asked = Asked::of(exchange.request())?;
        self.let_others(act.others);
        self.record.plain &= act.is_plain();
        self.record.asks(&asked)?;
        self.pace.asks(&asked, self.now)?;
        self.judge_exchange(&exchange, &asked)?;
        let file = exchange.request().body().file_len();
        let script = self.carry(&mut exchange, &asked, act)?.reported_by(act.driver, &asked);
        let (fate, failure) = (script.fate(file), script.failure);
        self.note(|| format!("  → {fate:?} {failure:?}"));
        self.judge_honesty(&asked, &fate, act);
        let reported = self.lie.and_then(|lie| lie.instead(&asked, &fate, file)).unwrap_or(script);
        let operation = self.report(exchange, reported, &asked)?;
        self.pace.hears(&asked, &fate, self.now);
        self.record.hears(asked, fate, failure, self.deadline.unwrap_or_default());
        Ok(operation)
    }

    /// Lets others act on the server.
    fn let_others(&mut self, others: Others) {
        match (others, &self.record.known) {
            (Others::Start, _) => setup::start_another(&mut self.sandbox, self.now, &self.file),
            (Others::Restart, _) => self.sandbox.restart_tasks(self.now),
            (Others::Poll, Some(known)) => setup::poll(&mut self.sandbox, self.now, &known.id.clone()),
            (Others::Poll, None) | (Others::Rest, _) => {}
        }
    }

    /// Reports a script to the operation, and saves the file if it says so.
    fn report(
        &mut self,
        mut exchange: Exchange,
        script: Script,
        asked: &Asked,
    ) -> Result<Operation, Violation> {
        let (mut saves, mut wrote, mut stopped) = (false, false, false);
        for report in script.reports {
            match report {
                Report::Sent(bytes) => exchange.sent(bytes),
                Report::Head(head) => {
                    if matches!(exchange.head(&head), Intake::Save { .. }) && !saves {
                        saves = true;
                        self.empty_sink(asked)?;
                    }
                }
                Report::Chunk(_) if stopped && !script.goes_on => {}
                Report::Chunk(bytes) => {
                    let accepted = exchange.chunk(&bytes);
                    if saves && accepted {
                        self.save(&bytes, !wrote, stopped)?;
                        wrote = true;
                    }
                    stopped |= !accepted;
                }
            }
        }
        Ok(match script.failure {
            None => exchange.finished(self.now),
            Some(failure) => exchange.failed(failure, self.now),
        })
    }

    fn empty_sink(&mut self, asked: &Asked) -> Result<(), Violation> {
        if !asked.is_for_file() {
            return Err(Violation(format!("a response is mistaken for a file: {asked:?}")));
        }
        if !self.scene.job.is_to_pipe() {
            self.sink.clear();
        }
        Ok(())
    }

    fn save(&mut self, bytes: &[u8], first: bool, stopped: bool) -> Result<(), Violation> {
        if stopped {
            return Err(Violation("bytes are accepted after others were not".to_owned()));
        }
        if first && !self.sink.is_empty() {
            return Err(Violation("a second file is written into a pipe".to_owned()));
        }
        self.record.files += u32::from(first);
        self.sink.extend_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn note(&mut self, text: impl FnOnce() -> String) {
        if let Some(transcript) = &mut self.transcript {
            let _ = writeln!(transcript, "{:>9.3} s  {}", self.now.as_secs_f64(), text());
        }
    }
}
