use std::io;
use std::sync::Arc;
use std::time::Instant;

use ureq::unversioned::transport::time::Duration;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use ureq::{Error, Timeout};

use crate::state::RequestState;

/// Wraps each connection in [`BelowTls`].
#[derive(Debug)]
pub(crate) struct BelowTlsConnector(pub(crate) Arc<RequestState>);

impl<In: Transport> Connector<In> for BelowTlsConnector {
    type Out = BelowTls<In>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let connect_by = match details.timeout.after {
            Duration::Exact(after) => Instant::now().checked_add(after),
            Duration::NotHappening => None,
        };
        let state = Arc::clone(&self.0);
        Ok(chained.map(|inner| BelowTls { inner, state, is_closed: false, connect_by }))
    }
}

/// A connection that can still be read after the server has stopped reading, because the server may have answered before.
/// Until a request is sent, reading is limited by the connect timeout, however slowly the bytes arrive.
#[derive(Debug)]
pub(crate) struct BelowTls<T> {
    inner: T,
    state: Arc<RequestState>,
    is_closed: bool,
    connect_by: Option<Instant>,
}

impl<T: Transport> Transport for BelowTls<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.is_closed {
            return Ok(());
        }
        match self.inner.transmit_output(amount, timeout) {
            Err(Error::Io(error)) if is_closed(&error) => {
                self.is_closed = true;
                self.state.lock().is_closed = true;
                Ok(())
            }
            other => other,
        }
    }

    fn await_input(&mut self, mut timeout: NextTimeout) -> Result<bool, Error> {
        let is_sent = self.state.lock().is_sent;
        if let (Some(by), false) = (self.connect_by, is_sent) {
            let left = Duration::Exact(by.saturating_duration_since(Instant::now()));
            if left < timeout.after {
                (timeout.after, timeout.reason) = (left, Timeout::Connect);
            }
            if timeout.after.is_zero() {
                return Err(Error::Timeout(timeout.reason));
            }
        }
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        !self.is_closed && self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

fn is_closed(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset)
}
