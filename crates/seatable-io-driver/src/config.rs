use std::fmt;
use std::time::Duration;

use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, PROXY_AUTHORIZATION,
    TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::{Error, Proxies, Roots};

/// How to connect to servers.
///
/// ```
/// use std::time::Duration;
/// use seatable_io_driver::http::header::USER_AGENT;
/// use seatable_io_driver::{Config, ProxyRules, Roots};
///
/// let config = Config::default();
/// assert_eq!(config.roots, Roots::Bundled);
/// assert_eq!(config.connect_timeout, Duration::from_secs(10));
///
/// let config = config
///     .proxies(ProxyRules::all("http://proxy.example.com:3128")?)
///     .header(USER_AGENT, "nightly-backup/1")?;
/// assert_eq!(config.headers.len(), 1);
/// # Ok::<(), seatable_io_driver::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The certificate authorities to trust (those that are bundled).
    pub roots: Roots,
    /// The certificate for servers that request one (none).
    pub identity: Option<Identity>,
    /// The longest wait for a connection, including proxy and TLS (10 s).
    pub connect_timeout: Duration,
    /// The proxies to connect through (those named in the environment). Loopback is always connected to directly.
    pub proxies: Proxies,
    /// Headers to add to every request (none). They replace headers of the same name, such as `User-Agent`.
    pub headers: HeaderMap,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            roots: Roots::default(),
            identity: None,
            connect_timeout: Duration::from_secs(10),
            proxies: Proxies::default(),
            headers: HeaderMap::new(),
        }
    }
}

impl Config {
    /// Sets [`roots`](Self::roots).
    pub fn roots(self, roots: Roots) -> Self {
        Self { roots, ..self }
    }

    /// Sets [`identity`](Self::identity).
    pub fn identity(self, identity: Identity) -> Self {
        Self { identity: Some(identity), ..self }
    }

    /// Sets [`connect_timeout`](Self::connect_timeout).
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Sets [`proxies`](Self::proxies).
    pub fn proxies(self, proxies: impl Into<Proxies>) -> Self {
        Self { proxies: proxies.into(), ..self }
    }

    /// Adds to [`headers`](Self::headers). `Debug` hides the value, which may be a secret.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the value cannot be sent, or if the header is set by this crate: `Authorization`,
    /// `Proxy-Authorization`, which would also reach servers, and those about the body and the connection.
    pub fn header(mut self, name: HeaderName, value: &str) -> Result<Self, Error> {
        const OURS: [HeaderName; 8] = [
            AUTHORIZATION,
            CONNECTION,
            CONTENT_LENGTH,
            CONTENT_TYPE,
            EXPECT,
            HOST,
            PROXY_AUTHORIZATION,
            TRANSFER_ENCODING,
        ];
        if OURS.contains(&name) {
            return Err(Error::Config(format!("the header {name} cannot be set")));
        }
        let unusable = |_| Error::Config(format!("the value of the header {name} cannot be sent"));
        let mut value = HeaderValue::from_str(value).map_err(unusable)?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(self)
    }
}

/// A client certificate with its key, as PEM text. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity(Vec<u8>);

impl Identity {
    /// Takes a text with the private key, the certificate and any intermediate certificates.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if the key or the certificate is missing, or if one cannot be read.
    pub fn from_pem(pem: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let identity = Self(pem.into());
        identity.to_der().map(|_| identity)
    }

    /// Returns the PEM text.
    pub fn as_pem(&self) -> &[u8] {
        &self.0
    }

    /// Returns the certificates and the key.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn to_der(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Error> {
        let unreadable = || Error::Config("the client certificate cannot be read".to_owned());
        let certificates = CertificateDer::pem_slice_iter(&self.0).collect::<Result<Vec<_>, _>>();
        let key = PrivateKeyDer::from_pem_slice(&self.0).map_err(|_| unreadable())?;
        let certificates = certificates.map_err(|_| unreadable())?;
        if certificates.is_empty() { Err(unreadable()) } else { Ok((certificates, key)) }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::header::USER_AGENT;

    use super::*;

    #[test]
    fn a_header_can_be_a_secret_and_none_of_ours_can_be_set() {
        let name = HeaderName::from_static("cf-access-client-secret");
        let config = Config::default().header(name, "geheim").unwrap().header(USER_AGENT, "a").unwrap();
        assert_eq!(
            (config.headers.len(), &config.headers["cf-access-client-secret"]),
            (2, &"geheim".parse().unwrap())
        );
        assert!(!format!("{config:?}").contains("geheim"));
        for ours in [AUTHORIZATION, PROXY_AUTHORIZATION, HOST] {
            assert!(Config::default().header(ours, "geheim").is_err());
        }
    }
}
