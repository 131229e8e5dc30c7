use std::io;
use std::thread;
use std::time::{Duration, Instant};

use http::{Request, Response};
use seatable_io_task::{Exchange, Intake, Operation, Outcome, Progress, Step};

use super::clock::{has_passed, now};
use super::{Sink, Source, Stop, Transport, Upload};
use crate::event::{Events, Fault};
use crate::{Error, Event, StopSignal};

const PIECE: usize = 384 * 1024;

/// One run of a task.
pub(crate) struct Drive<'a, T> {
    transport: &'a mut T,
    source: &'a mut dyn Source,
    sink: &'a mut dyn Sink,
    stop: Stop,
    events: Events<&'a mut dyn FnMut(Event)>,
    stopping: bool,
}

impl<'a, T: Transport> Drive<'a, T> {
    pub(crate) fn new(
        transport: &'a mut T,
        task: &Operation,
        source: &'a mut dyn Source,
        sink: &'a mut dyn Sink,
        stop: Stop,
        watch: &'a mut dyn FnMut(Event),
    ) -> Self {
        let events = Events::new(watch, task);
        Self { transport, source, sink, stop, events, stopping: false }
    }

    /// Runs the task to its end.
    pub(crate) fn run(mut self, mut task: Operation) -> Result<Outcome, Error> {
        let interrupt = self.transport.interrupt();
        if let Some(interrupt) = &interrupt {
            self.stop.watch_over(interrupt);
        }
        loop {
            self.check_stop(|now| task.cancel(now));
            task = match task.step(now()) {
                Step::Done(Ok(outcome)) => return self.finish(outcome),
                Step::Done(Err(error)) => return Err(self.events.error(error)),
                Step::Wait(task, until) => {
                    self.wait(&task, until);
                    task
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

    fn wait(&mut self, task: &Operation, until: Duration) {
        let wait = until.saturating_sub(now());
        self.events.waiting(task, wait);
        if self.stopping { thread::sleep(wait) } else { self.stop.sleep(wait) }
    }

    fn finish(self, outcome: Outcome) -> Result<Outcome, Error> {
        if let Outcome::Exported(_) = outcome {
            self.sink.finish().map_err(|error| Error::Sink(error, None))?;
        }
        Ok(outcome)
    }

    fn send(&mut self, mut exchange: Exchange) -> Result<Operation, Error> {
        let ended = self.ask(&mut exchange).and_then(|response| self.receive(&mut exchange, response));
        self.check_stop(|now| exchange.cancel(now));
        self.events.ended(exchange, ended, now())
    }

    fn ask(&mut self, exchange: &mut Exchange) -> Result<Response<T::ResponseBody>, Fault> {
        let file = if exchange.request().body().is_empty() {
            None
        } else {
            Some(self.source.open().map_err(Fault::Unopened)?)
        };
        self.events.requesting(exchange);
        let (deadline, idle_timeout) = (exchange.deadline(), exchange.idle_timeout());
        let left = deadline.saturating_sub(now());
        let (head, body) = exchange.request().clone().into_parts();
        let Some(file) = file else {
            return Ok(self.transport.send(Request::from_parts(head, None), left, idle_timeout)?);
        };
        let mut sent = |bytes| self.events.sent(exchange, bytes);
        let mut upload = Upload::new(&body, file, deadline, &mut sent);
        let response = self.transport.send(Request::from_parts(head, Some(&mut upload)), left, idle_timeout);
        match upload.into_fault() {
            Some(fault) => Err(fault),
            None => Ok(response?),
        }
    }

    fn receive(&mut self, exchange: &mut Exchange, response: Response<T::ResponseBody>) -> Result<(), Fault> {
        let (head, mut body) = response.into_parts();
        let save = match self.events.head(exchange, &head) {
            Intake::Read => false,
            Intake::Save { len } => {
                store(exchange, || self.sink.begin(len))?;
                true
            }
        };
        let mut piece = vec![0; PIECE];
        loop {
            let count = self.transport.read(&mut body, &mut piece)?;
            if count == 0 {
                break;
            }
            if !exchange.chunk(&piece[..count]) {
                return Ok(());
            }
            if save {
                store(exchange, || self.sink.write(&piece[..count]))?;
                self.events.received(exchange);
            }
        }
        if save { self.check(exchange.deadline()) } else { Ok(()) }
    }

    /// Checks the file. A check that fails because it was to end says nothing about the file.
    fn check(&mut self, deadline: Duration) -> Result<(), Fault> {
        let began = now();
        let left = deadline.saturating_sub(began);
        let signal = StopSignal::new(self.stop.clone(), Instant::now().checked_add(left));
        let checked = self.sink.check(&signal);
        match checked {
            Err(_) if self.stop.is_stopped() => Err(Fault::stopped()),
            Err(_) if signal.check().is_err() => Err(Fault::local_time_out()),
            _ if has_passed(deadline, began) => Err(Fault::local_time_out()),
            checked => checked.map_err(Fault::of_check),
        }
    }
}

/// Lets the sink do something, in the time of the task unless that completes the file.
fn store(exchange: &Exchange, work: impl FnOnce() -> io::Result<()>) -> Result<(), Fault> {
    let began = now();
    work().map_err(Fault::Sink)?;
    let Progress { received, announced, .. } = exchange.progress();
    if has_passed(exchange.deadline(), began) && announced != Some(received) {
        return Err(Fault::local_time_out());
    }
    Ok(())
}
