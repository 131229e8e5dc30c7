use std::io;
use std::time::Duration;

use http::StatusCode;
use http::response::Parts;
use seatable_io_proto::{TaskId, describe};
use seatable_io_task::{
    Call, Exchange, Failure, Intake, Operation, OperationError, Progress, Reason, Resume,
};

use crate::trace::Trace;
use crate::{ArchiveError, Error, TransportError};

/// An event of a run. No event contains a token, a password or a body.
///
/// Requests and bytes are counted like this:
///
/// ```
/// use std::collections::HashMap;
///
/// use seatable_io_driver::Event;
/// use seatable_io_driver::task::Call;
///
/// #[derive(Default)]
/// struct Metrics {
///     requests: HashMap<Call, u64>,
///     bytes: HashMap<Call, u64>,
///     current: Option<(Call, u64)>,
/// }
///
/// impl Metrics {
///     fn count(&mut self, event: Event) {
///         match event {
///             Event::Requesting { call, .. } => {
///                 *self.requests.entry(call).or_default() += 1;
///                 self.current = Some((call, 0));
///             }
///             // The bytes of this attempt so far:
///             Event::Sent { bytes, .. } | Event::Received { bytes, .. } => {
///                 if let Some((call, counted)) = &mut self.current {
///                     *self.bytes.entry(*call).or_default() += bytes - *counted;
///                     *counted = bytes;
///                 }
///             }
///             _ => {}
///         }
///     }
/// }
///
/// # use std::io::{Cursor, Read};
/// # use std::sync::{Arc, Mutex};
/// # use std::time::{Duration, Instant};
/// # use seatable_io_driver::{TransportError, blocking::{Client, Limits, Transport, Upload}};
/// # use seatable_io_driver::http::{Request, Response};
/// # use seatable_io_driver::proto::{Server, Token};
/// # use seatable_io_driver::task::Failure;
/// # use seatable_io_sandbox::{Generation, Sandbox, sample_dtable};
/// # struct InProcess(Arc<Mutex<Sandbox>>, Instant);
/// # impl Transport for InProcess {
/// #     type ResponseBody = Cursor<Vec<u8>>;
/// #     fn send(&mut self, request: Request<Option<&mut Upload<'_>>>, _: Limits)
/// #         -> Result<Response<Self::ResponseBody>, TransportError> {
/// #         let response = self.0.lock().unwrap().respond(self.1.elapsed(), request.map(|_| Default::default()));
/// #         Ok(response.delivered().ok().flatten().unwrap().map(|body| Cursor::new(body.to_vec())))
/// #     }
/// #     fn read(&mut self, response: &mut Self::ResponseBody, buffer: &mut [u8]) -> Result<usize, TransportError> {
/// #         response.read(buffer).map_err(|error| TransportError::new(Failure::Interrupted, error.to_string()))
/// #     }
/// # }
/// # let sandbox = Sandbox::new(Generation::Current).with_base(1, "stock", sample_dtable(5000));
/// # let server = Server::new("http://localhost/", Token::new(sandbox.token())?)?;
/// # let sandbox = Arc::new(Mutex::new(sandbox));
/// # let client = Client::with_transport(move || InProcess(Arc::clone(&sandbox), Instant::now()));
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("stock.dtable");
/// let mut metrics = Metrics::default();
/// client.export(&server, 1, "stock").save_to(path).watch(|event| metrics.count(event)).run()?;
///
/// // A current server refuses to start a task, and exports in one request:
/// assert_eq!(metrics.requests, HashMap::from([(Call::StartExport, 1), (Call::SynchronousExport, 1)]));
/// assert_eq!(metrics.bytes[&Call::SynchronousExport], 5000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A request is sent.
    #[non_exhaustive]
    Requesting {
        /// The kind of request.
        call: Call,
        /// Its method, path and query, with the value of `password` hidden.
        request: String,
        /// The length of the file that it sends, in bytes; 0 without one.
        file_len: u64,
    },
    /// Another part of the file was sent.
    #[non_exhaustive]
    Sent {
        /// How many bytes of the file have been sent in this attempt.
        bytes: u64,
        /// The length of the file in bytes.
        of: u64,
    },
    /// The head of a response was received.
    #[non_exhaustive]
    Responded {
        /// Its status.
        status: StatusCode,
    },
    /// Another part of the file was received.
    #[non_exhaustive]
    Received {
        /// How many bytes of the file have been received in this attempt.
        bytes: u64,
        /// The announced length in bytes, if any.
        of: Option<u64>,
    },
    /// The body of the file has ended, and the sink checks the file.
    Checking,
    /// The server has started the task. Reported once for each task: after a damaged download, a new one is started.
    #[non_exhaustive]
    Accepted {
        /// The task.
        resume: Resume,
    },
    /// The run waits for this long at least before its next request. Reported again before that request only if the reason
    /// has changed, which is the [`reason`](Progress::reason).
    #[non_exhaustive]
    Waiting {
        /// The progress of the operation.
        progress: Progress,
        /// How long it waits.
        wait: Duration,
    },
    /// A request failed.
    #[non_exhaustive]
    Failed {
        /// Why.
        error: TransportError,
    },
}

/// Why an exchange failed.
pub(crate) enum Fault {
    Transport(TransportError),
    /// The file to send could not be opened, and nothing was sent.
    Unopened(io::Error),
    Source(io::Error),
    Sink(io::Error),
}

impl Fault {
    /// The time of the operation has passed while the local file was read, written or checked.
    pub(crate) fn local_time_out() -> Self {
        let words = "the time of the operation was over before the local file was read, written or checked";
        Self::Transport(TransportError::new(Failure::LocalTimedOut, words))
    }

    /// The run was stopped.
    pub(crate) fn stopped() -> Self {
        Self::Transport(TransportError::new(Failure::Interrupted, "the run was stopped"))
    }

    /// The fault of a failed check: a file that is cut off, damaged, not a base or too large is a fault of the download, any other
    /// error one of the sink.
    pub(crate) fn of_check(error: io::Error) -> Self {
        if !matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) {
            return Self::Sink(error);
        }
        let reason = error.get_ref().and_then(|reason| reason.downcast_ref::<ArchiveError>());
        let failure = match reason {
            Some(reason) if reason.is_not_a_base() => Failure::NotABase,
            Some(reason) if reason.is_too_large() => Failure::TooLarge,
            _ => Failure::Damaged,
        };
        Self::Transport(TransportError::new(failure, error.to_string()))
    }
}

impl From<TransportError> for Fault {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

/// Reports the events of a run, and keeps the fault of the last exchange.
pub(crate) struct Events<W> {
    pub(crate) watch: Option<W>,
    trace: Trace,
    accepted: Option<TaskId>,
    /// Why the run waits, since the last exchange.
    waits: Option<WaitReason>,
    fault: Option<Box<Fault>>,
}

type WaitReason = Option<Box<Reason>>;

impl<W: FnMut(Event)> Events<W> {
    pub(crate) fn new(operation: &Operation) -> Self {
        let accepted = operation.to_resume().map(|resume| resume.task);
        Self { watch: None, trace: Trace::new(operation), accepted, waits: None, fault: None }
    }

    fn report(&mut self, event: impl FnOnce() -> Event) {
        if let Some(watch) = &mut self.watch {
            watch(event());
        }
    }

    pub(crate) fn requesting(&mut self, exchange: &Exchange) {
        self.fault = None;
        let request = exchange.request();
        let Some(call) = exchange.progress().call else { return };
        let file_len = request.body().file_len();
        self.trace.requesting(call);
        self.report(|| Event::Requesting { call, request: describe(request), file_len });
    }

    /// `bytes` bytes of the file have been sent in all.
    pub(crate) fn sent(&mut self, exchange: &mut Exchange, bytes: u64) {
        let more = bytes.saturating_sub(exchange.progress().sent);
        if more > 0 {
            exchange.sent(more);
            self.report(|| Event::Sent { bytes, of: exchange.request().body().file_len() });
        }
    }

    pub(crate) fn head(&mut self, exchange: &mut Exchange, head: &Parts) -> Intake {
        self.trace.answered(head.status);
        self.report(|| Event::Responded { status: head.status });
        exchange.head(head)
    }

    pub(crate) fn received(&mut self, exchange: &Exchange) {
        self.report(|| {
            let Progress { received, announced, .. } = exchange.progress();
            Event::Received { bytes: received, of: announced }
        });
    }

    pub(crate) fn checking(&mut self) {
        self.report(|| Event::Checking);
    }

    pub(crate) fn waiting(&mut self, operation: &Operation, wait: Duration) {
        let progress = operation.progress();
        let reason = progress.reason.clone().map(Box::new);
        if self.waits.as_ref() != Some(&reason) {
            self.waits = Some(reason);
            self.report(|| Event::Waiting { progress, wait });
        }
    }

    /// Ends an exchange. Returns the task that the server has started because of it, if any. A file that could not be opened
    /// ends the run instead.
    pub(crate) fn ended(
        &mut self,
        exchange: Exchange,
        ended: Result<(), Fault>,
        now: Duration,
    ) -> Result<(Operation, Option<Box<Resume>>), Error> {
        self.waits = None;
        self.trace.ended(match &ended {
            Err(Fault::Transport(error)) => Some(error),
            _ => None,
        });
        let operation = match ended {
            Ok(()) => exchange.finished(now),
            Err(Fault::Unopened(error)) => return Err(Error::from_source(error)),
            Err(fault) => exchange.failed(self.failed(fault), now),
        };
        let accepted = operation.to_resume().filter(|resume| self.accepted.as_ref() != Some(&resume.task));
        if let Some(resume) = &accepted {
            self.trace.accepted(&resume.task);
            self.accepted = Some(resume.task.clone());
            self.report(|| Event::Accepted { resume: resume.clone() });
        }
        Ok((operation, accepted.map(Box::new)))
    }

    /// Keeps a fault, and returns the failure to report to the operation.
    fn failed(&mut self, fault: Fault) -> Failure {
        let failure = match &fault {
            Fault::Transport(error) => {
                self.report(|| Event::Failed { error: error.clone() });
                error.failure()
            }
            _ => Failure::LocalFile,
        };
        self.fault = Some(Box::new(fault));
        failure
    }

    /// The error of a run whose operation failed.
    pub(crate) fn error(&mut self, error: OperationError) -> Error {
        match self.fault.take().map(|fault| *fault) {
            Some(Fault::Source(fault) | Fault::Unopened(fault)) => {
                Error::from_source(fault).with_operation(error)
            }
            Some(Fault::Sink(fault)) => Error::from_sink(fault).with_operation(error),
            Some(Fault::Transport(fault)) => Error::Operation { error, transport: Some(fault) },
            None => Error::Operation { error, transport: None },
        }
    }
}
