//! Every state that an operation can reach, compared with the lifecycle in the documentation.

use std::collections::{BTreeMap, BTreeSet};

use seatable_io_proto::{Format, TaskKind, describe};

use super::scene::*;
use super::table::{CALLS, PROBLEMS, row, words};
use crate::phase::Phase;
use crate::problem::Problem;
use crate::state::State;
use crate::{Call, ErrorKind, Failure, Operation, Policy, Route, Scope};

const ADMINISTERED: &str = r#"{"personal": [], "groups": []}"#;
const LAST_PAGE: &str = r#"{"page_info": {"has_next_page": false}, "dtables": []}"#;

/// How an exchange ends.
#[derive(Clone, Copy)]
enum End {
    Reply(u16, &'static str),
    File,
    Problem(Problem),
    /// A current server does not know the task.
    Gone,
}

/// An end, and whether the operation is cancelled before it.
type Move = (End, bool);

fn replies(call: Call) -> &'static [End] {
    match call {
        Call::FindTableImport => &[End::Reply(405, NOT_ALLOWED), End::Reply(404, HTML)],
        Call::StartImport => &[End::Reply(200, STARTED), End::Reply(200, DONE_AT_ONCE)],
        Call::StartExport => &[End::Reply(200, STARTED)],
        Call::QueryStatus => &[End::Reply(200, RUNNING), End::Reply(200, FINISHED)],
        Call::ImportTable | Call::CancelTask => &[End::Reply(200, SUCCESS)],
        Call::ExportContent | Call::SynchronousExport | Call::ExportByUuid => &[End::File],
        Call::ListAdministered => &[End::Reply(200, ADMINISTERED), End::Reply(404, HTML)],
        Call::ListWorkspaces => &[End::Reply(200, r#"{"workspace_list": []}"#)],
        Call::ListServerBases => &[End::Reply(200, LAST_PAGE)],
    }
}

fn moves(call: Call) -> impl Iterator<Item = Move> {
    // To this call, a missing address is a reply.
    let is_reply = move |problem: Problem| call == Call::FindTableImport && problem == Problem::NoSuchAddress;
    let fetches = call.fetches();
    let is_of_file =
        |problem: Problem| matches!(problem, Problem::Damaged | Problem::NotABase | Problem::TooLarge);
    let problems =
        PROBLEMS.into_iter().filter(move |problem| !is_reply(*problem) && (fetches || !is_of_file(*problem)));
    let problems = problems.map(End::Problem).chain((call == Call::QueryStatus).then_some(End::Gone));
    let replies = || replies(call).iter().copied();
    let cancelled = replies().chain([End::Problem(Problem::Broken)]).map(|end| (end, true));
    replies().chain(problems).map(|end| (end, false)).chain(cancelled)
}

impl Scene {
    fn then(mut self, (end, cancel): Move) -> Self {
        // The request goes out.
        self.next();
        if cancel {
            self.cancel();
        }
        match end {
            End::Reply(status, body) => self.respond(status, body),
            End::File => self.file(ZIP, None),
            End::Problem(problem) => self.fails_by(problem),
            End::Gone => self.respond(404, TASK_NOT_FOUND),
        };
        self
    }

    fn fails_by(&mut self, problem: Problem) -> &mut Self {
        match problem {
            Problem::NotSent => self.fails(Failure::NotSent),
            Problem::Untrusted => self.fails(Failure::Untrusted),
            Problem::Broken => self.fails(Failure::Interrupted),
            Problem::Damaged => self.file(&ZIP[..9], None),
            Problem::NotABase => self.file(EMPTY_ZIP, None),
            Problem::TooLarge => {
                let _ = self.exchange().head(&file_head(None));
                let _ = self.exchange().chunk(ZIP);
                self.fails(Failure::TooLarge)
            }
            Problem::LocalFile => self.fails(Failure::LocalFile),
            Problem::Busy => self.respond(429, ""),
            Problem::Error500 => self.respond(500, INTERNAL_ERROR),
            Problem::Error504 => self.respond(504, ""),
            Problem::Transient => self.respond(502, ""),
            Problem::UnknownTask => self.respond(400, UNKNOWN_TASK),
            Problem::Unauthorized => self.respond(401, ""),
            Problem::Forbidden => self.respond(403, "{}"),
            Problem::NotFound => self.respond(404, NO_BASE),
            Problem::Rejected => self.respond(400, r#"{"error_msg":"no"}"#),
            Problem::NoSuchAddress => self.respond(405, ""),
            Problem::Refused => self.respond(409, ""),
            Problem::LoginPage => self.respond_with(302, &[("location", "/accounts/login/")], ""),
            Problem::Redirect => self.respond_with(302, &[], ""),
            Problem::NotUnderstood => self.respond(101, ""),
        }
    }

    /// Returns the data on which the next request depends.
    fn state(&mut self) -> String {
        let operation = self.operation();
        let State::Attempt(attempt) = &mut operation.state else { return String::new() };
        let name = name(&attempt.phase);
        let request = describe(&attempt.phase.request(&server()));
        let pages = match &attempt.phase {
            Phase::ListServerBases(pages) => format!("{pages:?}"),
            _ => String::new(),
        };
        let (doubt, routes) = (attempt.phase.doubt(), &operation.core.routes);
        format!("{name} {request} {pages} {routes:?} {doubt:?} {}", operation.core.is_cancelled())
    }

    /// Returns the next state, or the end: a success, cancelled or unknown. `None` for any other error.
    fn next(&mut self) -> Option<String> {
        if !self.is_over() {
            return Some(name(&self.exchange().attempt.phase));
        }
        match self.end().map_err(|error| error.kind()) {
            Ok(outcome) => Some(format!("*{}*", words(format!("{outcome:?}").split('(').next().unwrap()))),
            Err(ErrorKind::Cancelled) => Some("*cancelled*".to_owned()),
            Err(ErrorKind::UnknownOutcome) => Some("**unknown**".to_owned()),
            Err(_) => None,
        }
    }
}

/// Returns the name of a state: that of its request, except for the polls before and after the request to cancel.
fn name(phase: &Phase) -> String {
    match phase {
        Phase::QueryStatusBeforeCancel(_) => "query status before cancel".to_owned(),
        Phase::QueryStatusAfterCancel(_) => "query status after cancel".to_owned(),
        phase => phase.call().to_string(),
    }
}

type Start = (&'static str, fn() -> Scene);

const STARTS: [Start; 14] = [
    ("`Operation::import`", || Scene::import()),
    ("`Operation::import`", || Scene::importing(import_of(Format::Dtable).no_wait(), Policy::default())),
    ("`Operation::import`", || Scene::importing(import_of(Format::Csv), Policy::default())),
    ("`Operation::export`", || Scene::export()),
    ("`Operation::export`", || Scene::exporting(export_of("t1").no_wait())),
    ("`Operation::export`", || Scene::exporting(export_of("t1").route(Route::Synchronous))),
    ("`Operation::export`", || Scene::exporting(export_by_uuid("d09b6bcc"))),
    ("`Operation::resume`", || Scene::resuming(resume_of(TaskKind::Import))),
    ("`Operation::resume`", || Scene::resuming(resume_of(TaskKind::Export))),
    ("`Operation::poll_once`", || {
        Operation::poll_once(server(), resume_of(TaskKind::Import).task, Policy::default(), SEED).into()
    }),
    ("`Operation::list`", || Operation::list(server(), Scope::WithShared, Policy::default(), SEED).into()),
    ("`Operation::list`", || Operation::list(server(), Scope::ServerWide, Policy::default(), SEED).into()),
    ("`Operation::cancel_existing`", || {
        Operation::cancel_existing(server(), resume_of(TaskKind::Export), Policy::default(), SEED).into()
    }),
    ("`Operation::cancel_existing`", || {
        Operation::cancel_existing(server(), resume_of(TaskKind::Import), Policy::default(), SEED).into()
    }),
];

/// The states that follow a state: after a reply, after a problem, after cancelling.
type Transitions = BTreeMap<String, [BTreeSet<String>; 3]>;

/// Makes every move in every state that can be reached from the first one.
fn explore((name_of_start, start): Start, transitions: &mut Transitions) {
    transitions.entry(name_of_start.to_owned()).or_default()[0].extend(start().next());
    let (mut paths, mut seen) = (vec![Vec::new()], BTreeSet::new());
    while let Some(path) = paths.pop() {
        let scene = |path: &[Move]| path.iter().fold(start(), |scene, one| scene.then(*one));
        let mut before = scene(&path);
        before.next();
        let phase = before.exchange().attempt.phase.clone();
        for (end, is_cancelled) in moves(phase.call()) {
            let path = [&path[..], &[(end, is_cancelled)]].concat();
            let mut after = scene(&path);
            let is_new = seen.insert(after.state());
            let next = after.next();
            let column = match end {
                _ if is_cancelled => 2,
                End::Reply(..) | End::File if next.as_deref() != Some("**unknown**") => 0,
                _ => 1,
            };
            transitions.entry(name(&phase)).or_default()[column].extend(next);
            if is_new && !after.is_over() {
                paths.push(path);
            }
        }
    }
}

#[test]
fn the_documented_lifecycle_is_that_of_the_machine() {
    let mut transitions = Transitions::new();
    for start in STARTS {
        explore(start, &mut transitions);
    }
    let heads = ["state", "after the reply", "after a problem", "after cancelling"].map(str::to_owned);
    let mut table = format!("{}|{}\n", row(heads), "---|".repeat(4));
    let starts = transitions.keys().filter(|name| name.starts_with('`')).cloned();
    let states = CALLS.iter().flat_map(|call| match call {
        Call::CancelTask => vec![
            "query status before cancel".to_owned(),
            call.to_string(),
            "query status after cancel".to_owned(),
        ],
        call => vec![call.to_string()],
    });
    for name in starts.chain(states) {
        let cells = transitions[&name].iter().map(|next| {
            let (ends, calls): (Vec<_>, Vec<_>) =
                next.iter().cloned().partition(|next| next.starts_with('*'));
            [calls, ends].concat().join(", ")
        });
        table += &row([name.clone()].into_iter().chain(cells));
    }
    let documented = include_str!("../lifecycle.md");
    assert!(
        documented.contains(&format!("\n\n{table}\n")),
        "src/lifecycle.md is out of date; it should contain:\n{table}"
    );
}
