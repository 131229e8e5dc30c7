//! The default client: hyper-util's pool, rustls and tokio.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryFutureExt;
use http::header::PROXY_AUTHORIZATION;
use http::{Request, Uri};
use hyper::rt::{Read, Write};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::Connection;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use seatable_io_driver::proto::Secrets;
use seatable_io_driver::{Proxy, ProxyRoute, ProxyRules, crypto_provider};
use tower::ServiceBuilder;
use tower::util::{ServiceExt, service_fn};
use tower_service::Service;

use crate::error::BoxError;
use crate::half_open::HalfOpen;
use crate::proxy::{ProxyConnector, plain};
use crate::{Config, Error, Hyper, Roots, UploadBody};

/// How long an idle connection is kept: less than servers keep it, so that requests are rarely sent on a connection that is
/// being closed.
const IDLE: Duration = Duration::from_secs(10);

/// The most that a connection reads at a time, in bytes. With 512 KiB, a download takes a tenth more time; with 768 KiB, 64 of
/// them need more than 64 MiB.
const BUFFER: usize = 640 * 1024;

impl TryFrom<Config> for Hyper {
    type Error = Error;

    /// Uses hyper-util's pool, rustls and tokio.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if [`Roots::Pem`] contains no certificate or one that cannot be read, if the environment variables for
    /// proxies cannot be read, or if there is no provider of cryptography.
    fn try_from(config: Config) -> Result<Self, Error> {
        let (mut http, tls) = (plain(), tls(&config)?);
        let rules = Arc::new(config.proxies.rules()?);
        http.enforce_http(false);
        http.set_nodelay(true);
        let https = HttpsConnector::from((http.clone(), tls.clone()));
        let connector = ProxyConnector { rules: Arc::clone(&rules), http, https };
        let connector = HttpsConnector::from((connector, tls));
        Ok(Self::pool(connector, &config, move |request| through_proxy(request, &rules)))
    }
}

impl Hyper {
    /// hyper-util's client over a connector of your own, such as one for Unix sockets, which is responsible for TLS and
    /// proxies. Of the configuration, [`connect_timeout`](Config::connect_timeout) and [`headers`](Config::headers) apply. If a
    /// server answers during an upload and closes the connection, the response is still read. Each import has a new connection.
    pub fn with_connector<C>(connector: C, config: &Config) -> Self
    where
        C: Service<Uri, Error: Into<BoxError>, Future: Send> + Clone + Send + Sync + 'static,
        C::Response: Read + Write + Connection + Send + Unpin + 'static,
    {
        Self::pool(connector, config, |_| Secrets::default())
    }

    fn pool<C>(
        connector: C,
        config: &Config,
        prepare: impl Fn(&mut Request<UploadBody>) -> Secrets + Clone + Send + Sync + 'static,
    ) -> Self
    where
        C: Service<Uri, Error: Into<BoxError>, Future: Send> + Clone + Send + Sync + 'static,
        C::Response: Read + Write + Connection + Send + Unpin + 'static,
    {
        let dial = ServiceBuilder::new().timeout(config.connect_timeout).map_response(HalfOpen::new);
        // The client clones its connector for each request; this one is cloned when it is needed.
        let dial = Arc::new(dial.service(connector));
        let connector = service_fn(move |to| Box::pin(dial.as_ref().clone().oneshot(to)));
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .retry_canceled_requests(false)
            .http1_read_buf_exact_size(BUFFER);
        let kept = builder.build(connector.clone());
        let new = builder.pool_max_idle_per_host(0).build(connector);
        let headers = config.headers.clone();
        let send = move |mut request: Request<UploadBody>| {
            request.headers_mut().extend(headers.clone());
            let secrets = prepare(&mut request);
            let client = if request.body().is_import() { &new } else { &kept };
            client.request(request).map_ok(|mut response| {
                if !secrets.is_empty() {
                    response.extensions_mut().insert(secrets);
                }
                response
            })
        };
        let mut hyper = Self::new(service_fn(send), TokioTimer::new());
        hyper.needs_tokio = true;
        hyper
    }
}

/// Adds the credentials for the proxy that forwards a request. Returns the secrets that the proxy may repeat.
fn through_proxy(request: &mut Request<UploadBody>, rules: &ProxyRules) -> Secrets {
    let route = rules.route(request.uri());
    if let ProxyRoute::Forward(proxy) = route
        && let Some(auth) = proxy.basic_auth()
    {
        request.headers_mut().insert(PROXY_AUTHORIZATION, auth);
    }
    route.proxy().map_or_else(Secrets::default, Proxy::secrets)
}

fn tls(config: &Config) -> Result<ClientConfig, Error> {
    let unusable = |words: &str| Error::Config(format!("{words} cannot be used"));
    let builder = ClientConfig::builder_with_provider(crypto_provider()?);
    let builder = builder.with_safe_default_protocol_versions().map_err(|_| unusable("TLS"))?;
    let builder = match &config.roots {
        Roots::Bundled => builder.with_webpki_roots(),
        #[cfg(feature = "platform-verifier")]
        Roots::Platform => {
            builder.try_with_platform_verifier().map_err(|_| unusable("the authorities of the system"))?
        }
        Roots::Pem(pem) => {
            let mut store = RootCertStore::empty();
            store.add_parsable_certificates(Roots::certificates(pem)?);
            builder.with_root_certificates(store)
        }
        _ => return Err(Error::Config("this was built without the feature `platform-verifier`".to_owned())),
    };
    match &config.identity {
        None => Ok(builder.with_no_client_auth()),
        Some(identity) => {
            let (certificates, key) = identity.to_der()?;
            let configured = builder.with_client_auth_cert(certificates, key);
            configured.map_err(|_| unusable("the client certificate, or its key,"))
        }
    }
}
