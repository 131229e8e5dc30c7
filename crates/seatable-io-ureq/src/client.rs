use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use seatable_io_driver::{exported, imported, start_export, start_import};
use seatable_io_proto::{BaseName, Endpoint, Server};
use seatable_io_task::{Exported, Imported, Outcome, Policy, Task};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Proxy};

use crate::drive::{Drive, collect};
use crate::line::{IDLE, Limits, Line};
use crate::{Error, Event, Files, Roots};

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
        Drive::new(self, task, files, watch).drive()
    }

    /// Makes one call, once, that sends no file and is answered with JSON.
    ///
    /// [`Error::Reply`] for an answer that is no good, [`Error::Transport`] for none.
    pub fn call<E: Endpoint>(&self, endpoint: &E, server: &Server) -> Result<E::Reply, Error> {
        let line = self.line();
        let limits = Limits { deadline: None, silence: self.config().silence, idle: IDLE };
        let failed = |error| line.explain(&error);
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
        let (task, mut source) = start_import(server, workspace, path, policy, Instant::now())?;
        imported(self.run(task, Files::none().upload(&mut source), &mut |_| ())?)
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
        let (task, mut sink) = start_export(server, workspace, base, path, policy, Instant::now())?;
        exported(self.run(task, Files::none().save_to(&mut sink), &mut |_| ())?)
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
            let certificates = Roots::certificates(pem)?;
            let certificates: Vec<_> =
                certificates.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
            Ok(RootCerts::new_with_certs(&certificates))
        }
        _ => Err(Error::Config("this was built without the feature `platform-verifier`".to_owned())),
    }
}
