use std::io;
use std::net::{IpAddr, SocketAddr};

/// The name `localhost` was looked up, and is not this computer.
#[derive(Debug, thiserror::Error)]
#[error("localhost is {0} here, not this computer")]
pub(crate) struct NotThisComputer(IpAddr);

/// Returns the addresses of a host name that may be connected to: all of them, or for `localhost` only loopback
/// ([RFC 6761](https://www.rfc-editor.org/rfc/rfc6761#section-6.3), section 6.3).
///
/// Plain http to `localhost` is allowed because a token does not leave this computer, but a file such as `/etc/hosts` or a
/// resolver can map the name elsewhere. Every transport that looks up names needs this.
///
/// # Errors
///
/// No address is left. [`TransportError::explain`](crate::TransportError::explain) names the first one.
///
/// ```
/// use seatable_io_driver::only_loopback;
///
/// let found = ["203.0.113.5:80".parse()?, "[::1]:80".parse()?];
/// assert_eq!(only_loopback("localhost", found)?, [found[1]]);
/// assert_eq!(only_loopback("seatable.example", found)?, found);
///
/// let error = only_loopback("localhost", [found[0]]).unwrap_err();
/// assert_eq!(error.to_string(), "localhost is 203.0.113.5 here, not this computer");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn only_loopback(
    host: &str,
    addresses: impl IntoIterator<Item = SocketAddr>,
) -> io::Result<Vec<SocketAddr>> {
    let mut addresses: Vec<_> = addresses.into_iter().collect();
    if !host.trim_end_matches('.').eq_ignore_ascii_case("localhost") {
        return Ok(addresses);
    }
    let first = addresses.first().copied();
    addresses.retain(|address| address.ip().to_canonical().is_loopback());
    match first {
        Some(other) if addresses.is_empty() => Err(io::Error::other(NotThisComputer(other.ip()))),
        _ => Ok(addresses),
    }
}

#[cfg(test)]
mod tests {
    use seatable_io_task::Failure;

    use super::*;
    use crate::TransportError;

    fn left(host: &str, found: &[&str]) -> Option<Vec<String>> {
        let found = found.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 7));
        let left = only_loopback(host, found).ok()?;
        Some(left.iter().map(|address| address.ip().to_string()).collect())
    }

    #[test]
    fn localhost_has_the_addresses_of_loopback_only_in_their_order() {
        let found = ["192.0.2.1", "::1", "0.0.0.0", "127.0.0.1", "::", "::ffff:127.8.9.1", "::ffff:10.0.0.1"];
        for host in ["localhost", "LocalHost", "localhost."] {
            assert_eq!(left(host, &found).unwrap(), ["::1", "127.0.0.1", "::ffff:127.8.9.1"], "{host}");
            assert_eq!(left(host, &["192.0.2.1"]), None, "{host}");
        }
        assert_eq!(left("localhost", &[]), Some(Vec::new()));
    }

    #[test]
    fn other_names_have_all_of_their_addresses() {
        for host in ["localhost.example", "notlocalhost", "seatable.lan", "127.example", "a.localhost"] {
            assert_eq!(left(host, &["192.0.2.1", "::1"]).unwrap(), ["192.0.2.1", "::1"], "{host}");
        }
    }

    #[test]
    fn a_localhost_that_is_elsewhere_is_explained() {
        let error = only_loopback("localhost", ["[2001:db8::1]:80".parse().unwrap()]).unwrap_err();
        let explained = TransportError::explain(Failure::NotSent, &error, "-");
        assert_eq!(explained.to_string(), "localhost is 2001:db8::1 here, not this computer");
    }
}
