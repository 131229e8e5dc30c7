use std::io;
use std::thread;
use std::time::{Duration, Instant};

use http::{Request, Response};
use seatable_io_task::{Exchange, Intake, Outcome, Step, Task};

use super::{Sink, Source, Stop, Transport, Upload};
use crate::event::{Events, Fault};
use crate::{Error, Event};

const PIECE: usize = 256 * 1024;

/// What a run reads and writes, and what can end it.
#[derive(Default)]
pub struct Files<'a> {
    source: Option<&'a mut dyn Source>,
    sink: Option<&'a mut dyn Sink>,
    stop: Stop,
}

impl<'a> Files<'a> {
    /// For a task that neither sends nor receives a file.
    pub fn none() -> Self {
        Self::default()
    }

    /// Sends this file.
    pub fn upload(self, source: &'a mut dyn Source) -> Self {
        Self { source: Some(source), ..self }
    }

    /// Saves the file received here.
    pub fn save_to(self, sink: &'a mut dyn Sink) -> Self {
        Self { sink: Some(sink), ..self }
    }

    /// Lets this end the run.
    pub fn stop(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }
}

/// Runs a task to its end. `watch` is told what happens.
///
/// [`Error::Task`] if the task did not succeed; [`Error::Source`] and [`Error::Sink`] if a file on this side was the
/// reason.
pub fn run<T: Transport>(
    transport: &mut T,
    task: Task,
    files: Files<'_>,
    watch: &mut dyn FnMut(Event),
) -> Result<Outcome, Error> {
    let events = Events::new(watch, &task);
    let drive = Drive { transport, start: Instant::now(), files, events, stopping: false };
    drive.run(task)
}

struct Drive<'t, 'f, 'w, T> {
    transport: &'t mut T,
    start: Instant,
    files: Files<'f>,
    events: Events<&'w mut dyn FnMut(Event)>,
    stopping: bool,
}

impl<T: Transport> Drive<'_, '_, '_, T> {
    fn run(mut self, mut task: Task) -> Result<Outcome, Error> {
        let interrupt = self.transport.interrupt();
        if let Some(interrupt) = &interrupt {
            self.files.stop.watch_over(interrupt);
        }
        loop {
            self.heed_stop(|now| task.cancel(now));
            task = match task.step(self.now()) {
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

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Once stopped, the task is cancelled over a connection that the stop does not touch.
    fn heed_stop(&mut self, cancel: impl FnOnce(Duration)) {
        if !self.stopping && self.files.stop.is_stopped() {
            self.stopping = true;
            self.transport.renew();
            cancel(self.now());
        }
    }

    fn wait(&mut self, task: &Task, until: Duration) {
        let wait = until.saturating_sub(self.now());
        self.events.waiting(task, wait);
        if self.stopping { thread::sleep(wait) } else { self.files.stop.sleep(wait) }
    }

    fn finish(self, outcome: Outcome) -> Result<Outcome, Error> {
        if let (Outcome::Exported(_), Some(sink)) = (&outcome, self.files.sink) {
            sink.finish().map_err(|error| Error::Sink(error, None))?;
        }
        Ok(outcome)
    }

    fn send(&mut self, mut exchange: Exchange) -> Result<Task, Error> {
        let ended = self.ask(&mut exchange).and_then(|answer| self.receive(&mut exchange, answer));
        self.heed_stop(|now| exchange.cancel(now));
        self.events.ended(exchange, ended, self.start.elapsed())
    }

    fn ask(&mut self, exchange: &mut Exchange) -> Result<Response<T::Answer>, Fault> {
        let file = match (&mut self.files.source, exchange.request().body().is_empty()) {
            (_, true) => None,
            (Some(source), _) => Some(source.open().map_err(Fault::Unopened)?),
            (None, _) => return Err(Fault::Unopened(missing("no file was given"))),
        };
        self.events.asking(exchange);
        let (left, silence) = (exchange.deadline().saturating_sub(self.start.elapsed()), exchange.silence());
        let (head, body) = exchange.request().clone().into_parts();
        let Some(file) = file else {
            return Ok(self.transport.send(Request::from_parts(head, None), left, silence)?);
        };
        let mut sent = |bytes| self.events.sent(exchange, bytes);
        let mut upload = Upload::new(&body, file, &mut sent);
        let answer = self.transport.send(Request::from_parts(head, Some(&mut upload)), left, silence);
        match upload.into_fault() {
            Some(fault) => Err(Fault::Source(fault)),
            None => Ok(answer?),
        }
    }

    fn receive(&mut self, exchange: &mut Exchange, answer: Response<T::Answer>) -> Result<(), Fault> {
        let (head, mut body) = answer.into_parts();
        let mut sink = match (self.events.head(exchange, &head), self.files.sink.as_deref_mut()) {
            (Intake::Read, _) => None,
            (Intake::Save { .. }, None) => return Err(Fault::Sink(missing("there is no place for it"))),
            (Intake::Save { len }, Some(sink)) => {
                sink.begin(len).map_err(Fault::Sink)?;
                Some(sink)
            }
        };
        let mut piece = vec![0; PIECE];
        loop {
            let count = self.transport.read(&mut body, &mut piece)?;
            if count == 0 || !exchange.chunk(&piece[..count]) {
                break;
            }
            if let Some(sink) = &mut sink {
                sink.write(&piece[..count]).map_err(Fault::Sink)?;
                self.events.received(exchange);
            }
        }
        match sink {
            Some(sink) if exchange.is_whole() => sink.check().map_err(Fault::of_check),
            _ => Ok(()),
        }
    }
}

fn missing(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}
