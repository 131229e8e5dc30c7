use std::pin::{Pin, pin};
use std::time::Instant;

use futures_util::future::{Either, FutureExt, select};
use http::{Request, Response};
use seatable_io_proto::Body;
use seatable_io_task::{Failure, Intake, Outcome, Task};

use super::exchange::Shared;
use super::{Sink, Source, Transport, Upload};
use crate::{Error, Event, Next, Run, TransportError};

pub(crate) struct Drive<'c, T, So, Si, W> {
    shared: &'c Shared<T>,
    run: Run<W>,
    source: So,
    sink: Si,
    /// The request that is out was handed to the transport.
    sent: bool,
}

impl<'c, T, So, Si, W> Drive<'c, T, So, Si, W>
where
    T: Transport,
    So: Source,
    Si: Sink,
    W: FnMut(Event<'_>) + Send,
{
    pub(crate) fn new(shared: &'c Shared<T>, task: Task, source: So, sink: Si, watch: W) -> Self {
        Self { shared, run: Run::new(task, watch), source, sink, sent: false }
    }

    /// Steps the task to its end. What is kept across an `await` makes each waiting run larger: no request is.
    pub(crate) async fn drive(
        &mut self,
        end: Pin<&mut (impl Future<Output = ()> + Send)>,
    ) -> Result<Outcome, Error> {
        let mut end = end.fuse();
        let outcome = loop {
            if (&mut end).now_or_never().is_some() {
                self.run.cancel();
            }
            let next = match self.run.next(self.now())? {
                Next::Send(request) => Either::Left(Box::new(request)),
                Next::Wait(until) => Either::Right(until),
                Next::Done(outcome) => break outcome,
            };
            match next {
                Either::Left(request) => self.send(request, &mut end).await?,
                Either::Right(until) => {
                    let wait = pin!(self.shared.transport.sleep_until(until));
                    if let Either::Left(_) = select(&mut end, wait).await {
                        self.run.cancel();
                    }
                }
            }
        };
        if let Outcome::Exported(_) = outcome {
            self.sink.finish().await.map_err(Error::Sink)?;
        }
        Ok(outcome)
    }

    fn now(&self) -> Instant {
        self.shared.transport.now()
    }

    /// Sends a request and takes its answer in, unless the end, or the deadline, comes before.
    async fn send(
        &mut self,
        request: Box<Request<Body>>,
        end: &mut (impl Future<Output = ()> + Send + Unpin),
    ) -> Result<(), Error> {
        let late = pin!(self.shared.until(self.run.task().deadline()));
        self.sent = false;
        let ended = match select(pin!(self.attempt(request)), select(end, late)).await {
            Either::Left((ended, _)) => Ok(ended),
            Either::Right((Either::Left(_), _)) => Err((Failure::Interrupted, "it was stopped")),
            Either::Right((Either::Right(_), _)) => Err((Failure::TimedOut, "the time for it is over")),
        };
        let ended = ended.unwrap_or_else(|(why, words)| {
            if why == Failure::Interrupted {
                self.run.cancel();
            }
            Err(TransportError::new(if self.sent { why } else { Failure::NotSent }, words).into())
        });
        self.run.ended(ended, self.now())
    }

    /// Whoever waits for a turn stays small.
    async fn attempt(&mut self, request: Box<Request<Body>>) -> Result<(), Error> {
        let _turn = self.shared.turns.acquire().await;
        Box::pin(self.exchange(*request)).await
    }

    async fn exchange(&mut self, request: Request<Body>) -> Result<(), Error> {
        let shared = self.shared;
        let file = match request.body().file_len() {
            0 => None,
            _ => Some(self.source.open().await.map_err(Error::Source)?),
        };
        let ready = shared.transport.ready().await?;
        self.run.asking(&request);
        self.sent = true;
        let (head, body) = request.into_parts();
        let (body, mut watching) = Upload::new(&body, file);
        let work = self.run.task().silence(shared.silence);
        let (request, sent) = (Request::from_parts(head, body), |bytes| self.run.sent(bytes));
        let answer = shared.send(ready, request, &mut watching, work, sent).await;
        if let Some(fault) = watching.fault() {
            return Err(Error::Source(fault));
        }
        self.take_in(answer?).await
    }

    async fn take_in(&mut self, answer: Response<T::Answer>) -> Result<(), Error> {
        let (shared, (head, mut body)) = (self.shared, answer.into_parts());
        match self.run.head(&head) {
            Intake::Collect { limit } => {
                let body = shared.collect(body, limit).await?;
                self.run.collected(&body, self.now());
            }
            Intake::Save { len } => {
                self.sink.begin(len).await.map_err(Error::Sink)?;
                while let Some(piece) = shared.next(&mut body).await?
                    && self.run.chunk(&piece)
                {
                    let len = piece.len();
                    self.sink.write(piece).await.map_err(Error::Sink)?;
                    self.run.received(len);
                }
                self.run.saved(self.now());
            }
        }
        Ok(())
    }
}
