use std::io;
use std::net::{IpAddr, SocketAddr};

use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio::net::{TcpListener, TcpStream};

/// Refuses requests from pages of other sites. Browsers send the name of such a site in `Host`, if it resolves to this
/// server, or in `Origin`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    /// The address that the server listens on, which may represent several.
    listens: IpAddr,
    /// The address of this connection.
    here: SocketAddr,
}

impl Guard {
    pub(super) fn of(listener: &TcpListener, connection: &TcpStream) -> io::Result<Self> {
        Ok(Guard { listens: listener.local_addr()?.ip(), here: connection.local_addr()? })
    }

    /// Returns the status for a request that is not for this server, or comes from a page of another one.
    pub(super) fn refusal(&self, headers: &HeaderMap) -> Option<StatusCode> {
        let mut hosts = headers.get_all(HOST).iter().peekable();
        if hosts.peek().is_none() || !hosts.all(|host| self.is_here(host.as_bytes())) {
            return Some(StatusCode::MISDIRECTED_REQUEST);
        }
        let scheme = b"http://";
        let is_own = |origin: &HeaderValue| {
            origin.as_bytes().strip_prefix(scheme).is_some_and(|origin| self.is_here(origin))
        };
        (!headers.get_all(ORIGIN).iter().all(is_own)).then_some(StatusCode::FORBIDDEN)
    }

    fn is_here(&self, authority: &[u8]) -> bool {
        let Ok(authority) = Authority::try_from(authority) else { return false };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let is_name = host.eq_ignore_ascii_case("localhost");
        let is_address = host.parse().is_ok_and(|address: IpAddr| {
            let address = address.to_canonical();
            let own = [self.listens, self.here.ip()].map(|own| own.to_canonical());
            address.is_loopback() || own.contains(&address)
        });
        authority.port_u16().unwrap_or(80) == self.here.port() && (is_name || is_address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(listens: &str, here: &str, headers: &[(&'static str, &str)]) -> Option<u16> {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let guard = Guard { listens: listens.parse().unwrap(), here: here.parse().unwrap() };
        guard.refusal(&headers.collect()).map(|status| status.as_u16())
    }

    #[test]
    fn loopback_and_its_own_address_are_the_hosts_of_a_server() {
        let hosts = |listens, here, hosts: &[&str]| {
            hosts.iter().map(|host| refused(listens, here, &[("host", host)]).is_none()).collect::<Vec<_>>()
        };
        let good = [
            "localhost:81",
            "LocalHost:81",
            "127.0.0.1:81",
            "127.9.9.9:81",
            "[::1]:81",
            "[::ffff:127.0.0.1]:81",
        ];
        assert_eq!(hosts("127.0.0.1", "127.0.0.1:81", &good), [true; 6]);
        let bad = [
            "localhost",
            "localhost:82",
            "evil.example:81",
            "localhost.evil.example:81",
            "10.0.0.1:81",
            "0.0.0.0:81",
            "",
            "x:y",
        ];
        assert_eq!(hosts("127.0.0.1", "127.0.0.1:81", &bad), [false; 8]);
        assert_eq!(
            hosts("0.0.0.0", "10.0.0.1:81", &["10.0.0.1:81", "0.0.0.0:81", "10.0.0.2:81"]),
            [true, true, false]
        );
        assert_eq!(
            hosts("::", "[::ffff:10.0.0.1]:81", &["10.0.0.1:81", "[::]:81", "[::2]:81"]),
            [true, true, false]
        );
        assert_eq!(hosts("::1", "[::1]:80", &["localhost", "[::1]"]), [true, true]);
    }

    #[test]
    fn every_host_and_every_origin_counts() {
        let refused = |headers: &[_]| refused("127.0.0.1", "127.0.0.1:81", headers);
        let (host, evil) = (("host", "localhost:81"), ("host", "evil.example:81"));
        assert_eq!([&[][..], &[host, evil], &[evil, host]].map(refused), [Some(421); 3]);
        let origin = |origin| refused(&[host, ("origin", origin)]);
        assert_eq!(origin("http://127.0.0.1:81"), None);
        for other in ["http://localhost:82", "http://evil.example:81", "https://localhost:81", "null", ""] {
            assert_eq!(origin(other), Some(403), "{other}");
        }
    }
}
