//! The client that most want: hyper-util's pool, rustls, tokio.

use std::sync::Arc;
use std::time::Duration;

use http::header::PROXY_AUTHORIZATION;
use http::uri::Scheme;
use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use seatable_io_driver::{Proxy, ProxyRules};
use tower::ServiceBuilder;
use tower::util::BoxCloneSyncService;
use tower_service::Service;

use crate::error::BoxError;
use crate::half_open::HalfOpen;
use crate::proxy::ProxyConnector;
use crate::{Client, Error, Hyper, Proxies, Roots, UploadBody};

/// How long a connection is kept for the next request: less than servers keep it, so that a request seldom meets
/// one that is being closed.
const IDLE: Duration = Duration::from_secs(10);

/// How to reach a server.
///
/// ```
/// use std::time::Duration;
/// use seatable_io_hyper::{Config, Proxies, Roots};
///
/// let config = Config::default();
/// assert_eq!(config.roots, Roots::Bundled);
/// assert_eq!(config.connect, Duration::from_secs(10));
/// assert_eq!(config.proxies, Proxies::FromEnvironment);
/// assert_eq!(config.connections, 64);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Whose certificates are trusted (the bundled authorities).
    pub roots: Roots,
    /// Longest wait for a connection, name look-up, proxy and TLS included (10 s).
    pub connect: Duration,
    /// Which proxies servers are reached through (those that the environment names). Loopback never has one.
    pub proxies: Proxies,
    /// Requests in flight at a time (64); the others wait for their turn, and time does not count as silence
    /// then. No more than so many idle connections are kept for one server.
    pub connections: usize,
}

impl Default for Config {
    fn default() -> Self {
        let (roots, proxies) = (Roots::default(), Proxies::default());
        Self { roots, connect: Duration::from_secs(10), proxies, connections: 64 }
    }
}

/// A client over hyper-util's pool, rustls and tokio. [`Error::Config`] if [`Roots::Pem`] holds no certificate or one
/// that cannot be read, or if the environment names a proxy in a way that cannot be read.
pub fn client(config: &Config) -> Result<Client, Error> {
    client_with(config, config.proxies.rules()?)
}

pub(crate) fn client_with(config: &Config, rules: ProxyRules) -> Result<Client, Error> {
    let (mut http, tls, rules) = (HttpConnector::new(), tls(&config.roots)?, Arc::new(rules));
    http.enforce_http(false);
    http.set_nodelay(true);
    let https = HttpsConnector::from((http.clone(), tls.clone()));
    let connector = ProxyConnector { rules: Arc::clone(&rules), http, https };
    let pool = pool(HttpsConnector::from((connector, tls)), config);
    let pool = ServiceBuilder::new().map_request(move |request| authorized(request, &rules)).service(pool);
    Ok(Client::over(Hyper::new(Pool::new(pool), TokioTimer::new()), config.connections))
}

/// The request, with the credentials of the proxy that is to forward it.
fn authorized(mut request: Request<UploadBody>, rules: &ProxyRules) -> Request<UploadBody> {
    let is_plain = request.uri().scheme() == Some(&Scheme::HTTP);
    let proxy = rules.proxy_for(request.uri()).filter(|proxy| is_plain && proxy.is_http());
    if let Some(auth) = proxy.and_then(Proxy::basic_auth) {
        request.headers_mut().insert(PROXY_AUTHORIZATION, auth);
    }
    request
}

/// hyper-util's client, over HTTP/1.1.
pub type Pool = BoxCloneSyncService<Request<UploadBody>, Response<Incoming>, legacy::Error>;

/// hyper-util's client over any connector, for [`Hyper::new`]; [`Config::proxies`] is up to the connector. It gives up on a connection after
/// [`Config::connect`], and reads what a server says before it closes one that is still written to.
pub fn pool<C>(connector: C, config: &Config) -> Pool
where
    C: Service<Uri, Error: Into<BoxError>, Future: Send> + Clone + Send + Sync + 'static,
    C::Response: Read + Write + Connection + Send + Unpin + 'static,
{
    let dial = ServiceBuilder::new().timeout(config.connect).map_response(HalfOpen::new).service(connector);
    let client = legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(config.connections)
        .retry_canceled_requests(false)
        .build(BoxCloneSyncService::new(dial));
    BoxCloneSyncService::new(client)
}

fn tls(roots: &Roots) -> Result<ClientConfig, Error> {
    let unusable = |error: rustls::Error| Error::Config(format!("TLS cannot be used: {error}"));
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(unusable)?;
    let builder = match roots {
        Roots::Bundled => builder.with_webpki_roots(),
        #[cfg(feature = "platform-verifier")]
        Roots::Platform => builder.try_with_platform_verifier().map_err(unusable)?,
        Roots::Pem(pem) => {
            let mut store = RootCertStore::empty();
            store.add_parsable_certificates(Roots::certificates(pem)?);
            builder.with_root_certificates(store)
        }
        _ => return Err(Error::Config("this was built without the feature `platform-verifier`".to_owned())),
    };
    Ok(builder.with_no_client_auth())
}
