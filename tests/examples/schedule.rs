//! Prints the shortest time for the backup of an account, as a table for `docs/src`: in virtual time, with four jobs
//! against the sandbox, whose exports need no time, and with up to 0.1 s to the server and back.
//!
//! A second table is that of a whole server, `--server-wide`.
//!
//! `cargo run -p seatable-io-tests --example schedule`

use std::time::Duration;

use seatable_io_sandbox::{Generation, RateLimits};
use seatable_io_tests::{Account, Work};

const JOBS: u32 = 4;

/// An export in one request needs at least a second ([fact 17](seatable_io_proto::facts)).
const SYNCHRONOUS: Duration = Duration::from_secs(1);

/// A kind of server, with its limits in words.
struct Row {
    server: &'static str,
    limits: &'static str,
    generation: Generation,
    requests: usize,
    synchronous_exports: Option<usize>,
}

const ROWS: [Row; 4] = [
    Row {
        server: "the cloud",
        limits: "1,000 requests a minute",
        generation: Generation::Current,
        requests: 1000,
        synchronous_exports: None,
    },
    Row {
        server: "self-hosted, current",
        limits: "3,000 requests and 20 exports a minute",
        generation: Generation::Current,
        requests: 3000,
        synchronous_exports: Some(20),
    },
    Row {
        server: "self-hosted, 2021",
        limits: "3,000 requests a minute",
        generation: Generation::Y2021,
        requests: 3000,
        synchronous_exports: None,
    },
    Row {
        server: "self-hosted, 2020",
        limits: "3,000 requests a minute",
        generation: Generation::Y2020,
        requests: 3000,
        synchronous_exports: None,
    },
];

fn main() {
    println!("{}", table());
    print!("{}", server_wide());
}

/// How many bases a page of the list of a whole server has. It is read twice.
const PAGE: u32 = 100;

/// Returns the table of a whole server with the usual limits, as in the guide.
pub(crate) fn server_wide() -> String {
    let head = "| bases of the server | requests | at least |\n|---|---|---|\n";
    [100, 300, 500, 1000].into_iter().fold(head.to_owned(), |table, bases: u32| {
        let (exports, time) = ROWS[1].exports(bases, Work::ExportByUuid);
        let list = 2 * bases.div_ceil(PAGE) as usize;
        format!("{table}| {bases} | {} | {} |\n", exports + list, shown(time))
    })
}

/// Returns the table, as in the guide.
pub(crate) fn table() -> String {
    let head =
        "| server | allows | requests for 1,000 bases | 200 bases | 1,000 bases |\n|---|---|---|---|---|\n";
    ROWS.iter().fold(head.to_owned(), |table, row| {
        let ((_, few), (requests, many)) = (row.run(200), row.run(1000));
        let Row { server, limits, .. } = row;
        format!("{table}| {server} | {limits} | {requests} | {} | {} |\n", shown(few), shown(many))
    })
}

impl Row {
    /// Returns the number of requests for this many bases, with the two for the list, and their time.
    fn run(&self, bases: u32) -> (usize, Duration) {
        let (exports, time) = self.exports(bases, Work::Export);
        (exports + 2, time)
    }

    /// Returns the number of requests to export this many bases, and their time.
    fn exports(&self, bases: u32, work: fn(u8) -> Work) -> (usize, Duration) {
        let limits =
            RateLimits { requests: Some(self.requests), synchronous_exports: self.synchronous_exports };
        let work = (0..=u8::MAX).cycle().map(work).take(bases as usize).collect();
        let (jobs, task_time) = (JOBS as usize, Duration::ZERO);
        let report = Account { limits, jobs, task_time, ..Account::new(self.generation, work) }.run();
        assert!(report.ends.iter().all(Result::is_ok), "{report:?}");
        let least = match self.generation {
            Generation::Current => SYNCHRONOUS * bases / JOBS,
            _ => Duration::ZERO,
        };
        (report.requests, report.took.max(least))
    }
}

/// Formats a time, in minutes only from ten minutes on.
fn shown(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}
