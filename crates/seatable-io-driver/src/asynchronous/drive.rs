use std::pin::{Pin, pin};
use std::time::Duration;

use futures_util::future::{Either, FutureExt, select};
use http::Response;
use seatable_io_task::{Exchange, Failure, Intake, Operation, Outcome, Step};

use super::exchange::Shared;
use super::local::Local;
use super::{Sink, Source, Transport, Upload};
use crate::blocking::Stop;
use crate::event::{Events, Fault};
use crate::{Error, Event, StopSignal, TransportError};

pub(crate) struct Drive<'c, T, So, Si, W> {
    shared: &'c Shared<T>,
    events: Events<W>,
    source: So,
    sink: Si,
    /// Whether the request in flight was passed to the transport.
    sent: bool,
    local: Local,
}

/// A step with its large parts boxed, to keep the future of a waiting run small.
enum Next {
    Done(Box<Outcome>),
    Wait(Operation, Duration),
    Send(Box<Exchange>),
}

impl<'c, T, So, Si, W> Drive<'c, T, So, Si, W>
where
    T: Transport,
    So: Source,
    Si: Sink,
    W: FnMut(Event) + Send,
{
    pub(crate) fn new(shared: &'c Shared<T>, task: &Operation, source: So, sink: Si, watch: W) -> Self {
        Self { shared, events: Events::new(watch, task), source, sink, sent: false, local: Local::default() }
    }

    /// Runs the task to its end.
    pub(crate) async fn run(
        &mut self,
        mut task: Operation,
        end: Pin<&mut (impl Future<Output = ()> + Send)>,
    ) -> Result<Outcome, Error> {
        let mut end = end.fuse();
        loop {
            if (&mut end).now_or_never().is_some() {
                task.cancel(self.now());
            }
            task = match self.step(task)? {
                Next::Done(outcome) => return self.finish(outcome).await,
                Next::Wait(mut task, until) => {
                    self.events.waiting(&task, until.saturating_sub(self.now()));
                    let wait = pin!(self.shared.transport.sleep_until(until));
                    if let Either::Left(_) = select(&mut end, wait).await {
                        task.cancel(self.now());
                    }
                    task
                }
                Next::Send(exchange) => self.send(exchange, &mut end).await?,
            };
        }
    }

    fn step(&mut self, task: Operation) -> Result<Next, Error> {
        match task.step(self.now()) {
            Step::Done(Ok(outcome)) => Ok(Next::Done(Box::new(outcome))),
            Step::Done(Err(error)) => Err(self.events.error(error)),
            Step::Wait(task, until) => Ok(Next::Wait(task, until)),
            Step::Send(exchange) => Ok(Next::Send(Box::new(exchange))),
        }
    }

    fn now(&self) -> Duration {
        self.shared.transport.now()
    }

    async fn finish(&mut self, outcome: Box<Outcome>) -> Result<Outcome, Error> {
        if let Outcome::Exported(_) = *outcome {
            self.sink.finish().await.map_err(|error| Error::Sink(error, None))?;
        }
        Ok(*outcome)
    }

    /// Makes an exchange, unless the run is stopped or its time is over first.
    async fn send(
        &mut self,
        mut exchange: Box<Exchange>,
        end: &mut (impl Future<Output = ()> + Send + Unpin),
    ) -> Result<Operation, Error> {
        self.sent = false;
        self.local.set(false);
        let ended = {
            let late = pin!(self.shared.until(exchange.deadline()));
            match select(pin!(self.attempt(&mut exchange)), select(end, late)).await {
                Either::Left((ended, _)) => Ok(ended),
                Either::Right((Either::Left(_), _)) => Err((Failure::Interrupted, "the run was stopped")),
                Either::Right((Either::Right(_), _)) => {
                    Err((Failure::TimedOut, "the time of the task is over"))
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
        self.events.ended(*exchange, ended, self.shared.transport.now())
    }

    /// Boxed, to keep the future of a run that waits for its turn small.
    async fn attempt(&mut self, exchange: &mut Exchange) -> Result<(), Fault> {
        let _turn = self.shared.turns.acquire().await;
        Box::pin(self.exchange(exchange)).await
    }

    async fn exchange(&mut self, exchange: &mut Exchange) -> Result<(), Fault> {
        let (shared, idle_timeout) = (self.shared, exchange.idle_timeout());
        let file = if exchange.request().body().is_empty() {
            None
        } else {
            Some(self.source.open().await.map_err(Fault::Unopened)?)
        };
        let ready = loop {
            let ready = shared.transport.ready().await?;
            let Some(until) = exchange.hold_until(self.now()) else { break ready };
            drop(ready);
            shared.until(until).await;
        };
        self.events.requesting(exchange);
        self.sent = true;
        let (body, mut watching) = Upload::new(exchange.request().body(), file, self.local.clone());
        let request = exchange.request().clone().map(|_| body);
        let sent = |bytes| self.events.sent(exchange, bytes);
        let response = shared.send(ready, request, &mut watching, idle_timeout, sent).await;
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
        let save = match self.events.head(exchange, &head) {
            Intake::Read => false,
            Intake::Save { len } => {
                self.local.during(self.sink.begin(len)).await.map_err(Fault::Sink)?;
                true
            }
        };
        while let Some(piece) = self.shared.next(&mut body, exchange.idle_timeout()).await? {
            if !exchange.chunk(&piece) {
                return Ok(());
            }
            if save {
                self.local.during(self.sink.write(piece)).await.map_err(Fault::Sink)?;
                self.events.received(exchange);
            }
        }
        if !save {
            return Ok(());
        }
        // A thread that checks the file is stopped when this future is dropped.
        let stop = StopOnDrop(Stop::new());
        let signal = StopSignal::new(stop.0.clone(), None);
        self.local.during(self.sink.check(signal)).await.map_err(Fault::of_check)
    }
}

struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}
