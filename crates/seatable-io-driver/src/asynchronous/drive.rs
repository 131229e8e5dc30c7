use std::io;
use std::pin::{Pin, pin};
use std::time::Duration;

use futures_util::future::{Either, FutureExt, select};
use http::Response;
use seatable_io_task::{Exchange, Failure, Intake, Operation, Outcome, Resume, Step};

use super::exchange::Inner;
use super::local::Local;
use super::{BoxFuture, Sink, Source, Transport, Upload};
use crate::blocking::Stop;
use crate::event::{Events, Fault};
use crate::file::{no_sink, no_source};
use crate::{Error, Event, StopSignal, TransportError};

pub(crate) struct Drive<'c, T> {
    inner: &'c Inner<T>,
    pub(super) events: Events<Box<dyn FnMut(Event) + Send + 'c>>,
    pub(super) source: Option<Box<dyn Source + 'c>>,
    pub(super) sink: Option<Box<dyn Sink + 'c>>,
    pub(super) on_accepted: Option<Box<OnAccepted<'c>>>,
    /// The request in flight was passed to the transport.
    sent: bool,
    /// The sink has begun a file.
    receives: bool,
    local: Local,
}

type OnAccepted<'c> = dyn FnMut(Resume) -> BoxFuture<'c, io::Result<()>> + Send + 'c;

/// A step with its large parts boxed, to keep the future of a waiting run small.
enum Next {
    Done(Box<Outcome>),
    Wait(Operation, Duration),
    Send(Box<Exchange>),
}

impl<'c, T: Transport> Drive<'c, T> {
    pub(crate) fn new(inner: &'c Inner<T>, operation: &Operation) -> Self {
        let (events, local) = (Events::new(operation), Local::default());
        Self {
            inner,
            events,
            source: None,
            sink: None,
            on_accepted: None,
            sent: false,
            receives: false,
            local,
        }
    }

    /// Runs the operation to its end. If it fails, [`discard`](Self::discard) comes next.
    pub(crate) async fn run(
        &mut self,
        mut operation: Operation,
        end: Pin<&mut (impl Future<Output = ()> + Send)>,
    ) -> Result<Outcome, Error> {
        let mut end = end.fuse();
        loop {
            if (&mut end).now_or_never().is_some() {
                operation.cancel(self.now());
            }
            // Not in the `match`, which would keep room for the error.
            let next = self.step(operation)?;
            operation = match next {
                Next::Done(outcome) => return self.finish(outcome).await,
                Next::Wait(mut operation, until) => {
                    self.events.waiting(&operation, until.saturating_sub(self.now()));
                    let wait = pin!(self.inner.transport.sleep_until(until));
                    if let Either::Left(_) = select(&mut end, wait).await {
                        operation.cancel(self.now());
                    }
                    operation
                }
                Next::Send(exchange) => {
                    let (operation, accepted) = self.send(exchange, &mut end).await?;
                    self.record(accepted).await?;
                    operation
                }
            };
        }
    }

    fn step(&mut self, operation: Operation) -> Result<Next, Error> {
        match operation.step(self.now()) {
            Step::Done(Ok(outcome)) => Ok(Next::Done(Box::new(outcome))),
            Step::Done(Err(error)) => Err(self.events.error(error)),
            Step::Wait(operation, until) => Ok(Next::Wait(operation, until)),
            Step::Send(exchange) => Ok(Next::Send(Box::new(exchange))),
        }
    }

    fn now(&self) -> Duration {
        self.inner.transport.now()
    }

    async fn finish(&mut self, outcome: Box<Outcome>) -> Result<Outcome, Error> {
        if let (Outcome::Exported(_), Some(sink)) = (&*outcome, &mut self.sink) {
            sink.finish().await.map_err(Error::from_sink)?;
        }
        Ok(*outcome)
    }

    /// Makes an exchange, unless the run is stopped or its time is over first.
    async fn send(
        &mut self,
        mut exchange: Box<Exchange>,
        end: &mut (impl Future<Output = ()> + Send + Unpin),
    ) -> Result<(Operation, Option<Box<Resume>>), Error> {
        self.sent = false;
        self.local.set(false);
        let ended = {
            let late = pin!(self.inner.until(exchange.deadline()));
            match select(pin!(self.attempt(&mut exchange)), select(end, late)).await {
                Either::Left((ended, _)) => Ok(ended),
                Either::Right((Either::Left(_), _)) => Err((Failure::Interrupted, "the run was stopped")),
                Either::Right((Either::Right(_), _)) => {
                    Err((Failure::TimedOut, "the time of the operation is over"))
                }
            }
        };
        let ended = ended.unwrap_or_else(|(why, words)| {
            if why == Failure::Interrupted {
                exchange.cancel(self.now());
            } else if self.local.is_waited_for() {
                return Err(Fault::local_time_out());
            }
            let why = match why {
                _ if self.sent => why,
                Failure::TimedOut => Failure::NotSentInTime,
                _ => Failure::NotSent,
            };
            Err(TransportError::new(why, words).into())
        });
        self.events.ended(*exchange, ended, self.inner.transport.now())
    }

    /// Lets the sink remove the file that it has begun.
    pub(crate) async fn discard(&mut self) {
        if let (true, Some(sink)) = (self.receives, &mut self.sink) {
            sink.discard().await;
        }
    }

    async fn record(&mut self, accepted: Option<Box<Resume>>) -> Result<(), Error> {
        if let (Some(resume), Some(on_accepted)) = (accepted, &mut self.on_accepted) {
            let recorded = on_accepted((*resume).clone()).await;
            recorded.map_err(|error| Error::NotRecorded { error, resume })?;
        }
        Ok(())
    }

    /// Boxed, to keep the future of a run that waits for its turn small.
    async fn attempt(&mut self, exchange: &mut Exchange) -> Result<(), Fault> {
        let _turn = self.inner.turns.acquire().await;
        Box::pin(self.exchange(exchange)).await
    }

    async fn exchange(&mut self, exchange: &mut Exchange) -> Result<(), Fault> {
        let (inner, idle_timeout) = (self.inner, exchange.idle_timeout());
        let file = if exchange.request().body().is_empty() {
            None
        } else {
            let source = self.source.as_mut().ok_or_else(no_source).map_err(Fault::Unopened)?;
            Some(source.open().await.map_err(Fault::Unopened)?)
        };
        let permit = loop {
            let permit = inner.transport.permit().await?;
            let Some(until) = exchange.hold_until(self.now()) else { break permit };
            drop(permit);
            inner.until(until).await;
        };
        self.events.requesting(exchange);
        self.sent = true;
        let (body, mut watching) = Upload::new(exchange.request().body(), file, self.local.clone());
        let request = exchange.request().clone().map(|_| body);
        let sent = |bytes| self.events.sent(exchange, bytes);
        let response = inner.send(permit, request, &mut watching, idle_timeout, sent).await;
        if let Some(fault) = watching.fault() {
            return Err(Fault::Source(fault));
        }
        if self.local.is_waited_for()
            && response.as_ref().is_err_and(|error| error.failure() == Failure::TimedOut)
        {
            let words = format!("nothing was read from the file for {} s", idle_timeout.as_secs_f32());
            return Err(TransportError::new(Failure::LocalTimedOut, words).into());
        }
        self.local.set(false);
        self.receive(exchange, response?).await
    }

    async fn receive(
        &mut self,
        exchange: &mut Exchange,
        response: Response<T::ResponseBody>,
    ) -> Result<(), Fault> {
        let (head, mut body) = response.into_parts();
        let mut sink = None;
        if let Intake::Save { len } = self.events.head(exchange, &head) {
            let given = self.sink.as_mut().ok_or_else(no_sink).map_err(Fault::Sink)?;
            self.receives = true;
            self.local.during(given.begin(len)).await.map_err(Fault::Sink)?;
            sink = Some(given);
        }
        while let Some(piece) = self.inner.next(&mut body, exchange.idle_timeout()).await? {
            if !exchange.chunk(&piece) {
                return Ok(());
            }
            if let Some(sink) = &mut sink {
                self.local.during(sink.write(piece)).await.map_err(Fault::Sink)?;
                self.events.received(exchange);
            }
        }
        let Some(sink) = sink else { return Ok(()) };
        self.events.checking();
        // A thread that checks the file is stopped when this future is dropped.
        let stop = StopOnDrop(Stop::new());
        let signal = StopSignal::new(stop.0.clone(), None);
        self.local.during(sink.check(signal)).await.map_err(Fault::of_check)
    }
}

struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}
