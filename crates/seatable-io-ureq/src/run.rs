use std::io::{self, Read};
use std::thread;
use std::time::{Duration, Instant};

use http::{HeaderValue, Request, Response, StatusCode, header};
use seatable_io_proto::Body;
use seatable_io_task::{Intake, Outcome, Progress, Resume, Step, Task};
use ureq::SendBody;

use crate::line::{IDLE, Limits, Line};
use crate::upload::Upload;
use crate::{Client, Error, Sink, Source, Stop, TransportError};

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

    /// Can be ended with this.
    pub fn stop(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }
}

/// What happens in a run, for whoever shows it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A request goes out. Its URI may hold a password: show it with [`describe`](seatable_io_proto::describe).
    Asking(&'a Request<Body>),
    /// So many bytes of the file were sent, in this attempt.
    Sent(u64),
    /// The head of an answer came.
    Answered(StatusCode),
    /// So many bytes of the file came, in this attempt.
    Received(u64),
    /// The server took the task on.
    Accepted(&'a Resume),
    /// Nothing happens for so long.
    Waiting(&'a Progress, Duration),
    /// A request failed.
    Failed(&'a TransportError),
}

/// Why an exchange came to no end that the task could be told.
enum Broken {
    Line(ureq::Error),
    Local(Error),
}

impl From<ureq::Error> for Broken {
    fn from(error: ureq::Error) -> Self {
        Self::Line(error)
    }
}

pub(crate) struct Run<'c, 'f, 'w> {
    client: &'c Client,
    task: Task,
    files: Files<'f>,
    watch: &'w mut dyn FnMut(Event<'_>),
    line: Line,
    stopping: bool,
    accepted: bool,
    trouble: Option<TransportError>,
}

impl<'c, 'f, 'w> Run<'c, 'f, 'w> {
    pub(crate) fn new(
        client: &'c Client,
        task: Task,
        files: Files<'f>,
        watch: &'w mut dyn FnMut(Event<'_>),
    ) -> Self {
        let line = client.line();
        files.stop.watch_over(line.agent());
        let accepted = task.to_resume().is_some();
        Self { client, task, files, watch, line, stopping: false, accepted, trouble: None }
    }

    pub(crate) fn drive(mut self) -> Result<Outcome, Error> {
        loop {
            self.heed_stop();
            match self.task.step(Instant::now()) {
                Step::Send(request) => self.attempt(request)?,
                Step::Wait(until) => self.wait(until),
                Step::Done(Ok(outcome)) => return self.finish(outcome),
                Step::Done(Err(error)) => return Err(Error::Task(error, self.trouble)),
            }
        }
    }

    /// Once stopped, the task is cancelled over a connection that the stop does not touch.
    fn heed_stop(&mut self) {
        if !self.stopping && self.files.stop.is_stopped() {
            self.stopping = true;
            self.line = self.client.line();
            self.task.cancel();
        }
    }

    fn wait(&mut self, until: Instant) {
        let left = until.saturating_duration_since(Instant::now());
        (self.watch)(Event::Waiting(&self.task.progress(), left));
        if self.stopping {
            thread::sleep(left);
        } else {
            self.files.stop.sleep_until(until);
        }
    }

    fn finish(self, outcome: Outcome) -> Result<Outcome, Error> {
        if let (Outcome::Exported(_), Some(sink)) = (&outcome, self.files.sink) {
            sink.finish().map_err(Error::Sink)?;
        }
        Ok(outcome)
    }

    fn attempt(&mut self, request: Request<Body>) -> Result<(), Error> {
        (self.watch)(Event::Asking(&request));
        self.trouble = None;
        match self.exchange(request) {
            Ok(()) => self.announce(),
            Err(Broken::Local(error)) => return Err(error),
            Err(Broken::Line(error)) => {
                let trouble = self.line.explain(&error);
                (self.watch)(Event::Failed(&trouble));
                self.heed_stop();
                self.task.failed(trouble.failure(), Instant::now());
                self.trouble = Some(trouble);
            }
        }
        Ok(())
    }

    fn announce(&mut self) {
        if let (false, Some(resume)) = (self.accepted, self.task.to_resume()) {
            self.accepted = true;
            (self.watch)(Event::Accepted(&resume));
        }
    }

    fn exchange(&mut self, request: Request<Body>) -> Result<(), Broken> {
        let (head, body) = self.ask(request)?.into_parts();
        (self.watch)(Event::Answered(head.status));
        match self.task.head(&head) {
            Intake::Collect { limit } => {
                let body = collect(body, limit)?;
                self.task.collected(&body, Instant::now());
            }
            Intake::Save { len } => {
                self.save(body, len)?;
                self.task.saved(Instant::now());
            }
        }
        Ok(())
    }

    fn ask(&mut self, request: Request<Body>) -> Result<Response<ureq::Body>, Broken> {
        let (mut head, body) = request.into_parts();
        if body.is_empty() {
            return Ok(self.line.send(Request::from_parts(head, ()), self.limits(IDLE))?);
        }
        let limits = self.limits(Duration::ZERO);
        head.headers.insert(header::EXPECT, HeaderValue::from_static("100-continue"));
        let response = self.upload(Request::from_parts(head.clone(), &body), limits)?;
        if response.status() != StatusCode::EXPECTATION_FAILED {
            return Ok(response);
        }
        head.headers.remove(header::EXPECT);
        self.upload(Request::from_parts(head, &body), limits)
    }

    fn upload(&mut self, request: Request<&Body>, limits: Limits) -> Result<Response<ureq::Body>, Broken> {
        let (head, body) = request.into_parts();
        let source = self.files.source.as_deref_mut().ok_or_else(|| missing("none was given"));
        let file = source.and_then(Source::open).map_err(|error| Broken::Local(Error::Source(error)))?;
        let mut upload = Upload::new(body, file, self.line.marks(), self.watch);
        let request = Request::from_parts(head, SendBody::from_reader(&mut upload));
        let response = self.line.send(request, limits);
        match upload.into_fault() {
            Some(fault) => Err(Broken::Local(Error::Source(fault))),
            None => Ok(response?),
        }
    }

    fn limits(&self, idle: Duration) -> Limits {
        let silence = self.task.silence(self.client.config().silence);
        Limits { deadline: self.task.deadline(), silence, idle }
    }

    fn save(&mut self, body: ureq::Body, len: Option<u64>) -> Result<(), Broken> {
        let local = |error| Broken::Local(Error::Sink(error));
        let Some(sink) = self.files.sink.as_deref_mut() else {
            return Err(local(missing("there is no place for it")));
        };
        sink.begin(len).map_err(local)?;
        let (mut reader, mut piece, mut received) = (body.into_reader(), vec![0; PIECE], 0);
        loop {
            let count = reader.read(&mut piece).map_err(ureq::Error::from)?;
            if count == 0 || !self.task.chunk(&piece[..count]) {
                return Ok(());
            }
            sink.write(&piece[..count]).map_err(local)?;
            received += count as u64;
            (self.watch)(Event::Received(received));
        }
    }
}

/// Reads an answer, and drops what is longer.
pub(crate) fn collect(body: ureq::Body, limit: usize) -> Result<Vec<u8>, ureq::Error> {
    let mut bytes = Vec::new();
    body.into_reader().take(limit as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn missing(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}
