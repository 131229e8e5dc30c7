use std::sync::Arc;

use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::transport::{ConnectionDetails, Connector, Either, Transport};

use crate::state::{RequestState, Via};

/// Connects to an http proxy that forwards requests to `http` URLs. ureq itself would request a tunnel, which many proxies
/// allow only to port 443.
#[derive(Debug)]
pub(crate) struct ForwardConnector {
    /// The configuration for the proxy itself, which has no proxy.
    pub(crate) direct: Config,
    pub(crate) state: Arc<RequestState>,
}

impl<In: Transport> Connector<In> for ForwardConnector {
    type Out = Either<In, Box<dyn Transport>>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let proxy = details.config.proxy().filter(|_| self.state.lock().via == Via::Forward);
        let (Some(proxy), None) = (proxy, &chained) else { return Ok(chained.map(Either::A)) };
        let to_proxy = ConnectionDetails {
            uri: proxy.uri(),
            addrs: details.resolver.resolve(proxy.uri(), &self.direct, details.timeout)?,
            config: &self.direct,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
            ..*details
        };
        Ok(Some(Either::B((details.run_connector)(&to_proxy)?)))
    }
}
