//! Reports a run to others: a monitoring service, and a file with metrics.

use std::collections::HashSet;
use std::path::{self, Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use clap::ValueHint;
use seatable_io_backup::{Action, BasePlan, LastCopyOf, SavedCopy, Timestamp};
use seatable_io_ureq::StopSignal;

use super::Args;
use super::metrics::{self, BaseMetrics, CopyMetrics, RunMetrics};
use super::ping::{Ping, PingUrl};
use crate::batch::tally::Tally;
use crate::environment::{self, PING_URL};
use crate::failure::Failure;
use crate::files::is_dash;
use crate::global::Global;
use crate::store::Store;
use crate::ui::{Screen, State, now, visible};
use crate::{secret, session, stop};

#[derive(clap::Args, Debug)]
#[expect(clippy::doc_markdown, reason = "the help is not Markdown")]
pub(crate) struct Notices {
    /// File with a URL that is informed of the start and the end of each run, as healthchecks.io expects it; `-` is standard
    /// input [default: the URL in $SEATABLE_PING_URL]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    ping_file: Option<PathBuf>,
    /// File for the metrics of the last run, for Prometheus; node_exporter reads files that end in .prom
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    metrics_file: Option<PathBuf>,
}

/// The parts of a run that are reported, as far as it came.
#[derive(Default)]
pub(super) struct Outcome {
    summary: String,
    exported: (usize, u64),
    skipped: usize,
    failed: usize,
    deleted: usize,
    /// The plan, which has the bases that should have a copy.
    pub(super) plans: Option<Vec<BasePlan>>,
}

impl Outcome {
    /// Records the results, and returns the summary.
    pub(super) fn note(&mut self, tally: &Tally, summary: String) -> String {
        let of = |status: &str| tally.ends.get(status).copied().unwrap_or_default();
        (self.exported, self.skipped, self.deleted) = (of("finished"), of("skipped").0, tally.deleted);
        self.failed = of("failed").0 + of("cancelled").0;
        self.summary.clone_from(&summary);
        summary
    }
}

/// Runs a backup, and reports its start and its end, however it ends. A dry run is not reported.
pub(super) fn around(
    global: &Global,
    args: &Args,
    work: impl FnOnce(&mut Outcome) -> Result<u8, Failure>,
) -> Result<u8, Failure> {
    let (began, screen) = (Instant::now(), Screen::new(global));
    let url = url(global, args)?;
    let metrics_file = args.notices.metrics_file.as_deref();
    if let Some(file) = metrics_file {
        check(file, &screen)?;
    }
    let ping = match url.filter(|_| !args.dry_run) {
        Some(url) => Some(Ping::start(url, session::connector(global)?)),
        None => None,
    };
    let mut outcome = Outcome::default();
    let end = work(&mut outcome);
    let code = match &end {
        Ok(code) => *code,
        Err(failure) => stop::exit_code().unwrap_or_else(|| failure.kind.exit()),
    };
    if let Some(file) = metrics_file.filter(|_| !args.dry_run) {
        save(file, &outcome, args, code, began.elapsed(), &screen);
    }
    if let Some(ping) = ping {
        let text = text(&outcome.summary, &global.complaints.text(), end.as_ref().err());
        let bar = screen.busy("ping", "reporting the end of the run", State::Since(now()));
        let problem = ping.end(code, &text);
        drop(bar);
        if let Some(words) = problem {
            screen.say(&format!("warning: {words}"));
        }
    }
    end
}

/// Returns the URL from `--ping-file` or `SEATABLE_PING_URL`.
fn url(global: &Global, args: &Args) -> Result<Option<PingUrl>, Failure> {
    let (url, from) = match &args.notices.ping_file {
        Some(file) => {
            let token_file = secret::token_file(global);
            if is_dash(file) && token_file.iter().chain(&args.password_file).any(|other| is_dash(other)) {
                let words = "only one of --token-file, --password-file and --ping-file can be standard input";
                return Err(Failure::usage(words));
            }
            (Some(secret::read("the ping URL", file)?), file.display().to_string())
        }
        None => (environment::text(PING_URL)?, PING_URL.to_owned()),
    };
    let Some(url) = url else { return Ok(None) };
    PingUrl::new(&url, &from, session::allows_http(global)?).map(Some)
}

/// Warns of a file that cannot be written, before the run.
fn check(file: &Path, screen: &Screen) -> Result<(), Failure> {
    if is_dash(file) {
        return Err(Failure::usage("--metrics-file cannot be standard output").hint("give it a path"));
    }
    if let Err(error) = metrics::check(file) {
        screen.say(&format!("warning: {}", Failure::cannot("write", file.display())(error).message));
    }
    Ok(())
}

/// Returns the text for the service: the summary, then the errors.
fn text(summary: &str, complaints: &str, failure: Option<&Failure>) -> String {
    let failure = failure.map(|failure| {
        let hint = failure.hint.as_ref().map(|hint| format!("hint: {}\n", visible(hint)));
        format!("seatable-io: {}\n{}", visible(&failure.message), hint.unwrap_or_default())
    });
    let summary = if summary.is_empty() { String::new() } else { format!("{}\n", visible(summary)) };
    [&summary, complaints, &failure.unwrap_or_default()].concat()
}

fn save(file: &Path, outcome: &Outcome, args: &Args, code: u8, took: Duration, screen: &Screen) {
    let folder = path::absolute(&args.dir).unwrap_or_else(|_| args.dir.clone());
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (exported, bytes) = outcome.exported;
    let run = RunMetrics {
        folder: folder.to_string_lossy().into_owned(),
        ended: since.as_secs(),
        took,
        code,
        exported,
        skipped: outcome.skipped,
        failed: outcome.failed,
        deleted: outcome.deleted,
        bytes,
    };
    // A folder that cannot be read has no copies, and is why the run failed.
    let store = Store::read_only(&args.dir, screen, &StopSignal::default()).ok();
    let bases = store.map(|store| {
        bases(outcome.plans.as_deref(), store.catalogue.last_copies(|file| store.size_of(file)))
    });
    if let Err(error) = metrics::save(file, &run, &bases.unwrap_or_default()) {
        screen.say(&format!("warning: {}", Failure::cannot("write", file.display())(error).message));
    }
}

/// Returns the bases of the catalogue that should have a copy, and those of the plan that have never had one.
fn bases(plans: Option<&[BasePlan]>, known: impl Iterator<Item = LastCopyOf>) -> Vec<BaseMetrics> {
    let known = known.map(|LastCopyOf { base, workspace, copy, .. }| BaseMetrics {
        uuid: base.uuid.to_string(),
        name: base.name,
        workspace,
        last: copy.as_ref().map(metrics_of),
    });
    let mut bases: Vec<_> = known.collect();
    let uuids: HashSet<_> = bases.iter().map(|base| base.uuid.clone()).collect();
    let new = plans.into_iter().flatten().filter(|plan| plan.action == Action::Copy);
    let new = new.filter(|plan| !uuids.contains(plan.listed.base.uuid.as_str()));
    bases.extend(new.map(|plan| BaseMetrics {
        uuid: plan.listed.base.uuid.to_string(),
        name: plan.listed.base.name.clone(),
        workspace: plan.listed.workspace_name.to_string(),
        last: None,
    }));
    bases
}

fn metrics_of(copy: &SavedCopy) -> CopyMetrics {
    let since = Timestamp::from_unix(0).and_then(|epoch| copy.started.since(epoch)).unwrap_or_default();
    CopyMetrics { started: since.as_secs(), bytes: copy.bytes, assets_missing: copy.assets_missing }
}
