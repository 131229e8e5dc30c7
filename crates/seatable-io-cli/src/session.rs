//! The server and the client of a command, and how an operation runs.

use std::cell::RefCell;
use std::fs::File;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use seatable_io_ureq::kind::{self, Kind};
use seatable_io_ureq::proto::{
    BaseName, BaseUuid, FileName, InputError, ListedBase, Listing, Password, Server,
};
use seatable_io_ureq::task::{Hint, OperationError, Policy, Scope};
use seatable_io_ureq::{Client, Config, Connector, Proxies, Roots, Run, Source, Stop, StopSignal};

use crate::advice::Advice;
use crate::failure::Failure;
use crate::files::read_limited;
use crate::global::Global;
use crate::report::Details;
use crate::ui::{Screen, State, Watch, now};
use crate::{environment, secret, stop};

/// How long a command may take to end after a signal or a timeout.
const END: Duration = Duration::from_secs(10);

/// The part of it that is kept for the listing after an import.
const LISTING: Duration = Duration::from_secs(3);

/// The longest `--ca-file` in bytes.
const CA_FILE: u64 = 16 * 1024 * 1024;

pub(crate) struct Session {
    pub(crate) server: Server,
    pub(crate) screen: Screen,
    pub(crate) stop: Stop,
    pub(crate) client: Client,
    /// A task that is still running at the timeout is cancelled on the server.
    pub(crate) policy: Policy,
    pub(crate) advice: Advice,
}

impl Session {
    /// Reads the server and the token; sends nothing yet.
    pub(crate) fn open(global: &Global) -> Result<Session, Failure> {
        let server = server(global)?;
        let screen = Screen::new(global);
        screen.detail(&format!("server {}", server.url()));
        let stop = stop::on_first_signal(&screen)?;
        let mut policy = Policy::default().timeout(global.timeout).cancel_on_timeout().cancel_timeout(END);
        policy.max_size = global.max_size;
        Ok(Session {
            server,
            screen,
            stop,
            client: Client::with_transport(connector(global)?),
            policy,
            advice: Advice::new(global),
        })
    }

    /// Returns an import, which leaves time to look for the base if the outcome is unknown.
    pub(crate) fn import<'a>(
        &'a self,
        workspace: u64,
        name: &FileName,
        len: u64,
        source: impl Source + 'a,
    ) -> Run<'a, Client, kind::Import> {
        let policy = self.policy.clone().cancel_timeout(END.saturating_sub(LISTING));
        self.client.import(&self.server, workspace, name.as_str()).source(len, source).policy(policy)
    }

    pub(crate) fn export(
        &self,
        workspace: u64,
        base: &BaseName,
        password: Option<&Password>,
        no_assets: bool,
    ) -> Run<'_, Client, kind::Export> {
        let export = self.client.export(&self.server, workspace, base.as_str()).policy(self.policy.clone());
        let export = if no_assets { export.without_assets() } else { export };
        match password {
            Some(password) => export.password(password.clone()),
            None => export,
        }
    }

    /// Returns the export of any base of the server.
    pub(crate) fn export_by_uuid(
        &self,
        uuid: &BaseUuid,
        no_assets: bool,
    ) -> Run<'_, Client, kind::ExportByUuid> {
        let export = self.client.export_by_uuid(&self.server, uuid.clone()).policy(self.policy.clone());
        if no_assets { export.without_assets() } else { export }
    }

    /// Returns a signal that ends work on this machine: after the first signal of the system, or at the timeout of one input.
    pub(crate) fn signal(&self) -> StopSignal {
        stop::signal(&self.stop, self.policy.timeout)
    }

    /// Runs an operation to its end, and records the task that the server has started.
    pub(crate) fn run<'a, K: Kind>(
        &'a self,
        label: &'a str,
        run: Run<'a, Client, K>,
        details: &mut Details,
    ) -> Result<K::Output, Failure> {
        let watch = Rc::new(RefCell::new(Watch::new(&self.screen, &self.server, label)));
        let watched = Rc::clone(&watch);
        let end = run.until(self.stop.clone()).watch(move |event| watched.borrow_mut().see(&event)).run();
        if let Some(resume) = &watch.borrow().accepted {
            details.accepted(resume);
        }
        end.map_err(|error| self.advised(Failure::from(error), OperationError::hint))
    }

    /// Adds a hint that depends on the listing of the base.
    pub(crate) fn advise(&self, failure: Failure, listed: &ListedBase) -> Failure {
        self.advised(failure, |error| error.hint_for(listed))
    }

    fn advised(&self, failure: Failure, hint: impl Fn(&OperationError) -> Option<Hint>) -> Failure {
        let Some(error) = failure.to_advise() else { return failure };
        let hint = hint(error).map(|hint| self.advice.words(hint));
        let commands = failure.running().map(|resume| self.advice.commands(resume, None));
        Failure { hint, commands: commands.unwrap_or_default(), ..failure }
    }

    /// Returns the deadline of the command, after a signal or the timeout of an input that began at this time.
    pub(crate) fn until(&self, began: Instant) -> Option<Instant> {
        let over = began.checked_add(self.policy.timeout).filter(|over| *over <= Instant::now());
        Some(over.into_iter().chain(stop::since()).min()? + END)
    }

    /// Waits for the server as long as the deadline leaves time for a listing.
    pub(crate) fn linger(&self, label: &str, until: Instant) {
        const WORDS: &str = "looking for the base";
        let left = until.saturating_duration_since(Instant::now() + LISTING);
        let bar = self.screen.busy(label, WORDS, State::Until(" in ", now() + left));
        if bar.is_hidden() {
            let seconds = left.as_secs();
            self.screen.say(&format!("{label}: the server may still be importing; {WORDS} in {seconds} s"));
        }
        thread::sleep(left);
    }

    /// Lists the account, or the whole server.
    pub(crate) fn list(&self, scope: Scope) -> Result<Listing, Failure> {
        let list = self.client.list(&self.server, scope).policy(self.policy.clone());
        self.run("the listing", list, &mut Details::default())
    }

    /// Lists the account once, even after a signal; returns `None` if that fails.
    pub(crate) fn look_around(&self, until: Option<Instant>) -> Option<Listing> {
        let timeout = until.map_or(END, |until| until.saturating_duration_since(Instant::now()));
        let policy = Policy::default().retries(0).timeout(timeout);
        self.client.list(&self.server, Scope::WithShared).policy(policy).run().ok()
    }
}

/// The token is read only if a server is named.
fn server(global: &Global) -> Result<Server, Failure> {
    let variable = if global.server.is_none() { environment::text(environment::SERVER)? } else { None };
    let Some(url) = global.server.as_ref().or(variable.as_ref()) else {
        let failure = Failure::usage("no server is named");
        return Err(failure.hint("add --server https://cloud.seatable.io, or set SEATABLE_SERVER"));
    };
    let token = secret::token(global)?;
    let allow_http = allows_http(global)?;
    let server = match Server::new(url, token.clone()) {
        Err(InputError::UrlInsecure) if allow_http => Server::new_insecure(url, token),
        server => server,
    };
    server.map_err(|error| match variable {
        Some(_) => Failure::from(error).about(environment::SERVER),
        None => error.into(),
    })
}

/// Returns whether plain http to other machines is allowed.
pub(crate) fn allows_http(global: &Global) -> Result<bool, Failure> {
    Ok(global.allow_http || environment::is_on(environment::ALLOW_HTTP)?)
}

/// Returns the connections of this command, with its certificate authorities and proxies.
pub(crate) fn connector(global: &Global) -> Result<Connector, Failure> {
    Proxies::default().rules().map_err(|error| Failure::usage(error.to_string()))?;
    let variable = || Some((environment::path(environment::CA_FILE)?, true));
    let Some((file, is_variable)) = global.ca_file.clone().map(|file| (file, false)).or_else(variable) else {
        return Connector::try_from(Config::default()).map_err(|error| Failure::io(error.to_string()));
    };
    let named = |failure: Failure| if is_variable { failure.about(environment::CA_FILE) } else { failure };
    let pem = File::open(&file)
        .and_then(|file| read_limited(file, CA_FILE))
        .map_err(|error| named(Failure::cannot("read", file.display())(error)))?;
    Connector::try_from(Config::default().roots(Roots::Pem(pem)))
        .map_err(|error| named(Failure::io(format!("cannot use {}: {error}", file.display()))))
}
