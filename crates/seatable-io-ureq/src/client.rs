use std::io;
use std::path::Path;
use std::time::Duration;

use seatable_io_driver::blocking::{Files, Transport, run};
use seatable_io_driver::{
    ANSWER_LIMIT, CALL_LIMIT, ProxyRules, exported, imported, start_export, start_import,
};
use seatable_io_proto::{BaseName, Endpoint, Server};
use seatable_io_task::{Exported, Imported, Outcome, Policy, Task};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::transport::Ureq;
use crate::{Error, Event, Proxies, Roots};

/// Large buffers: a download gains a third from them.
const BUFFER: usize = 1024 * 1024;

/// How to reach a server.
///
/// ```
/// use std::time::Duration;
/// use seatable_io_ureq::{Config, Proxies, Roots};
///
/// let config = Config::default();
/// assert_eq!(config.roots, Roots::Bundled);
/// assert_eq!(config.connect, Duration::from_secs(10));
/// assert_eq!(config.proxies, Proxies::FromEnvironment);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Whose certificates are trusted (the bundled authorities).
    pub roots: Roots,
    /// Longest wait for a connection, proxy and TLS included, and for a look-up of the name (10 s each). A look-up is
    /// bounded by the system alone if no thread can be created for it.
    pub connect: Duration,
    /// Which proxies servers are reached through (those that the environment names). Loopback never has one.
    pub proxies: Proxies,
}

impl Default for Config {
    fn default() -> Self {
        Self { roots: Roots::default(), connect: Duration::from_secs(10), proxies: Proxies::default() }
    }
}

/// A blocking client. Clones are cheap.
///
/// It holds no connection: each run has its own, which it keeps alive between its requests.
#[derive(Clone, Debug)]
pub struct Client {
    agent: ureq::config::Config,
    proxies: ProxyRules,
}

impl Client {
    /// [`Error::Config`] if [`Roots::Pem`] holds no certificate or one that cannot be read, or if the environment names
    /// a proxy in a way that cannot be read.
    pub fn new(config: Config) -> Result<Self, Error> {
        let Config { roots, connect, proxies } = config;
        let tls = TlsConfig::builder().root_certs(root_certs(&roots)?).build();
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .tls_config(tls)
            .timeout_connect(Some(connect))
            .timeout_resolve(Some(connect))
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .build();
        Ok(Self { agent, proxies: proxies.rules()? })
    }

    /// Runs a task to its end. `watch` is told what happens; `&mut |_| ()` ignores it.
    ///
    /// [`Error::Task`] if the task did not succeed; [`Error::Source`] and [`Error::Sink`] if a file on this side was the
    /// reason.
    pub fn run(&self, task: Task, files: Files<'_>, watch: &mut dyn FnMut(Event)) -> Result<Outcome, Error> {
        run(&mut self.transport(), task, files, watch)
    }

    /// Makes one call, once, that sends no file and is answered with JSON.
    ///
    /// [`Error::Reply`] if the answer is not the reply, [`Error::Transport`] if there is none, [`Error::Source`] if the
    /// call sends a file.
    pub fn call<E: Endpoint>(&self, endpoint: &E, server: &Server) -> Result<E::Reply, Error> {
        let request = endpoint.request(server);
        if !request.body().is_empty() {
            return Err(Error::Source(
                io::Error::new(io::ErrorKind::InvalidInput, "a single call sends none"),
                None,
            ));
        }
        let (mut transport, silence) = (self.transport(), Policy::default().silence);
        let answer = transport.send(request.clone().map(|_| None), CALL_LIMIT, silence)?;
        let (head, mut answer) = answer.into_parts();
        let (mut body, mut len) = (vec![0; ANSWER_LIMIT], 0);
        while len < ANSWER_LIMIT
            && let count @ 1.. = transport.read(&mut answer, &mut body[len..])?
        {
            len += count;
        }
        E::reply(&head, &body[..len]).map_err(|error| Error::Reply(error.without_secrets(&request)))
    }

    /// Imports a file as a new base with the name of the file.
    ///
    /// Check a `.dtable` file first: the server creates the base before it looks at the file.
    pub fn import(
        &self,
        server: &Server,
        workspace: u64,
        path: &Path,
        policy: Policy,
    ) -> Result<Imported, Error> {
        let (task, mut source) = start_import(server, workspace, path, policy)?;
        imported(self.run(task, Files::none().upload(&mut source), &mut |_| ())?)
    }

    /// Exports a base to a new file at `path`.
    pub fn export(
        &self,
        server: &Server,
        workspace: u64,
        base: BaseName,
        path: &Path,
        policy: Policy,
    ) -> Result<Exported, Error> {
        let (task, mut sink) = start_export(server, workspace, base, path, policy)?;
        exported(self.run(task, Files::none().save_to(&mut sink), &mut |_| ())?)
    }

    fn transport(&self) -> Ureq {
        Ureq::new(self.agent.clone(), self.proxies.clone())
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
