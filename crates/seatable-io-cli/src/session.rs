//! What all commands that talk to a server share: the server, the client, and how a task is brought to its end.

use std::cell::RefCell;
use std::env;
use std::fs::File;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use seatable_io_ureq::kind::{self, Kind};
use seatable_io_ureq::proto::{BaseName, FileName, InputError, ListedBase, Listing, Password, Server};
use seatable_io_ureq::task::{Hint, OperationError, Policy, Resume, Shared};
use seatable_io_ureq::{Client, Config, Proxies, Roots, Run, Source, Stop, StopSignal};

use crate::advice::Advice;
use crate::cli::Global;
use crate::failure::Failure;
use crate::ui::bars::now;
use crate::ui::layout::Clock;
use crate::ui::screen::Screen;
use crate::ui::watch::Watch;
use crate::{secret, small, stop};

/// How long it may take to end after a signal, or after the time of an input is over.
const END: Duration = Duration::from_secs(10);

/// How much of that is kept for the listing, after an import.
const LISTING: Duration = Duration::from_secs(3);

/// The longest `--ca-file` in bytes.
const CA_FILE: u64 = 16 * 1024 * 1024;

pub(crate) struct Session {
    pub(crate) server: Server,
    pub(crate) screen: Screen,
    pub(crate) stop: Stop,
    pub(crate) client: Client,
    timeout: Duration,
    max_size: Option<u64>,
    pub(crate) advice: Advice,
}

/// How a task ended, and what was known of it before.
pub(crate) struct Ended<T> {
    pub(crate) accepted: Option<Resume>,
    pub(crate) end: Result<T, Failure>,
    /// When all must be over, after a signal or if its time is over.
    pub(crate) until: Option<Instant>,
}

impl Session {
    /// Reads what is needed to talk to the server; says nothing to it yet.
    pub(crate) fn open(global: &Global) -> Result<Session, Failure> {
        let server = server(global)?;
        let screen = Screen::new(global);
        screen.detail(&format!("server {}", server.url()));
        let stop = stop::on_first_signal(screen.leave())?;
        Ok(Session {
            server,
            screen,
            stop,
            client: client(global)?,
            timeout: global.timeout,
            max_size: global.max_size,
            advice: Advice::new(global),
        })
    }

    /// A task that is still running when the time for one input is over is cancelled on the server.
    pub(crate) fn policy(&self) -> Policy {
        let mut policy = Policy::default().timeout(self.timeout).cancel_on_timeout().cancel_timeout(END);
        policy.max_size = self.max_size;
        policy
    }

    /// An import. If its outcome is unknown, there is time left to look for the base.
    pub(crate) fn import<'a>(
        &'a self,
        workspace: u64,
        name: &FileName,
        len: u64,
        source: impl Source + 'a,
    ) -> Run<'a, Client, kind::Import> {
        let policy = self.policy().cancel_timeout(END.saturating_sub(LISTING));
        self.client.import(&self.server, workspace, name.as_str()).source(len, source).policy(policy)
    }

    pub(crate) fn export(
        &self,
        workspace: u64,
        base: &BaseName,
        password: Option<&Password>,
        no_assets: bool,
    ) -> Run<'_, Client, kind::Export> {
        let export = self.client.export(&self.server, workspace, base.as_str()).policy(self.policy());
        let export = if no_assets { export.without_assets() } else { export };
        match password {
            Some(password) => export.password(password.clone()),
            None => export,
        }
    }

    /// Ends what takes time here: with the first signal, or when the time for one input is over from now on.
    pub(crate) fn signal(&self) -> StopSignal {
        stop::signal(&self.stop, self.timeout)
    }

    /// Nothing is started after a signal.
    pub(crate) fn go_on(&self) -> Result<(), Failure> {
        stop::go_on(&self.stop)
    }

    /// Runs a task to its end.
    pub(crate) fn run<'a, K: Kind>(&'a self, label: &'a str, run: Run<'a, Client, K>) -> Ended<K::Output> {
        let began = Instant::now();
        let watch = Rc::new(RefCell::new(Watch::new(&self.screen, &self.server, label)));
        let watched = Rc::clone(&watch);
        let end = run.until(self.stop.clone()).watch(move |event| watched.borrow_mut().see(&event)).run();
        let end = end.map_err(|error| self.advised(Failure::from(&error), OperationError::hint));
        Ended { accepted: watch.borrow_mut().accepted.take(), end, until: self.until(began) }
    }

    /// The failure with what to do about it, considering what a listing says about the base.
    pub(crate) fn advise(&self, failure: Failure, listed: &ListedBase) -> Failure {
        self.advised(failure, |error| error.hint_for(listed))
    }

    fn advised(&self, failure: Failure, hint: impl Fn(&OperationError) -> Option<Hint>) -> Failure {
        match &failure.task {
            Some(error) => Failure { hint: hint(error).map(|hint| self.advice.words(hint)), ..failure },
            None => failure,
        }
    }

    fn until(&self, began: Instant) -> Option<Instant> {
        let over = began.checked_add(self.timeout).filter(|over| *over <= Instant::now());
        Some(over.into_iter().chain(stop::since()).min()? + END)
    }

    /// Waits while the server goes on, as long as there is time for a listing after it.
    pub(crate) fn linger(&self, label: &str, until: Instant) {
        const WORDS: &str = "looking for the base";
        let left = until.saturating_duration_since(Instant::now() + LISTING);
        let bar = self.screen.busy(label, WORDS, Clock::Until(" in ", now() + left));
        if bar.is_none() {
            let seconds = left.as_secs();
            self.screen.say(&format!("{label}: the server may still be importing; {WORDS} in {seconds} s"));
        }
        thread::sleep(left);
    }

    /// What the account has.
    pub(crate) fn list(&self, shared: Shared) -> Result<Listing, Failure> {
        let list = self.client.list(&self.server, shared).policy(self.policy());
        self.run("the listing", list).end
    }

    /// What the account has, asked once and even after a signal: `None` if that does not work.
    pub(crate) fn look_around(&self, until: Option<Instant>) -> Option<Listing> {
        let timeout = until.map_or(END, |until| until.saturating_duration_since(Instant::now()));
        let policy = Policy::default().retries(0).timeout(timeout);
        self.client.list(&self.server, Shared::Included).policy(policy).run().ok()
    }

    /// Tells of a failure, and how to go on with what may still run.
    pub(crate) fn complain(&self, failure: &Failure) {
        match &failure.running {
            Some(resume) => {
                let hint = failure.hint.as_ref().map(|hint| format!("{hint}; ")).unwrap_or_default();
                let hint = format!("{hint}to continue the task:");
                let commands = self.advice.commands(resume, None);
                self.screen.warn(&failure.message, Some(&hint), &commands);
            }
            None => self.screen.complain(failure),
        }
    }
}

/// The token is read only if a server is named.
fn server(global: &Global) -> Result<Server, Failure> {
    let from_env = || env::var("SEATABLE_SERVER").ok().filter(|url| !url.is_empty());
    let Some(url) = global.server.clone().or_else(from_env) else {
        let failure = Failure::usage("no server is named");
        return Err(failure.hint("add --server https://cloud.seatable.io, or set SEATABLE_SERVER"));
    };
    let token = secret::token(global.token_file.as_deref())?;
    Ok(match Server::new(&url, token.clone()) {
        Err(InputError::UrlInsecure) if global.allow_http => Server::new_insecure(&url, token)?,
        server => server?,
    })
}

fn client(global: &Global) -> Result<Client, Failure> {
    Proxies::default().rules().map_err(|error| Failure::usage(error.to_string()))?;
    let Some(file) = &global.ca_file else {
        return Client::new(Config::default()).map_err(|error| Failure::io(error.to_string()));
    };
    let pem = File::open(file)
        .and_then(|file| small::read(file, CA_FILE))
        .map_err(|error| Failure::io(format!("cannot read {}: {error}", file.display())))?;
    Client::new(Config::default().roots(Roots::Pem(pem)))
        .map_err(|error| Failure::io(format!("cannot use {}: {error}", file.display())))
}
