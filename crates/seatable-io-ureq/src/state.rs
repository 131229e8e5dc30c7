use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use seatable_io_driver::ProxyRoute;

use crate::outgoing::Outgoing;

/// The state of the request in flight, which the layers of its connection share.
#[derive(Default)]
pub(crate) struct RequestState(Mutex<State>);

#[derive(Default)]
struct State {
    via: Via,
    /// The parts that the head still lacks.
    outgoing: Option<Outgoing>,
    /// A byte of it may have been sent.
    sent: bool,
    /// The server has stopped reading it.
    closed: bool,
}

/// How a request reaches the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Via {
    #[default]
    Direct,
    /// A proxy forwards it.
    Forward,
    /// A proxy has made the connection.
    Connection,
}

impl RequestState {
    pub(crate) fn begin(&self, outgoing: Outgoing, route: ProxyRoute<'_>) {
        let via = match route {
            ProxyRoute::Direct => Via::Direct,
            ProxyRoute::Forward(_) => Via::Forward,
            ProxyRoute::Tunnel(_) | ProxyRoute::Socks(_) => Via::Connection,
        };
        *self.lock() = State { via, outgoing: Some(outgoing), ..State::default() };
    }

    /// Returns the parts that the head lacks, if it has not been sent.
    pub(crate) fn take_outgoing(&self) -> Option<Outgoing> {
        self.lock().outgoing.take()
    }

    pub(crate) fn via(&self) -> Via {
        self.lock().via
    }

    pub(crate) fn mark_sent(&self) {
        self.lock().sent = true;
    }

    pub(crate) fn is_sent(&self) -> bool {
        self.lock().sent
    }

    pub(crate) fn mark_closed(&self) {
        self.lock().closed = true;
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RequestState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestState")
    }
}
