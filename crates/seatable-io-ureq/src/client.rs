use std::ffi::OsStr;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::RootCertStore;
use seatable_io_proto::{BaseName, Endpoint, FileName, Format, Server};
use seatable_io_task::{Export, Exported, Import, Imported, Outcome, Policy, Task};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy};

use crate::line::{IDLE, Limits, Line};
use crate::run::{Run, collect};
use crate::{Error, Event, FileSink, FileSource, Files};

/// Large buffers: a download gains a third from them.
const BUFFER: usize = 1024 * 1024;

/// How much of an answer [`Client::call`] reads, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// How to reach a server.
///
/// ```
/// use std::time::Duration;
/// use seatable_io_ureq::{Config, Roots};
///
/// let config = Config::default();
/// assert_eq!(config.roots, Roots::Bundled);
/// assert_eq!(config.silence, Duration::from_secs(60));
/// assert_eq!(config.connect, Duration::from_secs(10));
/// assert!(config.proxy_from_env);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Whose certificates are trusted (the bundled authorities).
    pub roots: Roots,
    /// Longest silence in either direction (60 s). While a server works on an upload or a synchronous export,
    /// three minutes at least.
    pub silence: Duration,
    /// Longest wait for a connection, proxy and TLS included, and for a look-up of the name (10 s each).
    pub connect: Duration,
    /// Goes through the proxy that the first of `ALL_PROXY`, `HTTPS_PROXY` and `HTTP_PROXY` names (true), except to
    /// the hosts in `NO_PROXY`: `http`, `https` with `CONNECT`, and `socks`.
    pub proxy_from_env: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            roots: Roots::default(),
            silence: Duration::from_secs(60),
            connect: Duration::from_secs(10),
            proxy_from_env: true,
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
    /// Those in this PEM text, and no others; as `curl --cacert`. A server's self-signed certificate will do, unless
    /// it says that it is an authority's (`CA:TRUE`, as `openssl req -x509` makes them): nothing can be both here.
    Pem(Vec<u8>),
}

/// A blocking client. Clones are cheap and share their configuration.
///
/// It holds no connection: each run has its own, and keeps it alive between its requests.
#[derive(Clone, Debug)]
pub struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    config: Config,
    agent: ureq::config::Config,
}

impl Client {
    /// [`Error::Config`] where [`Roots::Pem`] holds no certificate, or one that cannot be read.
    pub fn new(config: Config) -> Result<Self, Error> {
        let tls = TlsConfig::builder().root_certs(root_certs(&config.roots)?).build();
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(if config.proxy_from_env { Proxy::try_from_env() } else { None })
            .tls_config(tls)
            .timeout_connect(Some(config.connect))
            .timeout_resolve(Some(config.connect))
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .build();
        Ok(Self(Arc::new(Shared { config, agent })))
    }

    /// Steps a task to its end. `watch` hears what happens; `|_| ()` where nobody listens.
    ///
    /// [`Error::Task`] where the task did not end well; [`Error::Source`] and [`Error::Sink`] where a file here did
    /// not: the task is left as it is then, without another word to the server.
    pub fn run(
        &self,
        task: Task,
        files: Files<'_>,
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<Outcome, Error> {
        Run::new(self, task, files, watch).drive()
    }

    /// Makes one call, once, that sends no file and is answered with JSON.
    ///
    /// [`Error::Reply`] for an answer that is no good, [`Error::Transport`] for none.
    pub fn call<E: Endpoint>(&self, endpoint: &E, server: &Server) -> Result<E::Reply, Error> {
        let line = self.line();
        let limits = Limits { deadline: None, silence: self.config().silence, idle: IDLE };
        let failed = |error| Error::Transport(line.explain(&error));
        let request = endpoint.request(server);
        if !request.body().is_empty() {
            return Err(Error::Source(io::Error::new(io::ErrorKind::InvalidInput, "a call sends none")));
        }
        let request = request.map(|_| ());
        let (head, body) = line.send(request.clone(), limits).map_err(failed)?.into_parts();
        let body = collect(body, ANSWER_LIMIT).map_err(failed)?;
        E::reply(&head, &body).map_err(|error| Error::Reply(error.without_secrets(&request)))
    }

    /// Imports a file as a new base named as the file is. A `seed` of 0 in the policy is replaced by a random one.
    ///
    /// Check a `.dtable` file before: the server makes the base before it looks at the file.
    pub fn import(
        &self,
        server: &Server,
        workspace: u64,
        path: &Path,
        policy: Policy,
    ) -> Result<Imported, Error> {
        let mut source = FileSource::new(path).map_err(Error::Source)?;
        let import = Import::new(workspace, file_name(path)?, source.len())?;
        let task = Task::import(server.clone(), import, seeded(policy), Instant::now());
        match self.run(task, Files::none().upload(&mut source), &mut |_| ())? {
            Outcome::Imported(imported) => Ok(imported),
            _ => Err(mismatch()),
        }
    }

    /// Exports a base to a new file at `path`. A `seed` of 0 in the policy is replaced by a random one.
    pub fn export(
        &self,
        server: &Server,
        workspace: u64,
        base: BaseName,
        path: &Path,
        policy: Policy,
    ) -> Result<Exported, Error> {
        let mut sink = FileSink::new(path, false).map_err(Error::Sink)?;
        let task = Task::export(server.clone(), Export::new(workspace, base), seeded(policy), Instant::now());
        match self.run(task, Files::none().save_to(&mut sink), &mut |_| ())? {
            Outcome::Exported(exported) => Ok(exported),
            _ => Err(mismatch()),
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn line(&self) -> Line {
        Line::new(self.0.agent.clone())
    }
}

fn root_certs(roots: &Roots) -> Result<RootCerts, Error> {
    match roots {
        Roots::Bundled => Ok(RootCerts::WebPki),
        #[cfg(feature = "platform-verifier")]
        Roots::Platform => Ok(RootCerts::PlatformVerifier),
        Roots::Pem(pem) => {
            let certificates = parse_pem(pem).filter_map(certificate).collect::<Result<Vec<_>, _>>()?;
            if certificates.is_empty() {
                return Err(Error::Config("there is no certificate in the PEM text".to_owned()));
            }
            Ok(RootCerts::new_with_certs(&certificates))
        }
    }
}

/// A certificate that can be an authority's; other things that a PEM text holds are passed over.
fn certificate(item: Result<PemItem<'static>, ureq::Error>) -> Option<Result<Certificate<'static>, Error>> {
    let certificate = match item {
        Ok(PemItem::Certificate(certificate)) => certificate,
        Ok(_) => return None,
        Err(_) => return Some(Err(Error::Config("the PEM text cannot be read".to_owned()))),
    };
    let usable = RootCertStore::empty().add(certificate.der().into());
    let unusable = |error| Error::Config(format!("a certificate cannot be used: {error}"));
    Some(usable.map(|()| certificate).map_err(unusable))
}

/// Names the base as the file is named.
fn file_name(path: &Path) -> Result<FileName, Error> {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let unknown =
        || Error::Config("the file's name ends neither in .dtable nor in .csv nor in .xlsx".to_owned());
    let format = Format::from_file_name(name).ok_or_else(unknown)?;
    let base = name.rsplit_once('.').map_or(name, |(base, _)| base);
    Ok(FileName::new(base, format)?)
}

fn seeded(policy: Policy) -> Policy {
    let seed = if policy.seed == 0 { RandomState::new().hash_one(()) } else { policy.seed };
    Policy { seed, ..policy }
}

fn mismatch() -> Error {
    Error::Config("the task came to the end of another kind of task".to_owned())
}
