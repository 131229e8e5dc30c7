use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use seatable_io_driver::ProxyRoute;

use crate::outgoing::Outgoing;

/// The state of the request in flight, which the layers of its connection share.
#[derive(Default)]
pub(crate) struct RequestState(Mutex<State>);

#[derive(Default)]
pub(crate) struct State {
    pub(crate) via: Via,
    /// The parts that the head lacks, until it is sent.
    pub(crate) outgoing: Option<Outgoing>,
    /// A byte of it may have been sent.
    pub(crate) is_sent: bool,
    /// The server has stopped reading it.
    pub(crate) is_closed: bool,
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

    /// Do not keep the guard while anything blocks.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RequestState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestState")
    }
}
