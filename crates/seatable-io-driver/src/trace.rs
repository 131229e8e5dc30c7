//! Reports a span for each run and an event for each request to `tracing`; nothing without the feature.

use http::StatusCode;
use seatable_io_proto::TaskId;
use seatable_io_task::{Call, Operation};

use crate::TransportError;

#[cfg(not(feature = "tracing"))]
pub(crate) struct Trace;

#[cfg(not(feature = "tracing"))]
#[expect(clippy::unused_self, reason = "the same methods as with the feature")]
impl Trace {
    pub(crate) fn new(_: &Operation) -> Self {
        Self
    }

    pub(crate) fn requesting(&mut self, _: Call) {}

    pub(crate) fn answered(&mut self, _: StatusCode) {}

    pub(crate) fn ended(&self, _: Option<&TransportError>) {}

    pub(crate) fn accepted(&self, _: &TaskId) {}
}

#[cfg(feature = "tracing")]
pub(crate) struct Trace {
    span: tracing::Span,
    request: Option<Request>,
}

#[cfg(feature = "tracing")]
struct Request {
    call: Call,
    /// How many times in a row the call was made.
    attempt: u32,
    began: std::time::Instant,
    status: Option<StatusCode>,
}

#[cfg(feature = "tracing")]
impl Trace {
    pub(crate) fn new(operation: &Operation) -> Self {
        let span =
            tracing::info_span!("seatable_io", about = operation.about(), task_id = tracing::field::Empty);
        if let Some(resume) = operation.to_resume() {
            span.record("task_id", resume.task.as_str());
        }
        Self { span, request: None }
    }

    pub(crate) fn requesting(&mut self, call: Call) {
        let last = self.request.take().filter(|last| last.call == call);
        let attempt = last.map_or(1, |last| last.attempt.saturating_add(1));
        self.request = Some(Request { call, attempt, began: std::time::Instant::now(), status: None });
    }

    pub(crate) fn answered(&mut self, status: StatusCode) {
        if let Some(request) = &mut self.request {
            request.status = Some(status);
        }
    }

    pub(crate) fn ended(&self, failed: Option<&TransportError>) {
        let Some(Request { call, attempt, began, status }) = &self.request else { return };
        let status = status.map(|status| status.as_u16());
        let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let error = failed.map(tracing::field::display);
        tracing::debug!(parent: &self.span, %call, attempt, status, milliseconds, error, "request");
    }

    pub(crate) fn accepted(&self, task: &TaskId) {
        self.span.record("task_id", task.as_str());
    }
}
