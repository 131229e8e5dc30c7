use std::io::{self, Read};
use std::thread;
use std::time::{Duration, Instant};

use http::{HeaderValue, Request, Response, StatusCode, header};
use seatable_io_driver::{Next, Run};
use seatable_io_proto::Body;
use seatable_io_task::{Intake, Outcome, Task};
use ureq::SendBody;

use crate::line::{IDLE, Limits, Line};
use crate::upload::Upload;
use crate::{Client, Error, Event, Sink, Source, Stop};

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

pub(crate) struct Drive<'c, 'f, 'w> {
    client: &'c Client,
    run: Run<&'w mut dyn FnMut(Event<'_>)>,
    files: Files<'f>,
    line: Line,
    stopping: bool,
}

impl<'c, 'f, 'w> Drive<'c, 'f, 'w> {
    pub(crate) fn new(
        client: &'c Client,
        task: Task,
        files: Files<'f>,
        watch: &'w mut dyn FnMut(Event<'_>),
    ) -> Self {
        let line = client.line();
        files.stop.watch_over(line.agent());
        Self { client, run: Run::new(task, watch), files, line, stopping: false }
    }

    pub(crate) fn drive(mut self) -> Result<Outcome, Error> {
        loop {
            self.heed_stop();
            match self.run.next(Instant::now())? {
                Next::Send(request) => {
                    self.run.asking(&request);
                    let ended = self.exchange(request);
                    self.heed_stop();
                    self.run.ended(ended, Instant::now())?;
                }
                Next::Wait(until) if self.stopping => {
                    thread::sleep(until.saturating_duration_since(Instant::now()));
                }
                Next::Wait(until) => self.files.stop.sleep_until(until),
                Next::Done(outcome) => return self.finish(outcome),
            }
        }
    }

    /// Once stopped, the task is cancelled over a connection that the stop does not touch.
    fn heed_stop(&mut self) {
        if !self.stopping && self.files.stop.is_stopped() {
            self.stopping = true;
            self.line = self.client.line();
            self.run.cancel();
        }
    }

    fn finish(self, outcome: Outcome) -> Result<Outcome, Error> {
        if let (Outcome::Exported(_), Some(sink)) = (&outcome, self.files.sink) {
            sink.finish().map_err(Error::Sink)?;
        }
        Ok(outcome)
    }

    fn exchange(&mut self, request: Request<Body>) -> Result<(), Error> {
        let (head, body) = self.ask(request)?.into_parts();
        match self.run.head(&head) {
            Intake::Collect { limit } => {
                let body = collect(body, limit).map_err(|error| self.line.explain(&error))?;
                self.run.collected(&body, Instant::now());
            }
            Intake::Save { len } => {
                self.save(body, len)?;
                self.run.saved(Instant::now());
            }
        }
        Ok(())
    }

    fn ask(&mut self, request: Request<Body>) -> Result<Response<ureq::Body>, Error> {
        let (mut head, body) = request.into_parts();
        if body.is_empty() {
            let answer = self.line.send(Request::from_parts(head, ()), self.limits(IDLE));
            return answer.map_err(|error| self.line.explain(&error).into());
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

    fn upload(&mut self, request: Request<&Body>, limits: Limits) -> Result<Response<ureq::Body>, Error> {
        let (head, body) = request.into_parts();
        let source = self.files.source.as_deref_mut().ok_or_else(|| missing("none was given"));
        let file = source.and_then(Source::open).map_err(Error::Source)?;
        let (run, marks) = (&mut self.run, self.line.marks());
        let mut sent = |bytes| run.sent(bytes);
        let mut upload = Upload::new(body, file, marks, &mut sent);
        let request = Request::from_parts(head, SendBody::from_reader(&mut upload));
        let response = self.line.send(request, limits);
        match upload.into_fault() {
            Some(fault) => Err(Error::Source(fault)),
            None => response.map_err(|error| self.line.explain(&error).into()),
        }
    }

    fn limits(&self, idle: Duration) -> Limits {
        let silence = self.run.task().silence(self.client.config().silence);
        Limits { deadline: self.run.task().deadline(), silence, idle }
    }

    fn save(&mut self, body: ureq::Body, len: Option<u64>) -> Result<(), Error> {
        let sink = self.files.sink.as_deref_mut();
        let sink = sink.ok_or_else(|| Error::Sink(missing("there is no place for it")))?;
        sink.begin(len).map_err(Error::Sink)?;
        let (mut reader, mut piece) = (body.into_reader(), vec![0; PIECE]);
        loop {
            let count = reader.read(&mut piece).map_err(|error| self.line.explain(&error.into()))?;
            if count == 0 || !self.run.chunk(&piece[..count]) {
                return Ok(());
            }
            sink.write(&piece[..count]).map_err(Error::Sink)?;
            self.run.received(count);
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
