//! The server and the client of a command, and how an operation runs.

use std::cell::RefCell;
use std::fs::File;
use std::time::{Duration, Instant};
use std::{env, thread};

use seatable_io_ureq::proto::{InputError, ListedBase, Listing, Server};
use seatable_io_ureq::task::{Hint, Operation, OperationError, Outcome, Pace, Policy, Resume, Shared};
use seatable_io_ureq::{Client, Config, Proxies, Roots, Sink, Source, Stop, StopSignal, seed};

use crate::advice::Advice;
use crate::failure::Failure;
use crate::files::read_limited;
use crate::global::Global;
use crate::ui::{Clock, Screen, Watch, Watched, now};
use crate::{secret, stop};

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
    /// Shared by all operations: the account has one rate limit.
    pace: Pace,
    client: Client,
    timeout: Duration,
    max_size: Option<u64>,
    pub(crate) advice: Advice,
}

/// How an operation ended.
pub(crate) struct Ended {
    pub(crate) accepted: Option<Resume>,
    pub(crate) end: Result<Outcome, Failure>,
    /// The deadline of the command, after a signal or a timeout.
    pub(crate) until: Option<Instant>,
}

impl Session {
    /// Reads the server and the token; sends nothing yet.
    pub(crate) fn open(global: &Global) -> Result<Session, Failure> {
        let server = server(global)?;
        let screen = Screen::new(global);
        screen.detail(&format!("server {}", server.url()));
        let stop = stop::on_first_signal(screen.leave())?;
        Ok(Session {
            server,
            screen,
            stop,
            pace: Pace::default(),
            client: client(global)?,
            timeout: global.timeout,
            max_size: global.max_size,
            advice: Advice::new(global),
        })
    }

    /// Returns the policy: a task that is still running at the timeout is cancelled on the server.
    pub(crate) fn policy(&self) -> Policy {
        let mut policy = Policy::default().timeout(self.timeout).cancel_on_timeout().cancel_timeout(END);
        policy.max_size = self.max_size;
        policy
    }

    /// Returns the policy of an import, which leaves time to look for the base if the outcome is unknown.
    pub(crate) fn import_policy(&self) -> Policy {
        self.policy().cancel_timeout(END.saturating_sub(LISTING))
    }

    /// Returns a signal that ends work on this machine: after the first signal of the system, or at the timeout of one input.
    pub(crate) fn signal(&self) -> StopSignal {
        stop::signal(&self.stop, self.timeout)
    }

    /// # Errors
    ///
    /// After a signal.
    pub(crate) fn go_on(&self) -> Result<(), Failure> {
        stop::go_on(&self.stop)
    }

    /// Runs an operation to its end.
    pub(crate) fn drive(&self, label: &str, task: Operation, source: impl Source, sink: impl Sink) -> Ended {
        let began = Instant::now();
        let watch = RefCell::new(Watch::new(&self.screen, &self.server, label));
        let sink = Watched { sink, watch: &watch };
        let run = self.client.run(task.paced(&self.pace)).source(source).sink(sink).until(self.stop.clone());
        let end = run.watch(|event| watch.borrow_mut().see(&event)).run();
        let end = end.map_err(|error| self.advised(Failure::from(&error), OperationError::hint));
        Ended { accepted: watch.into_inner().accepted, end, until: self.until(began) }
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

    fn until(&self, began: Instant) -> Option<Instant> {
        let over = began.checked_add(self.timeout).filter(|over| *over <= Instant::now());
        Some(over.into_iter().chain(stop::since()).min()? + END)
    }

    /// Waits for the server as long as the deadline leaves time for a listing.
    pub(crate) fn linger(&self, label: &str, until: Instant) {
        const WORDS: &str = "looking for the base";
        let left = until.saturating_duration_since(Instant::now() + LISTING);
        let bar = self.screen.busy(label, WORDS, Clock::Until(" in ", now() + left));
        if bar.is_hidden() {
            let seconds = left.as_secs();
            self.screen.say(&format!("{label}: the server may still be importing; {WORDS} in {seconds} s"));
        }
        thread::sleep(left);
    }

    /// Lists the account.
    pub(crate) fn list(&self, shared: Shared) -> Result<Listing, Failure> {
        let task = Operation::list(self.server.clone(), shared, self.policy(), seed()?);
        match self.drive("the listing", task, (), ()).end? {
            Outcome::Listed(listing) => Ok(listing),
            _ => Err(Failure::internal()),
        }
    }

    /// Lists the account once, even after a signal; returns `None` if that fails.
    pub(crate) fn look_around(&self, until: Option<Instant>) -> Option<Listing> {
        let timeout = until.map_or(END, |until| until.saturating_duration_since(Instant::now()));
        let policy = Policy::default().retries(0).timeout(timeout);
        let task = Operation::list(self.server.clone(), Shared::Included, policy, seed().ok()?);
        match self.client.run(task.paced(&self.pace)).run() {
            Ok(Outcome::Listed(listing)) => Some(listing),
            _ => None,
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
        .and_then(|file| read_limited(file, CA_FILE))
        .map_err(Failure::cannot("read", file.display()))?;
    Client::new(Config::default().roots(Roots::Pem(pem)))
        .map_err(|error| Failure::io(format!("cannot use {}: {error}", file.display())))
}
