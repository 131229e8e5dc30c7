//! Proxies, as environment variables define them.

use std::ffi::OsString;
use std::fmt;
use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use http::{HeaderValue, Uri};
use ipnet::IpNet;
use percent_encoding::percent_decode_str;
use seatable_io_proto::Secrets;

use crate::Error;

const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// Where the proxies are defined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proxies {
    /// In the environment: see [`ProxyRules::from_variables`].
    #[default]
    FromEnvironment,
    /// Nowhere: all connections are direct.
    None,
    /// In these rules.
    Rules(ProxyRules),
}

impl Proxies {
    /// Returns the rules.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if an environment variable cannot be read.
    pub fn rules(&self) -> Result<ProxyRules, Error> {
        match self {
            Self::FromEnvironment => ProxyRules::from_variables(|name| std::env::var_os(name)),
            Self::None => Ok(ProxyRules::default()),
            Self::Rules(rules) => Ok(rules.clone()),
        }
    }
}

impl From<ProxyRules> for Proxies {
    fn from(rules: ProxyRules) -> Self {
        Self::Rules(rules)
    }
}

/// Which proxy to use for a server. By default all connections are direct.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyRules {
    http: Option<Proxy>,
    https: Option<Proxy>,
    exceptions: Vec<Exception>,
}

impl ProxyRules {
    /// Reads `HTTPS_PROXY` for https, `HTTP_PROXY` for http, `ALL_PROXY` for both, and `NO_PROXY`, each in upper case or,
    /// if that is missing, in lower case. An empty variable counts as missing.
    ///
    /// A proxy is `[SCHEME://][USER[:PASSWORD]@]HOST[:PORT]`, percent-encoded, where the scheme is `http` (the
    /// default), `https`, `socks4`, `socks4a`, `socks5`, `socks5h` or `socks`, which means `socks5`. `NO_PROXY` is a list of
    /// domains (with their subdomains), addresses and networks (`10.0.0.0/8`), separated by commas or spaces; `*` means
    /// every server.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if a variable cannot be read.
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let first = |name: &str| -> Result<Option<String>, Error> {
            let upper = text(name, variable(name))?;
            Ok(upper.or(text(name, variable(&name.to_ascii_lowercase()))?))
        };
        let proxy = |name: &str| -> Result<Option<Proxy>, Error> {
            let parse = |value: String| Proxy::parse(&value).ok_or_else(|| unreadable(name));
            first(name)?.map(parse).transpose()
        };
        let (all, no) = (proxy("ALL_PROXY")?, first("NO_PROXY")?.unwrap_or_default());
        let entries = no.split([',', ' ', '\t']).filter(|entry| !entry.is_empty());
        Ok(Self {
            http: proxy("HTTP_PROXY")?.or_else(|| all.clone()),
            https: proxy("HTTPS_PROXY")?.or(all),
            exceptions: entries
                .map(Exception::parse)
                .collect::<Option<_>>()
                .ok_or_else(|| unreadable("NO_PROXY"))?,
        })
    }

    /// Uses one proxy for all servers but loopback, in the syntax of the variables.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if `proxy` cannot be read.
    pub fn all(proxy: &str) -> Result<Self, Error> {
        let unreadable = || Error::Config("the address of the proxy cannot be read".to_owned());
        let proxy = Some(Proxy::parse(proxy).ok_or_else(unreadable)?);
        Ok(Self { http: proxy.clone(), https: proxy, exceptions: Vec::new() })
    }

    /// Returns how to reach a server. Loopback (`localhost`, 127.0.0.0/8 and `::1`) is always reached directly.
    pub fn route(&self, server: &Uri) -> ProxyRoute<'_> {
        let is_https = server.scheme() == Some(&Scheme::HTTPS);
        match self.proxy_for(server, is_https) {
            None => ProxyRoute::Direct,
            Some(proxy) if !proxy.is_http() => ProxyRoute::Socks(proxy),
            Some(proxy) if is_https => ProxyRoute::Tunnel(proxy),
            Some(proxy) => ProxyRoute::Forward(proxy),
        }
    }

    fn proxy_for(&self, server: &Uri, is_https: bool) -> Option<&Proxy> {
        let host = Host::of(server)?;
        if host.is_loopback() || self.exceptions.iter().any(|exception| exception.covers(&host)) {
            return None;
        }
        if is_https { self.https.as_ref() } else { self.http.as_ref() }
    }
}

/// How to reach a server. There are no other cases: match it exhaustively.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyRoute<'a> {
    /// Connect to the server itself.
    Direct,
    /// Send the request to this HTTP proxy, with the whole URL in its first line and the proxy's
    /// [credentials](Proxy::basic_auth) in its head.
    Forward(&'a Proxy),
    /// Let this HTTP proxy connect to the server (`CONNECT`).
    Tunnel(&'a Proxy),
    /// Let this SOCKS proxy connect to the server.
    Socks(&'a Proxy),
}

impl<'a> ProxyRoute<'a> {
    /// Returns the proxy, if there is one.
    pub fn proxy(self) -> Option<&'a Proxy> {
        match self {
            Self::Direct => None,
            Self::Forward(proxy) | Self::Tunnel(proxy) | Self::Socks(proxy) => Some(proxy),
        }
    }
}

/// The value of a variable, if it has one.
fn text(name: &str, value: Option<OsString>) -> Result<Option<String>, Error> {
    let value = value.map(OsString::into_string).transpose().map_err(|_| unreadable(name))?;
    Ok(value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()))
}

fn unreadable(name: &str) -> Error {
    Error::Config(format!("the environment variable {name} cannot be read as a proxy setting"))
}

/// The address of a proxy, with its credentials, which `Debug` hides.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    uri: Uri,
    credentials: Option<(String, String)>,
}

impl Proxy {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let scheme = scheme.to_ascii_lowercase();
        let scheme = if scheme == "socks" { "socks5" } else { SCHEMES.into_iter().find(|&s| s == scheme)? };
        let rest = rest.split('/').next()?;
        let (user_info, address) =
            rest.rsplit_once('@').map_or((None, rest), |(user, host)| (Some(user), host));
        let authority: Authority = address.parse().ok()?;
        let has_port = !address.ends_with(authority.host());
        if authority.host().is_empty() || has_port && authority.port_u16().is_none() {
            return None;
        }
        let decoded = |text| percent_decode_str(text).decode_utf8().ok().map(String::from);
        let credentials = match user_info.map(|text| text.split_once(':').unwrap_or((text, ""))) {
            Some((user, password)) => Some((decoded(user)?, decoded(password)?)),
            None => None,
        };
        let mut parts = Parts::default();
        parts.scheme = Some(scheme.parse().ok()?);
        parts.authority = Some(authority);
        parts.path_and_query = Some(PathAndQuery::from_static("/"));
        Some(Self { uri: Uri::from_parts(parts).ok()?, credentials })
    }

    /// Returns the scheme (`http`, `https`, `socks4`, `socks4a`, `socks5` or `socks5h`), host and port, without the credentials.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Whether this is an HTTP proxy, with or without TLS, rather than a SOCKS proxy.
    fn is_http(&self) -> bool {
        matches!(self.uri.scheme_str(), Some("http" | "https"))
    }

    /// Returns the user name and password, decoded.
    pub fn credentials(&self) -> Option<(&str, &str)> {
        self.credentials.as_ref().map(|(user, password)| (user.as_str(), password.as_str()))
    }

    /// Returns the user name, the password, and both as they are sent. A transport adds them to the extensions of every response
    /// that came through this proxy, because the proxy may repeat them in a response of its own.
    pub fn secrets(&self) -> Secrets {
        let Some((user, password)) = self.credentials() else { return Secrets::default() };
        let both = format!("{user}:{password}");
        let encoded = BASE64_STANDARD.encode(&both);
        Secrets::new([user, password, &both, &encoded])
    }

    /// Returns the credentials as the value of a `Proxy-Authorization` header.
    pub fn basic_auth(&self) -> Option<HeaderValue> {
        let (user, password) = self.credentials()?;
        let encoded = BASE64_STANDARD.encode(format!("{user}:{password}"));
        let mut value = HeaderValue::try_from(format!("Basic {encoded}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("uri", &self.uri).finish_non_exhaustive()
    }
}

enum Host<'a> {
    Name(&'a str),
    Address(IpAddr),
}

impl<'a> Host<'a> {
    fn of(server: &'a Uri) -> Option<Self> {
        let host = server.host()?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        Some(
            bare.parse().map_or(Self::Name(host.trim_end_matches('.')), |ip: IpAddr| {
                Self::Address(ip.to_canonical())
            }),
        )
    }

    fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name.eq_ignore_ascii_case("localhost"),
            Self::Address(address) => address.is_loopback(),
        }
    }
}

/// One entry of `NO_PROXY`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Exception {
    Everything,
    Domain(String),
    Network(IpNet),
}

impl Exception {
    fn parse(entry: &str) -> Option<Self> {
        let bare = entry.trim_start_matches('[').trim_end_matches(']');
        if entry == "*" {
            Some(Self::Everything)
        } else if let Ok(address) = bare.parse::<IpAddr>() {
            Some(Self::Network(address.into()))
        } else if entry.contains('/') {
            entry.parse().ok().map(Self::Network)
        } else {
            let domain = entry.trim_start_matches("*.").trim_matches('.');
            (!domain.is_empty()).then(|| Self::Domain(domain.to_ascii_lowercase()))
        }
    }

    fn covers(&self, host: &Host<'_>) -> bool {
        match (self, host) {
            (Self::Everything, _) => true,
            (Self::Domain(domain), Host::Name(name)) => {
                let name = name.to_ascii_lowercase();
                name.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            (Self::Network(network), Host::Address(address)) => network.contains(address),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
