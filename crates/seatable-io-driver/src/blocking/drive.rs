use std::io;
use std::thread;
use std::time::{Duration, Instant};

use http::{Request, Response};
use seatable_io_task::{Exchange, Intake, Operation, Outcome, Resume, Step};

use super::clock::{has_passed, now};
use super::{Limits, Sink, Source, Stop, Transport, Upload};
use crate::event::{Events, Fault};
use crate::file::{no_sink, no_source};
use crate::{Error, Event, StopSignal};

const PIECE: usize = 384 * 1024;

/// One run of an operation.
pub(crate) struct Drive<'c, T> {
    transport: T,
    pub(super) source: Option<Box<dyn Source + 'c>>,
    pub(super) sink: Option<Box<dyn Sink + 'c>>,
    pub(super) events: Events<Box<dyn FnMut(Event) + 'c>>,
    pub(super) on_accepted: Option<Box<OnAccepted<'c>>>,
    stop: Stop,
    stopping: bool,
    /// The sink has begun a file.
    receives: bool,
}

type OnAccepted<'c> = dyn FnMut(Resume) -> io::Result<()> + 'c;

impl<T: Transport> Drive<'_, T> {
    pub(crate) fn new(transport: T, operation: &Operation, stop: Stop) -> Self {
        let events = Events::new(operation);
        Self {
            transport,
            source: None,
            sink: None,
            events,
            on_accepted: None,
            stop,
            stopping: false,
            receives: false,
        }
    }

    /// Runs the operation to its end.
    pub(crate) fn run(mut self, operation: Operation) -> Result<Outcome, Error> {
        let end = self.run_to_end(operation);
        if let (Err(_), true, Some(sink)) = (&end, self.receives, &mut self.sink) {
            sink.discard();
        }
        end
    }

    fn run_to_end(&mut self, mut operation: Operation) -> Result<Outcome, Error> {
        let interrupt = self.transport.interrupt();
        if let Some(interrupt) = &interrupt {
            self.stop.watch_over(interrupt);
        }
        loop {
            self.check_stop(|now| operation.cancel(now));
            operation = match operation.step(now()) {
                Step::Done(Ok(outcome)) => return self.finish(outcome),
                Step::Done(Err(error)) => return Err(self.events.error(error)),
                Step::Wait(operation, until) => {
                    self.wait(&operation, until);
                    operation
                }
                Step::Send(exchange) => self.send(exchange)?,
            };
        }
    }

    /// After a stop, the task is cancelled over a new connection.
    fn check_stop(&mut self, cancel: impl FnOnce(Duration)) {
        if !self.stopping && self.stop.is_stopped() {
            self.stopping = true;
            self.transport.renew();
            cancel(now());
        }
    }

    fn wait(&mut self, operation: &Operation, until: Duration) {
        let wait = until.saturating_sub(now());
        self.events.waiting(operation, wait);
        if self.stopping { thread::sleep(wait) } else { self.stop.sleep(wait) }
    }

    fn finish(&mut self, outcome: Outcome) -> Result<Outcome, Error> {
        if let (Outcome::Exported(_), Some(sink)) = (&outcome, &mut self.sink) {
            sink.finish().map_err(Error::from_sink)?;
        }
        Ok(outcome)
    }

    fn send(&mut self, mut exchange: Exchange) -> Result<Operation, Error> {
        let ended = self.ask(&mut exchange).and_then(|response| self.receive(&mut exchange, response));
        self.check_stop(|now| exchange.cancel(now));
        let (operation, accepted) = self.events.ended(exchange, ended, now())?;
        if let (Some(resume), Some(on_accepted)) = (accepted, &mut self.on_accepted) {
            on_accepted((*resume).clone()).map_err(|error| Error::NotRecorded { error, resume })?;
        }
        Ok(operation)
    }

    fn ask(&mut self, exchange: &mut Exchange) -> Result<Response<T::ResponseBody>, Fault> {
        let file = if exchange.request().body().is_empty() {
            None
        } else {
            let source = self.source.as_mut().ok_or_else(no_source).map_err(Fault::Unopened)?;
            Some(source.open().map_err(Fault::Unopened)?)
        };
        self.events.requesting(exchange);
        let deadline = exchange.deadline();
        let limits =
            Limits { time_left: deadline.saturating_sub(now()), idle_timeout: exchange.idle_timeout() };
        let (head, body) = exchange.request().clone().into_parts();
        let Some(file) = file else {
            return Ok(self.transport.send(Request::from_parts(head, None), limits)?);
        };
        let mut sent = |bytes| self.events.sent(exchange, bytes);
        let mut upload = Upload::new(&body, file, deadline, &mut sent);
        let response = self.transport.send(Request::from_parts(head, Some(&mut upload)), limits);
        match upload.into_fault() {
            Some(fault) => Err(fault),
            None => Ok(response?),
        }
    }

    fn receive(&mut self, exchange: &mut Exchange, response: Response<T::ResponseBody>) -> Result<(), Fault> {
        let (head, mut body) = response.into_parts();
        let (mut sink, mut is_late) = (None, false);
        if let Intake::Save { len } = self.events.head(exchange, &head) {
            let given = self.sink.as_mut().ok_or_else(no_sink).map_err(Fault::Sink)?;
            self.receives = true;
            is_late = store(exchange, || given.begin(len))?;
            sink = Some(given);
        }
        let mut piece = vec![0; PIECE];
        loop {
            let count = match self.transport.read(&mut body, &mut piece) {
                Ok(0) => break,
                _ if is_late => return Err(Fault::local_time_out()),
                read => read?,
            };
            if !exchange.chunk(&piece[..count]) {
                return Ok(());
            }
            if let Some(sink) = &mut sink {
                is_late = store(exchange, || sink.write(&piece[..count]))?;
                self.events.received(exchange);
            }
        }
        let Some(sink) = sink else { return Ok(()) };
        self.events.checking();
        check(&mut **sink, &self.stop, exchange.deadline())
    }
}

/// Checks the whole file. A check that fails because it was to end says nothing about the file.
fn check(sink: &mut dyn Sink, stop: &Stop, deadline: Duration) -> Result<(), Fault> {
    let began = now();
    let left = deadline.saturating_sub(began);
    let signal = StopSignal::new(stop.clone(), Instant::now().checked_add(left));
    match sink.check(&signal) {
        Err(_) if stop.is_stopped() => Err(Fault::stopped()),
        Err(_) if signal.check().is_err() => Err(Fault::local_time_out()),
        _ if has_passed(deadline, began) => Err(Fault::local_time_out()),
        checked => checked.map_err(Fault::of_check),
    }
}

/// Lets the sink do something. Returns whether the time of the operation was over before it was done: that matters only if the
/// response goes on, because a whole file is judged, whenever it was written.
fn store(exchange: &Exchange, work: impl FnOnce() -> io::Result<()>) -> Result<bool, Fault> {
    let began = now();
    work().map_err(Fault::Sink)?;
    Ok(has_passed(exchange.deadline(), began))
}
