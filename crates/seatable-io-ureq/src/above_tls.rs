use std::io;
use std::sync::Arc;
use std::time::Instant;

use ureq::unversioned::transport::time::Duration;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use ureq::{Error, Timeout};

use crate::interim::{Heads, Start};
use crate::state::{RequestState, Via};

/// Wraps each connection in [`AboveTls`].
#[derive(Debug)]
pub(crate) struct AboveTlsConnector(pub(crate) Arc<RequestState>);

impl<In: Transport> Connector<In> for AboveTlsConnector {
    type Out = AboveTls<In>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        // ureq first connects to a proxy with the whole chain, with a configuration that has no proxy.
        let is_to_proxy = self.0.lock().via != Via::Direct && details.config.proxy().is_none();
        let state = (!is_to_proxy).then(|| Arc::clone(&self.0));
        let held = is_to_proxy.then(Vec::new);
        Ok(chained.map(|inner| AboveTls {
            inner,
            state,
            held,
            response: Receiving::Body,
            awaits_continue: false,
        }))
    }
}

/// A connection as ureq sees it: secrets are added to the requests, and interim responses are dropped.
///
/// While ureq waits for `100 Continue`, it mistakes an interim response with headers for a final one.
#[derive(Debug)]
pub(crate) struct AboveTls<T> {
    inner: T,
    /// `None` while connecting to a proxy.
    state: Option<Arc<RequestState>>,
    /// The head of the first request to a proxy until it is complete, because ureq writes it in many pieces.
    held: Option<Vec<u8>>,
    response: Receiving,
    /// The head of an upload was sent, and nothing of its body.
    awaits_continue: bool,
}

/// How much of a response was received.
#[derive(Debug)]
enum Receiving {
    /// A part of its heads.
    Heads(Heads),
    /// The final head, with `unread` bytes that ureq may look at without consuming them.
    Final { unread: usize },
    /// Part of its body.
    Body,
}

impl<T: Transport> AboveTls<T> {
    /// Waits for the final head.
    fn await_head(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let (began, mut continues) = (Instant::now(), false);
        while let Receiving::Heads(heads) = &mut self.response {
            match heads.start(self.inner.buffers().input())? {
                Start::Interim { len, is_continue } => {
                    self.inner.buffers().input_consume(len);
                    continues |= is_continue && self.awaits_continue;
                    continue;
                }
                Start::Final => {
                    self.response = Receiving::Final { unread: self.inner.buffers().input().len() }
                }
                Start::Part => {}
            }
            if continues {
                self.awaits_continue = false;
                // ureq continues with the body, as if there were no `100 Continue`.
                return Err(Error::Timeout(Timeout::Await100));
            }
            let is_part = matches!(self.response, Receiving::Heads(_));
            if is_part && !self.inner.await_input(remaining(timeout, began)?)? {
                return self.ended();
            }
        }
        Ok(true)
    }

    /// The connection ended before the end of the final head.
    fn ended(&mut self) -> Result<bool, Error> {
        if self.inner.buffers().input().is_empty() {
            return Ok(false);
        }
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the response ended within its head").into())
    }
}

impl<T: Transport> Transport for AboveTls<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, mut amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.awaits_continue = false;
        if let Some(state) = &self.state {
            let outgoing = state.lock().outgoing.take();
            if let Some(head) = outgoing {
                self.awaits_continue = head.awaits_continue();
                self.response = Receiving::Heads(Heads::default());
                amount = head.complete(self.inner.buffers().output(), amount)?;
            }
            state.lock().is_sent = true;
        }
        if let Some(held) = &mut self.held {
            held.extend_from_slice(&self.inner.buffers().output()[..amount]);
            if !held.ends_with(b"\r\n\r\n") {
                return Ok(());
            }
            amount = held.len();
            self.inner.buffers().output()[..amount].copy_from_slice(held);
            self.held = None;
        }
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        match self.response {
            Receiving::Heads(_) => return self.await_head(timeout),
            Receiving::Final { unread } => {
                self.response = Receiving::Body;
                if unread == self.inner.buffers().input().len() {
                    return Ok(true);
                }
            }
            Receiving::Body => {}
        }
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// The rest of a timeout that began at this moment.
fn remaining(mut timeout: NextTimeout, began: Instant) -> Result<NextTimeout, Error> {
    if let Duration::Exact(after) = timeout.after {
        timeout.after = after.saturating_sub(began.elapsed()).into();
        if timeout.after.is_zero() {
            return Err(Error::Timeout(timeout.reason));
        }
    }
    Ok(timeout)
}
