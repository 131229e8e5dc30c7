use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::vec::IntoIter;

use http::Uri;
use seatable_io_driver::only_loopback;
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How many addresses of one name are tried.
const MOST: usize = 16;

type Addresses = io::Result<IntoIter<SocketAddr>>;

/// Uses the resolver of the system in a thread of its own, so that a lookup can time out. If no thread can be created, it uses
/// the calling thread, and the lookup takes as long as the system allows.
#[derive(Debug)]
pub(crate) struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(Error::BadUri("no host".to_owned()));
        };
        let address = DefaultResolver::host_and_port(scheme, authority).ok_or(Error::HostNotFound)?;
        let spawn = |look_up| thread::Builder::new().name("look-up".to_owned()).spawn(look_up).map(drop);
        let found = look_up(&address, timeout, spawn)?;
        usable(authority.host(), config.ip_family().keep_wanted(found))
    }
}

/// The addresses that may be connected to.
fn usable(host: &str, found: impl Iterator<Item = SocketAddr>) -> Result<ResolvedSocketAddrs, Error> {
    let mut usable = SystemResolver.empty();
    only_loopback(host, found)?.into_iter().take(MOST).for_each(|address| usable.push(address));
    if usable.is_empty() { Err(Error::HostNotFound) } else { Ok(usable) }
}

fn look_up(
    address: &str,
    timeout: NextTimeout,
    spawn: impl FnOnce(Box<dyn FnOnce() + Send>) -> io::Result<()>,
) -> Result<IntoIter<SocketAddr>, Error> {
    let (sender, receiver) = mpsc::sync_channel::<Addresses>(1);
    let name = address.to_owned();
    let spawned = spawn(Box::new(move || drop(sender.send(name.to_socket_addrs()))));
    if spawned.is_err() {
        return address.to_socket_addrs().map_err(|_| Error::HostNotFound);
    }
    match receiver.recv_timeout(*timeout.after) {
        Ok(Ok(addresses)) => Ok(addresses),
        Err(RecvTimeoutError::Timeout) => Err(Error::Timeout(timeout.reason)),
        Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(Error::HostNotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use seatable_io_driver::task::Failure;
    use ureq::config::IpFamily;

    use crate::error::transport_error;

    fn timeout(after: Duration) -> NextTimeout {
        NextTimeout { after: after.into(), reason: ureq::Timeout::Resolve, ..NextTimeout::default() }
    }

    #[test]
    fn a_name_is_looked_up_where_no_thread_can_be_created() {
        let no_thread = |_| Err(io::ErrorKind::WouldBlock.into());
        let found = look_up("localhost:7", timeout(Duration::from_secs(10)), no_thread).unwrap();
        assert!(found.into_iter().all(|address| address.ip().is_loopback() && address.port() == 7));
    }

    #[test]
    fn localhost_is_connected_to_at_loopback_or_not_at_all() {
        let [elsewhere, loopback] = ["203.0.113.5:7", "[::1]:7"].map(|address| address.parse().unwrap());
        let found: Vec<_> = usable("localhost", [elsewhere, loopback].into_iter()).unwrap().to_vec();
        assert_eq!(found, [loopback]);
        assert_eq!(usable("a.example", [elsewhere, loopback].into_iter()).unwrap().len(), 2);
        let error = usable("localhost", [elsewhere].into_iter()).unwrap_err();
        let error = transport_error(&error, false);
        assert_eq!(error.failure(), Failure::NotSent);
        assert_eq!(error.to_string(), "localhost is 203.0.113.5 here, not this computer");
    }

    #[test]
    fn only_addresses_of_the_configured_family_are_used() {
        let loopback: Uri = "http://127.0.0.1:7/".parse().unwrap();
        let found = |family| {
            let config = ureq::Agent::config_builder().ip_family(family).build();
            SystemResolver.resolve(&loopback, &config, timeout(Duration::from_secs(10)))
        };
        assert_eq!(found(IpFamily::Ipv4Only).unwrap().len(), 1);
        assert!(matches!(found(IpFamily::Ipv6Only), Err(Error::HostNotFound)));
    }

    #[test]
    fn a_look_up_that_takes_too_long_is_timed_out() {
        let (sender, kept) = mpsc::channel();
        let never_run = |look_up| sender.send(look_up).map_err(|_| io::ErrorKind::Other.into());
        let error = look_up("localhost:7", timeout(Duration::from_millis(1)), never_run).unwrap_err();
        assert!(matches!(error, Error::Timeout(ureq::Timeout::Resolve)));
        drop(kept);
    }
}
