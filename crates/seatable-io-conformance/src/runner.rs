//! One operation over the transport under test.

use std::future::{Future, ready};
use std::io;

use bytes::Bytes;
use seatable_io_driver::asynchronous::{self, BoxFuture};
use seatable_io_driver::blocking::{self, Connect};
use seatable_io_driver::task::{ErrorKind, Operation, OperationError, Outcome};
use seatable_io_driver::{Error, Event, causes};

/// How an operation ended.
pub(crate) struct Ended {
    pub(crate) end: Result<Outcome, Failed>,
    /// The file received.
    pub(crate) saved: Vec<u8>,
    /// The messages of the transport's errors, with those of their causes.
    pub(crate) failures: Vec<String>,
}

impl Ended {
    pub(crate) fn kind(&self) -> Option<ErrorKind> {
        self.end.as_ref().err().and_then(|error| error.kind)
    }

    /// Returns the end in words.
    pub(crate) fn described(&self) -> String {
        let end =
            self.end.as_ref().map_or_else(|error| error.message.clone(), |outcome| format!("{outcome:?}"));
        format!("the end was: {end}{}", errors(&self.failures))
    }
}

/// Returns the errors of the transport in words, on a line of their own.
pub(crate) fn errors(failures: &[String]) -> String {
    if failures.is_empty() { String::new() } else { format!("\nerrors of the transport: {failures:?}") }
}

/// Why an operation failed.
pub(crate) struct Failed {
    /// `None` if the run failed, but not its operation.
    pub(crate) kind: Option<ErrorKind>,
    pub(crate) message: String,
}

impl From<OperationError> for Failed {
    fn from(error: OperationError) -> Self {
        Self { kind: Some(error.kind()), message: error.to_string() }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        match error.operation() {
            Some(operation) => operation.clone().into(),
            None => Self { kind: None, message: error.to_string() },
        }
    }
}

pub(crate) trait Runner {
    fn run(&mut self, operation: Operation, file: &Bytes) -> impl Future<Output = Ended>;
}

/// Runs operations over a blocking transport.
pub(crate) struct Blocking<C>(pub(crate) blocking::Client<C>);

impl<C: Connect> Runner for Blocking<C> {
    fn run(&mut self, operation: Operation, file: &Bytes) -> impl Future<Output = Ended> {
        let (mut sink, mut failures) = (Memory::default(), Vec::new());
        let run = self.0.run(operation).source(&file[..]).sink(&mut sink);
        let end = run.watch(|event| failures.extend(failure(event))).run();
        ready(Ended { end: end.map_err(Failed::from), saved: sink.0, failures })
    }
}

/// Runs operations over an async transport.
pub(crate) struct Asynchronous<T>(pub(crate) asynchronous::Client<T>);

impl<T: asynchronous::Transport> Runner for Asynchronous<T> {
    async fn run(&mut self, operation: Operation, file: &Bytes) -> Ended {
        let (mut sink, mut failures) = (Memory::default(), Vec::new());
        let run = self.0.run(operation).source(file.clone()).sink(&mut sink);
        let end = run.watch(|event| failures.extend(failure(event))).run().await;
        Ended { end: end.map_err(Failed::from), saved: sink.0, failures }
    }
}

/// Runs operations by a function that steps them itself.
pub(crate) struct Stepping<F>(pub(crate) F);

impl<F> Runner for Stepping<F>
where
    F: FnMut(Operation, &[u8], &mut Vec<u8>) -> Result<Outcome, OperationError>,
{
    fn run(&mut self, operation: Operation, file: &Bytes) -> impl Future<Output = Ended> {
        let mut saved = Vec::new();
        let end = (self.0)(operation, file, &mut saved).map_err(Failed::from);
        ready(Ended { end, saved, failures: Vec::new() })
    }
}

/// Returns the message of the transport's error, and of its causes, if a request failed.
fn failure(event: Event) -> Option<String> {
    let Event::Failed { error, .. } = event else { return None };
    Some(causes(&error).map(ToString::to_string).collect::<Vec<_>>().join(": "))
}

/// A sink in memory that accepts every file.
#[derive(Default)]
struct Memory(Vec<u8>);

impl blocking::Sink for Memory {
    fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        self.0.clear();
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl asynchronous::Sink for Memory {
    fn begin(&mut self, len: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(ready(blocking::Sink::begin(self, len)))
    }

    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(ready(blocking::Sink::write(self, &bytes)))
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(ready(Ok(())))
    }
}
