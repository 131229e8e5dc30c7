//! The connection to a server: one ureq agent.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderValue, Request, Response, header};
use seatable_io_driver::{Proxy, ProxyRules};
use ureq::unversioned::transport::{
    ConnectProxyConnector, Connector, RustlsConnector, SocksConnector, TcpConnector,
};
use ureq::{Agent, AsSendBody, Body, ProxyProtocol};

use crate::TransportError;
use crate::above_tls::AboveTlsConnector;
use crate::below_tls::BelowTlsConnector;
use crate::error::transport_error;
use crate::forward::ForwardConnector;
use crate::outgoing::Outgoing;
use crate::resolver::SystemResolver;
use crate::state::RequestState;

/// How long to wait for `100 Continue`. Continuing without it is safe, because an early response is still read.
const CONTINUE: Duration = Duration::from_millis(500);

/// How long an idle connection is kept for the next request.
pub(crate) const IDLE: Duration = Duration::from_secs(15);

/// The time limits of one request.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) deadline: Option<Instant>,
    pub(crate) idle_timeout: Duration,
    /// How long a kept connection may have been idle. A request on one that the server is closing would be lost.
    pub(crate) idle: Duration,
}

/// Sends one request at a time, and keeps the connection for the next one.
pub(crate) struct Connection {
    pub(crate) agent: Arc<Agent>,
    pub(crate) state: Arc<RequestState>,
    proxies: ProxyRules,
}

impl Connection {
    /// `config` must not have a proxy, because that depends on the server.
    pub(crate) fn new(config: ureq::config::Config, proxies: ProxyRules) -> Self {
        let state = Arc::new(RequestState::default());
        let connector =
            ().chain(SocksConnector::default())
                .chain(ForwardConnector { direct: config.clone(), state: Arc::clone(&state) })
                .chain(ConnectProxyConnector::default())
                .chain(TcpConnector::default())
                .chain(BelowTlsConnector(Arc::clone(&state)))
                .chain(RustlsConnector::default())
                .chain(AboveTlsConnector(Arc::clone(&state)));
        let agent = Agent::with_parts(config, connector, SystemResolver);
        Self { agent: Arc::new(agent), state, proxies }
    }

    /// Sends a request and returns the response when its head has arrived.
    pub(crate) fn send(
        &self,
        request: Request<impl AsSendBody>,
        limits: Limits,
    ) -> Result<Response<Body>, ureq::Error> {
        let (mut head, body) = request.into_parts();
        let route = self.proxies.route(&head.uri);
        self.state.begin(Outgoing::new(&mut head, route), route);
        head.headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let left = limits.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let request = self
            .agent
            .configure_request(Request::from_parts(head, body))
            .proxy(route.proxy().map(ureq_proxy).transpose()?)
            .timeout_global(left)
            .timeout_per_read(Some(limits.idle_timeout))
            .timeout_per_write(Some(limits.idle_timeout))
            .max_idle_age(limits.idle)
            .timeout_await_100(Some(CONTINUE.min(limits.idle_timeout / 2)))
            .build();
        let mut response = self.agent.run(request)?;
        if let Some(proxy) = route.proxy() {
            response.extensions_mut().insert(proxy.secrets());
        }
        Ok(response)
    }

    /// Explains an error of the last request.
    pub(crate) fn explain(&self, error: &ureq::Error) -> TransportError {
        transport_error(error, self.state.lock().is_sent)
    }
}

/// A proxy in ureq's terms.
fn ureq_proxy(proxy: &Proxy) -> Result<ureq::Proxy, ureq::Error> {
    let uri = proxy.uri();
    let protocol = ProxyProtocol::try_from(uri.scheme_str().unwrap_or_default())?;
    let mut builder = ureq::Proxy::builder(protocol).host(uri.host().unwrap_or_default());
    if let Some(port) = uri.port_u16() {
        builder = builder.port(port);
    }
    if let Some((user, password)) = proxy.credentials() {
        builder = builder.username(user).password(password);
    }
    builder.build()
}
