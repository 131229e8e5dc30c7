//! The transport without faults: a sandbox in the same process, in virtual time.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use seatable_io_driver::task::{Exchange, Failure, Intake, Operation, OperationError, Outcome, Step};
use seatable_io_sandbox::{Delivery, Sandbox, Wire};

/// Runs an operation to its end. The sink has the file afterwards.
pub(crate) fn run(
    mut operation: Operation,
    file: &Bytes,
    sandbox: &mut Sandbox,
    sink: &mut Vec<u8>,
) -> Result<Outcome, OperationError> {
    let mut now = Duration::ZERO;
    loop {
        operation = match operation.step(now) {
            Step::Done(end) => return end,
            Step::Wait(operation, until) => {
                now = until;
                operation
            }
            Step::Send(exchange) => {
                let delivery = sandbox.respond(now, whole(exchange.request(), file));
                now = now.saturating_add(delivery.delay);
                receive(exchange, &delivery, sink, now)
            }
        }
    }
}

/// Returns a request with its whole body.
pub(crate) fn whole(request: &Request<seatable_io_driver::proto::Body>, file: &Bytes) -> Request<Bytes> {
    let (head, body) = request.clone().into_parts();
    let len = usize::try_from(body.file_len()).unwrap_or(usize::MAX);
    let whole = [body.head(), &file[..len.min(file.len())], body.tail()].concat();
    Request::from_parts(head, whole.into())
}

fn receive(mut exchange: Exchange, delivery: &Delivery, sink: &mut Vec<u8>, now: Duration) -> Operation {
    // The contents of this kit's sandboxes are in memory.
    let Ok(Some(response)) = delivery.delivered() else { return exchange.failed(Failure::Interrupted, now) };
    exchange.sent(exchange.request().body().file_len());
    let (head, body) = response.into_parts();
    let intake = exchange.head(&head);
    if matches!(intake, Intake::Save { .. }) {
        sink.clear();
    }
    if exchange.chunk(&body) && intake != Intake::Read {
        sink.extend_from_slice(&body);
    }
    match delivery.wire {
        Wire::Cut { .. } => exchange.failed(Failure::Interrupted, now),
        _ => exchange.finished(now),
    }
}
