use std::time::Duration;

/// How to reach a server.
///
/// ```
/// use std::time::Duration;
/// use seatable_io_hyper::{Config, Roots};
///
/// let config = Config::default();
/// assert_eq!(config.roots, Roots::Bundled);
/// assert_eq!(config.silence, Duration::from_secs(60));
/// assert_eq!(config.connect, Duration::from_secs(10));
/// assert_eq!(config.connections, 64);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Whose certificates are trusted (the bundled authorities).
    pub roots: Roots,
    /// Longest silence in either direction (60 s). While a server works on an upload that it has whole, or on a
    /// synchronous export, three minutes at least.
    pub silence: Duration,
    /// Longest wait for a connection, name look-up and TLS included (10 s).
    pub connect: Duration,
    /// Requests in flight at a time (64); the others wait for their turn, and time does not count as silence
    /// then. No more than so many idle connections are kept for one server.
    pub connections: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            roots: Roots::default(),
            silence: Duration::from_secs(60),
            connect: Duration::from_secs(10),
            connections: 64,
        }
    }
}

/// Whose certificates are trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Roots {
    /// The authorities that Mozilla trusts, as they were when this was built.
    #[default]
    Bundled,
    /// Those that the operating system trusts.
    #[cfg(feature = "platform-verifier")]
    Platform,
    /// Those in this PEM text, and no others; as `curl --cacert`.
    Pem(Vec<u8>),
}
