use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use http::{Request, Response, StatusCode};
use seatable_io_proto::Body;
use seatable_io_task::{Failure, Intake, Outcome, Progress, Resume, Step, Task};
use tower_service::Service;

use crate::error::BoxError;
use crate::exchange::{Exchange, came, unless};
use crate::{Error, Sink, Source, Stop, TransportError, UploadBody};

/// What a run reads and writes, and what can end it.
#[derive(Clone, Debug, Default)]
pub struct Files<So = (), Si = ()> {
    source: So,
    sink: Si,
    stop: Option<Stop>,
}

impl Files {
    /// For a task that neither sends nor receives a file.
    pub fn none() -> Self {
        Self::default()
    }
}

impl<So, Si> Files<So, Si> {
    /// Sends this file.
    pub fn upload<New: Source>(self, source: New) -> Files<New, Si> {
        Files { source, sink: self.sink, stop: self.stop }
    }

    /// Saves the file received here.
    pub fn save_to<New: Sink>(self, sink: New) -> Files<So, New> {
        Files { source: self.source, sink, stop: self.stop }
    }

    /// Can be ended with this.
    pub fn stop(self, stop: Stop) -> Self {
        Self { stop: Some(stop), ..self }
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
    Line(TransportError),
    Local(Error),
}

impl From<TransportError> for Broken {
    fn from(error: TransportError) -> Self {
        Self::Line(error)
    }
}

pub(crate) struct Run<'c, S, So, Si, W> {
    exchange: &'c Exchange<S>,
    task: Box<Task>,
    files: Files<So, Si>,
    watch: W,
    accepted: bool,
    /// The request that is out was handed to the service.
    sent: bool,
    trouble: Option<TransportError>,
}

impl<'c, S, B, So, Si, W> Run<'c, S, So, Si, W>
where
    S: Service<Request<UploadBody>, Response = Response<B>, Error: Into<BoxError>, Future: Send>,
    S: Clone + Send + Sync,
    B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send,
    So: Source,
    Si: Sink,
    W: FnMut(Event<'_>) + Send,
{
    pub(crate) fn new(exchange: &'c Exchange<S>, task: Box<Task>, files: Files<So, Si>, watch: W) -> Self {
        let accepted = task.to_resume().is_some();
        Self { exchange, task, files, watch, accepted, sent: false, trouble: None }
    }

    /// Steps the task to its end. What is kept across an `await` makes each waiting run larger: no step is.
    pub(crate) async fn drive(&mut self, end: Pin<&mut impl Future<Output = ()>>) -> Result<Outcome, Error> {
        let (mut end, stopped) = (Some(end), pin!(stopped(self.files.stop.take())));
        let end = &mut Some(pin!(unless(&mut end, stopped)));
        if came(end).await {
            self.task.cancel();
        }
        let outcome = loop {
            let next = match self.task.step(self.now()) {
                Step::Send(request) => Ok(Box::new(request)),
                Step::Wait(until) => Err(until),
                Step::Done(Ok(outcome)) => break outcome,
                Step::Done(Err(error)) => return Err(Error::Task(error, self.trouble.take())),
            };
            match next {
                Ok(request) => self.send(request, end).await?,
                Err(until) => self.wait(until, end).await,
            }
        };
        if let Outcome::Exported(_) = &outcome {
            self.files.sink.finish().await.map_err(Error::Sink)?;
        }
        Ok(outcome)
    }

    async fn wait<E: Future>(&mut self, until: Instant, end: &mut Option<Pin<&mut E>>) {
        let left = until.saturating_duration_since(self.now());
        (self.watch)(Event::Waiting(&self.task.progress(), left));
        if unless(end, pin!(self.exchange.until(Some(until)))).await.is_none() {
            self.task.cancel();
        }
    }

    async fn send<E: Future>(
        &mut self,
        request: Box<Request<Body>>,
        end: &mut Option<Pin<&mut E>>,
    ) -> Result<(), Error> {
        let late = &mut Some(pin!(self.exchange.until(self.task.deadline())));
        let ended = unless(end, pin!(unless(late, pin!(self.attempt(request))))).await;
        match ended {
            Some(Some(ended)) => self.learn(ended),
            Some(None) => self.learn(Err(self.broken_off(Failure::TimedOut, "the time for it is over"))),
            None => {
                self.task.cancel();
                self.learn(Err(self.broken_off(Failure::Interrupted, "it was stopped")))
            }
        }
    }

    /// Tells the task what came of an attempt.
    fn learn(&mut self, ended: Result<(), Broken>) -> Result<(), Error> {
        match ended {
            Ok(()) => self.announce(),
            Err(Broken::Local(error)) => return Err(error),
            Err(Broken::Line(trouble)) => {
                (self.watch)(Event::Failed(&trouble));
                self.task.failed(trouble.failure(), self.now());
                self.trouble = Some(trouble);
            }
        }
        Ok(())
    }

    fn broken_off(&self, failure: Failure, why: &str) -> Broken {
        TransportError::new(if self.sent { failure } else { Failure::NotSent }, why).into()
    }

    fn announce(&mut self) {
        if let (false, Some(resume)) = (self.accepted, self.task.to_resume()) {
            self.accepted = true;
            (self.watch)(Event::Accepted(&resume));
        }
    }

    /// Sends a request, once it is its turn, and takes in the answer. Whoever waits for a turn stays small.
    async fn attempt(&mut self, request: Box<Request<Body>>) -> Result<(), Broken> {
        (self.sent, self.trouble) = (false, None);
        let _turn = self.exchange.turns.acquire().await;
        Box::pin(self.exchange(*request)).await
    }

    async fn exchange(&mut self, request: Request<Body>) -> Result<(), Broken> {
        let exchange = self.exchange;
        let file = match request.body().file_len() {
            0 => None,
            len => {
                Some(self.files.source.open(len).await.map_err(|error| Broken::Local(Error::Source(error)))?)
            }
        };
        let service = exchange.ready().await?;
        (self.watch)(Event::Asking(&request));
        self.sent = true;
        let (head, body) = request.into_parts();
        let (body, upload) = UploadBody::new(&body, file);
        let work = self.task.silence(exchange.silence);
        let (request, watch) = (Request::from_parts(head, body), &mut self.watch);
        let answer = exchange.send(service, request, &upload, work, |sent| watch(Event::Sent(sent))).await;
        if let Some(fault) = upload.fault() {
            return Err(Broken::Local(Error::Source(fault)));
        }
        self.take_in(answer?).await
    }

    async fn take_in(&mut self, answer: Response<B>) -> Result<(), Broken> {
        let (head, body) = answer.into_parts();
        (self.watch)(Event::Answered(head.status));
        match self.task.head(&head) {
            Intake::Collect { limit } => {
                let body = self.exchange.collect(body, limit).await?;
                self.task.collected(&body, self.now());
            }
            Intake::Save { len } => {
                self.save(body, len).await?;
                self.task.saved(self.now());
            }
        }
        Ok(())
    }

    async fn save(&mut self, body: B, len: Option<u64>) -> Result<(), Broken> {
        let local = |error| Broken::Local(Error::Sink(error));
        let (mut body, mut received) = (pin!(body), 0);
        self.files.sink.begin(len).await.map_err(local)?;
        while let Some(piece) = self.exchange.next(body.as_mut()).await? {
            if !self.task.chunk(&piece) {
                break;
            }
            received += piece.len() as u64;
            self.files.sink.write(piece).await.map_err(local)?;
            (self.watch)(Event::Received(received));
        }
        Ok(())
    }

    fn now(&self) -> Instant {
        self.exchange.timer.now()
    }
}

async fn stopped(stop: Option<Stop>) {
    match stop {
        Some(stop) => stop.stopped().await,
        None => std::future::pending().await,
    }
}
