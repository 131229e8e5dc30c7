//! A connection without a socket, whose every read is decided by the test.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use http::{Request, Response};
use seatable_io_driver::ProxyRoute;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};
use ureq::{Agent, AsSendBody, Error};

use super::{BODY, upload};
use crate::above_tls::AboveTlsConnector;
use crate::outgoing::Outgoing;
use crate::resolver::SystemResolver;
use crate::state::RequestState;

/// The responses of the server: `early` at once, each in a read of its own; `late` after the body has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub(crate) early: VecDeque<Vec<u8>>,
    pub(crate) late: VecDeque<Vec<u8>>,
    pub(crate) is_endless: bool,
}

/// The course of a script.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) sent: Vec<u8>,
    pub(crate) waited_in_vain: bool,
    pub(crate) received: usize,
}

impl Seen {
    pub(crate) fn has_body(&self) -> bool {
        self.sent.ends_with(BODY.as_bytes())
    }
}

#[derive(Debug)]
struct Scripted {
    buffers: LazyBuffers,
    script: Script,
    seen: Arc<Mutex<Seen>>,
}

impl Transport for Scripted {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        self.seen.lock().unwrap().sent.extend_from_slice(&self.buffers.output()[..amount]);
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let mut seen = self.seen.lock().unwrap();
        let late = |late: &mut VecDeque<_>| if seen.has_body() { late.pop_front() } else { None };
        let Some(bytes) = self.script.early.pop_front().or_else(|| late(&mut self.script.late)) else {
            seen.waited_in_vain = true;
            return Err(Error::Timeout(timeout.reason));
        };
        if self.script.is_endless {
            self.script.early.push_back(bytes.clone());
        }
        self.buffers.input_append_buf()[..bytes.len()].copy_from_slice(&bytes);
        self.buffers.input_appended(bytes.len());
        seen.received += bytes.len();
        Ok(!bytes.is_empty())
    }

    fn is_open(&mut self) -> bool {
        true
    }
}

#[derive(Debug)]
struct ScriptConnector(Script, Arc<Mutex<Seen>>);

impl Connector for ScriptConnector {
    type Out = Scripted;

    fn connect(&self, _: &ConnectionDetails, _: Option<()>) -> Result<Option<Scripted>, Error> {
        let buffers = LazyBuffers::new(96 * 1024, 4096);
        Ok(Some(Scripted { buffers, script: self.0.clone(), seen: self.1.clone() }))
    }
}

impl Script {
    /// Uploads [`BODY`].
    pub(crate) fn upload(self) -> (Result<Response<String>, Error>, Seen) {
        self.run(upload("http://127.0.0.1/"))
    }

    pub(crate) fn run(self, request: Request<impl AsSendBody>) -> (Result<Response<String>, Error>, Seen) {
        let (state, seen) = (Arc::new(RequestState::default()), Arc::default());
        let connector = ScriptConnector(self, Arc::clone(&seen)).chain(AboveTlsConnector(Arc::clone(&state)));
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0).proxy(None).build();
        let (mut head, body) = request.into_parts();
        state.begin(Outgoing::new(&mut head, ProxyRoute::Direct), ProxyRoute::Direct);
        let response =
            Agent::with_parts(config, connector, SystemResolver).run(Request::from_parts(head, body));
        let response = response.and_then(|response| {
            let (head, mut body) = response.into_parts();
            Ok(Response::from_parts(head, body.read_to_string()?))
        });
        (response, std::mem::take(&mut *seen.lock().unwrap()))
    }
}
