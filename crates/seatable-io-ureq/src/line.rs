//! The way to the server: one ureq agent, and what is to be known of its connections.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{HeaderValue, Request, Response, header};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, NextTimeout, RustlsConnector,
    SocksConnector, TcpConnector, Transport,
};
use ureq::{Agent, AsSendBody, Body};

use crate::TransportError;
use crate::error::transport_error;
use crate::secrets::Secrets;

/// How long a server may take to say `100 Continue`. Going on without it is safe: an early answer is still heard.
const CONTINUE: Duration = Duration::from_millis(500);

/// How long a connection is kept for the next request.
pub(crate) const IDLE: Duration = Duration::from_secs(15);

/// What bounds one request.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) deadline: Option<Instant>,
    pub(crate) silence: Duration,
    /// How long a kept connection may have been idle. One that is just being closed would take a request with it.
    pub(crate) idle: Duration,
}

/// Carries one request at a time.
pub(crate) struct Line {
    agent: Arc<Agent>,
    marks: Arc<Marks>,
}

/// What became of the request on its way.
#[derive(Default)]
pub(crate) struct Marks {
    /// A byte of it may have left.
    sent: AtomicBool,
    /// The server takes no more of it.
    deaf: AtomicBool,
    /// What is to be put into its head.
    secrets: Mutex<Option<Secrets>>,
}

impl Marks {
    fn begin(&self, secrets: Secrets) {
        self.sent.store(false, Ordering::Relaxed);
        self.deaf.store(false, Ordering::Relaxed);
        *self.secrets.lock().unwrap_or_else(PoisonError::into_inner) = Some(secrets);
    }

    /// The first bytes that go out are the head.
    fn go_out(&self, bytes: &mut [u8]) -> Result<(), ureq::Error> {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner).take();
        if !secrets.unwrap_or_default().reveal(bytes) {
            return Err(ureq::Error::Other("the token has no place in the head".into()));
        }
        self.sent.store(true, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn is_deaf(&self) -> bool {
        self.deaf.load(Ordering::Relaxed)
    }
}

impl Line {
    pub(crate) fn new(config: ureq::config::Config) -> Self {
        let marks = Arc::new(Marks::default());
        let proxied = config.proxy().is_some();
        let connector =
            ().chain(SocksConnector::default())
                .chain(ConnectProxyConnector::default())
                .chain(TcpConnector::default())
                .chain(Layer { place: Place::UnderTls, marks: Arc::clone(&marks) })
                .chain(RustlsConnector::default())
                .chain(Layer { place: Place::OverTls { proxied }, marks: Arc::clone(&marks) });
        let agent = Agent::with_parts(config, connector, DefaultResolver::default());
        Self { agent: Arc::new(agent), marks }
    }

    pub(crate) fn agent(&self) -> &Arc<Agent> {
        &self.agent
    }

    pub(crate) fn marks(&self) -> Arc<Marks> {
        Arc::clone(&self.marks)
    }

    /// Sends a request and waits for the head of its answer.
    pub(crate) fn send(
        &self,
        request: Request<impl AsSendBody>,
        limits: Limits,
    ) -> Result<Response<Body>, ureq::Error> {
        let (mut head, body) = request.into_parts();
        self.marks.begin(Secrets::hide(&mut head));
        head.headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let left = limits.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let request = self
            .agent
            .configure_request(Request::from_parts(head, body))
            .timeout_global(left)
            .timeout_per_read(Some(limits.silence))
            .timeout_per_write(Some(limits.silence))
            .max_idle_age(limits.idle)
            .timeout_await_100(Some(CONTINUE.min(limits.silence / 2)))
            .build();
        self.agent.run(request)
    }

    /// What an error means that the last request met.
    pub(crate) fn explain(&self, error: &ureq::Error) -> TransportError {
        transport_error(error, self.marks.sent.load(Ordering::Relaxed))
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Marks")
    }
}

/// Wraps each connection twice.
#[derive(Debug)]
struct Layer {
    place: Place,
    marks: Arc<Marks>,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    /// Here a broken connection can still be read: the server may have answered before it closed.
    UnderTls,
    /// Here the first byte of a request goes by.
    OverTls { proxied: bool },
}

impl<In: Transport> Connector<In> for Layer {
    type Out = Layered<In>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        // The way to a proxy goes through the whole chain first, with a configuration that has no proxy.
        let marks_sent = match self.place {
            Place::UnderTls => false,
            Place::OverTls { proxied } => proxied == details.config.proxy().is_some(),
        };
        let hears_out = matches!(self.place, Place::UnderTls);
        Ok(chained.map(|inner| Layered {
            inner,
            marks: Arc::clone(&self.marks),
            marks_sent,
            hears_out,
            deaf: false,
            shown: 0,
        }))
    }
}

#[derive(Debug)]
struct Layered<T> {
    inner: T,
    marks: Arc<Marks>,
    marks_sent: bool,
    hears_out: bool,
    deaf: bool,
    /// How many unread bytes there were after the last wait.
    shown: usize,
}

impl<T: Transport> Transport for Layered<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        if self.marks_sent {
            self.marks.go_out(&mut self.inner.buffers().output()[..amount])?;
        }
        if self.deaf {
            return Ok(());
        }
        match self.inner.transmit_output(amount, timeout) {
            Err(ureq::Error::Io(error)) if self.hears_out && is_closed(&error) => {
                self.deaf = true;
                self.marks.deaf.store(true, Ordering::Relaxed);
                Ok(())
            }
            other => other,
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        // Where an answer comes in place of `100 Continue`, ureq waits for more before it looks at it again.
        let unread = self.inner.buffers().input().len();
        if unread > 0 && std::mem::take(&mut self.shown) == unread {
            return Ok(true);
        }
        let progress = self.inner.await_input(timeout)?;
        self.shown = self.inner.buffers().input().len();
        Ok(progress)
    }

    fn is_open(&mut self) -> bool {
        !self.deaf && self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

fn is_closed(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset)
}
