use http::HeaderMap;
use seatable_io_driver::{Config, Error, Identity, Proxies, ProxyRules, Roots, crypto_provider};
use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};
use ureq::typestate::AgentScope;

use crate::connection::Connection;

/// The size of the buffer that responses are read into, in bytes: twice as much as the driver reads at a time. With ureq's own 128 KiB, a
/// download takes a tenth more CPU time.
const INPUT: usize = 768 * 1024;

/// The size of the buffer that a file is sent from, in bytes. With ureq's own 128 KiB, an upload takes a quarter more CPU time.
const OUTPUT: usize = 384 * 1024;

/// Creates the connection of each run of a [`Client`](crate::Client).
#[derive(Clone, Debug)]
pub struct Connector {
    agent: ureq::config::Config,
    proxies: ProxyRules,
    pub(crate) headers: HeaderMap,
}

impl Connector {
    /// Uses ureq's own builder for options that [`Config`] lacks, such as one family of addresses. Its settings for redirects,
    /// statuses and proxies are overridden. Without the feature `ring`, it must name the provider of cryptography.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the environment variables for proxies cannot be read.
    ///
    /// ```
    /// use seatable_io_ureq::ureq::Agent;
    /// use seatable_io_ureq::ureq::config::IpFamily;
    /// use seatable_io_ureq::{Client, Connector, Proxies};
    ///
    /// let agent = Agent::config_builder().ip_family(IpFamily::Ipv4Only);
    /// let client = Client::with_transport(Connector::with_agent(agent, &Proxies::FromEnvironment)?);
    /// # Ok::<(), seatable_io_ureq::Error>(())
    /// ```
    pub fn with_agent(agent: ConfigBuilder<AgentScope>, proxies: &Proxies) -> Result<Self, Error> {
        let agent = agent.http_status_as_error(false).max_redirects(0).proxy(None).build();
        Ok(Self { agent, proxies: proxies.rules()?, headers: HeaderMap::new() })
    }

    pub(crate) fn connection(&self) -> Connection {
        Connection::new(self.agent.clone(), self.proxies.clone())
    }
}

impl TryFrom<Config> for Connector {
    type Error = Error;

    /// # Errors
    ///
    /// [`Error::Config`] if [`Roots::Pem`] contains no certificate or one that cannot be read, if the environment variables for
    /// proxies cannot be read, or if there is no provider of cryptography.
    fn try_from(config: Config) -> Result<Self, Error> {
        let tls = TlsConfig::builder()
            .root_certs(root_certs(&config.roots)?)
            .client_cert(config.identity.as_ref().map(client_cert).transpose()?)
            .unversioned_rustls_crypto_provider(crypto_provider()?)
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .timeout_connect(Some(config.connect_timeout))
            .timeout_resolve(Some(config.connect_timeout))
            .input_buffer_size(INPUT)
            .output_buffer_size(OUTPUT);
        Ok(Self { headers: config.headers, ..Self::with_agent(agent, &config.proxies)? })
    }
}

fn root_certs(roots: &Roots) -> Result<RootCerts, Error> {
    match roots {
        Roots::Bundled => Ok(RootCerts::WebPki),
        #[cfg(feature = "platform-verifier")]
        Roots::Platform => Ok(RootCerts::PlatformVerifier),
        Roots::Pem(pem) => {
            let certificates = Roots::certificates(pem)?;
            let certificates: Vec<_> =
                certificates.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
            Ok(RootCerts::new_with_certs(&certificates))
        }
        _ => Err(Error::Config("this was built without the feature `platform-verifier`".to_owned())),
    }
}

fn client_cert(identity: &Identity) -> Result<ClientCert, Error> {
    let unusable = |_| Error::Config("the client certificate cannot be used".to_owned());
    let (certificates, _) = identity.to_der()?;
    let certificates: Vec<_> = certificates.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    let key = PrivateKey::from_pem(identity.as_pem()).map_err(unusable)?;
    Ok(ClientCert::new_with_certs(&certificates, key))
}
