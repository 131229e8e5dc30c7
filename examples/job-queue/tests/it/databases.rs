//! The databases of the tests, and the sandbox.

use std::io::{BufRead, BufReader, Write, stderr};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use job_queue::{Job, Queue, State, Store, Worker};
use seatable_io_hyper::{Client, Config, Policy, Server, Token};
use seatable_io_sandbox::{Generation, Sandbox, SandboxServer, sample_dtable};
use sqlx::AnyPool;
use tempfile::TempDir;

/// Longer than any test.
const LEASE: Duration = Duration::from_mins(10);

/// A database with tables, and a folder for files.
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) queue: Queue,
    pub(crate) store: Store,
    pub(crate) folder: TempDir,
}

/// A new database of each kind.
pub(crate) async fn places() -> Vec<Place> {
    let mut places = vec![sqlite().await];
    if let Some(server) = &*POSTGRES {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("jobs{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let url = |name| format!("postgres://test@localhost/{name}?host={server}");
        sqlx::any::install_default_drivers();
        let all = AnyPool::connect(&url("postgres")).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&all).await.unwrap();
        all.close().await;
        places.push(place(url(&name.clone()), tempfile::tempdir().unwrap()).await);
    }
    places
}

/// A new database of SQLite.
pub(crate) async fn sqlite() -> Place {
    let folder = tempfile::tempdir().unwrap();
    place(format!("sqlite:{}/jobs.db", folder.path().display()), folder).await
}

async fn place(url: String, folder: TempDir) -> Place {
    let queue = Queue::connect(&url).await.unwrap();
    let store = Store::connect(&url, LEASE).await.unwrap();
    queue.setup().await.unwrap();
    store.setup().await.unwrap();
    Place { url, queue, store, folder }
}

impl Place {
    pub(crate) fn export(&self, base: &str) -> Job {
        let path = self.folder.path().join(format!("{base}.dtable"));
        Job::Export { workspace: 1, base: base.to_owned(), path }
    }

    /// An import of a base that no other has the size of.
    pub(crate) fn import(&self, base: &str) -> Job {
        let path = self.folder.path().join(format!("to import {base}.dtable"));
        std::fs::write(&path, sample_dtable(3000)).unwrap();
        Job::Import { workspace: 1, base: base.to_owned(), path }
    }

    pub(crate) fn worker(&self, sandbox: &SandboxServer) -> Worker {
        let server = Server::new(&sandbox.url(), Token::new(&sandbox.token()).unwrap()).unwrap();
        let [short, long] = [1, 50].map(Duration::from_millis);
        let mut policy = Policy::default();
        (policy.backoff, policy.poll, policy.retries) = (short..=long, short..=long, 2);
        Worker { client: Client::new(Config::default()).unwrap(), server, policy, store: self.store.clone() }
    }

    /// The same rows, with leases that expire soon.
    pub(crate) async fn short(&self) -> Store {
        Store::connect(&self.url, Duration::from_millis(200)).await.unwrap()
    }

    /// Waits until the states are as expected.
    pub(crate) async fn until(&self, mut expected: impl FnMut(&[State]) -> bool) -> Vec<State> {
        for _ in 0..2400 {
            let states = self.store.states().await.unwrap();
            if expected(&states) {
                return states;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{:?}", self.store.states().await);
    }
}

/// A server on which tasks need this long.
pub(crate) fn sandbox(task_time: Duration) -> Sandbox {
    Sandbox::new(Generation::Y2021).with_task_time(task_time).with_base(1, "stock", sample_dtable(5000))
}

/// The folder of the socket of a server, which ends with this process: it is stopped when its standard input is closed.
static POSTGRES: LazyLock<Option<String>> = LazyLock::new(|| {
    let folder = start_postgres();
    if folder.is_none() {
        // The test runner hides what passing tests print.
        let _ = writeln!(stderr(), "skipped: PostgreSQL, because `initdb` and `postgres` do not start here");
    }
    folder
});

const SCRIPT: &str = r#"
    PATH=$PATH:/usr/lib/postgresql/15/bin; export PATH
    folder=$(mktemp -d) || exit
    server='initdb -D "$0/data" -U test -A trust -N >/dev/null && exec postgres -D "$0/data" -k "$0" -c listen_addresses='
    as=
    if [ "$(id -u)" = 0 ]; then chown nobody "$folder"; as='setpriv --reuid=nobody --clear-groups'; fi
    $as sh -c "$server" "$folder" 2>&1 &
    echo "folder $folder"
    read -r _
    kill -INT $!; wait $!; rm -r "$folder""#;

fn start_postgres() -> Option<String> {
    let mut command = Command::new("sh");
    let shell = command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut shell = shell.spawn().ok()?;
    // Open until this process ends.
    std::mem::forget(shell.stdin.take());
    let mut lines = BufReader::new(shell.stdout.take()?).lines().map_while(Result::ok);
    let mut folder = None;
    for line in &mut lines {
        folder = folder.or_else(|| line.strip_prefix("folder ").map(str::to_owned));
        if line.contains("not found") {
            return None;
        }
        if line.contains("ready to accept connections") {
            std::thread::spawn(move || lines.for_each(drop));
            return folder;
        }
    }
    None
}
