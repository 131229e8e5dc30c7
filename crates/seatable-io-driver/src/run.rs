use std::time::{Duration, Instant};

use http::response::Parts;
use http::{Request, StatusCode};
use seatable_io_proto::Body;
use seatable_io_task::{Intake, Outcome, Progress, Resume, Step, Task};

use crate::{Error, TransportError};

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

/// A [`Task`] under way, with somebody who watches.
#[derive(Debug)]
pub struct Run<W> {
    // Boxed, for it moves a lot in an async transport.
    task: Box<Task>,
    watch: W,
    accepted: bool,
    received: u64,
    trouble: Option<TransportError>,
}

/// What a run needs now.
#[derive(Debug)]
pub enum Next {
    /// This request is to be sent.
    Send(Request<Body>),
    /// Nothing, until then.
    Wait(Instant),
    /// It is over; a sink has to finish its file.
    Done(Outcome),
}

impl<W: FnMut(Event<'_>)> Run<W> {
    /// Begins to watch a task.
    pub fn new(task: Task, watch: W) -> Self {
        let accepted = task.to_resume().is_some();
        Self { task: Box::new(task), watch, accepted, received: 0, trouble: None }
    }

    /// The task.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// What to do now; [`Error::Task`] where the task did not end well.
    pub fn next(&mut self, now: Instant) -> Result<Next, Error> {
        match self.task.step(now) {
            Step::Send(request) => {
                (self.received, self.trouble) = (0, None);
                Ok(Next::Send(request))
            }
            Step::Wait(until) => {
                let left = until.saturating_duration_since(now);
                (self.watch)(Event::Waiting(&self.task.progress(), left));
                Ok(Next::Wait(until))
            }
            Step::Done(Ok(outcome)) => Ok(Next::Done(outcome)),
            Step::Done(Err(error)) => Err(Error::Task(error, self.trouble.take())),
        }
    }

    /// The request goes out now.
    pub fn asking(&mut self, request: &Request<Body>) {
        (self.watch)(Event::Asking(request));
    }

    /// So many bytes of the file went out.
    pub fn sent(&mut self, bytes: u64) {
        (self.watch)(Event::Sent(bytes));
    }

    /// The head of the answer.
    pub fn head(&mut self, head: &Parts) -> Intake {
        (self.watch)(Event::Answered(head.status));
        self.task.head(head)
    }

    /// See [`Task::collected`].
    pub fn collected(&mut self, body: &[u8], now: Instant) {
        self.task.collected(body, now);
        if let (false, Some(resume)) = (self.accepted, self.task.to_resume()) {
            self.accepted = true;
            (self.watch)(Event::Accepted(&resume));
        }
    }

    /// See [`Task::chunk`].
    #[must_use = "what is no file must not reach the sink"]
    pub fn chunk(&mut self, bytes: &[u8]) -> bool {
        self.task.chunk(bytes)
    }

    /// The sink has so many bytes more.
    pub fn received(&mut self, bytes: usize) {
        self.received += bytes as u64;
        (self.watch)(Event::Received(self.received));
    }

    /// See [`Task::saved`].
    pub fn saved(&mut self, now: Instant) {
        self.task.saved(now);
    }

    /// See [`Task::cancel`].
    pub fn cancel(&mut self) {
        self.task.cancel();
    }

    /// What came of a request: a transport's error is the task's to judge, any other ends the run.
    pub fn ended(&mut self, request: Result<(), Error>, now: Instant) -> Result<(), Error> {
        let Err(Error::Transport(trouble)) = request else { return request };
        (self.watch)(Event::Failed(&trouble));
        self.task.failed(trouble.failure(), now);
        self.trouble = Some(trouble);
        Ok(())
    }
}
