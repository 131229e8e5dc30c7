//! The table of problems, compared with the documentation.

use super::scene::*;
use crate::problem::{Problem, Remember, Then, verdict};
use crate::{Call, Failure};

pub(super) const CALLS: [Call; 12] = [
    Call::FindTableImport,
    Call::StartImport,
    Call::ImportTable,
    Call::StartExport,
    Call::SynchronousExport,
    Call::ExportByUuid,
    Call::QueryStatus,
    Call::ExportContent,
    Call::CancelTask,
    Call::ListAdministered,
    Call::ListWorkspaces,
    Call::ListServerBases,
];

pub(super) const PROBLEMS: [Problem; 21] = [
    Problem::NotSent,
    Problem::Untrusted,
    Problem::Broken,
    Problem::Damaged,
    Problem::NotABase,
    Problem::TooLarge,
    Problem::LocalFile,
    Problem::Busy,
    Problem::Error500,
    Problem::Error504,
    Problem::Transient,
    Problem::UnknownTask,
    Problem::Unauthorized,
    Problem::Forbidden,
    Problem::NotFound,
    Problem::Rejected,
    Problem::NoSuchAddress,
    Problem::Refused,
    Problem::LoginPage,
    Problem::Redirect,
    Problem::NotUnderstood,
];

/// "in one request", from `InOneRequest`.
pub(super) fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

fn cell(call: Call, problem: Problem) -> String {
    let verdict = verdict(call, problem);
    let then = match verdict.then {
        Then::Stop => "·".to_owned(),
        Then::Unknown => "**unknown**".to_owned(),
        then => words(&format!("{then:?}")),
    };
    let remember = match verdict.remember {
        Remember::Nothing => "",
        Remember::MayHaveActed => " ¹",
        Remember::MayHaveFailed => " ²",
    };
    format!("{then}{remember}")
}

pub(super) fn row(cells: impl IntoIterator<Item = String>) -> String {
    cells.into_iter().map(|cell| format!("| {cell} ")).chain(["|\n".to_owned()]).collect()
}

fn table() -> String {
    let names = CALLS.map(|call| call.to_string());
    let heads = [String::new()].into_iter().chain(names).chain(["ends as".to_owned()]);
    let rows = PROBLEMS.map(|problem| {
        let cells = CALLS.map(|call| cell(call, problem));
        let kind = words(&format!("{:?}", problem.kind()));
        row([words(&format!("{problem:?}"))].into_iter().chain(cells).chain([kind]))
    });
    format!("{}|{}\n{}", row(heads), "---|".repeat(CALLS.len() + 2), rows.concat())
}

#[test]
fn the_documented_table_is_the_one_that_decides() {
    let documented = include_str!("../table.md");
    assert!(
        documented.starts_with(&table()),
        "src/table.md is out of date; it should begin with:\n{}",
        table()
    );
}

#[test]
fn an_import_is_repeated_only_if_it_cannot_have_had_an_effect() {
    for (call, problem) in
        PROBLEMS.iter().flat_map(|problem| [(Call::StartImport, *problem), (Call::ImportTable, *problem)])
    {
        let again = !matches!(verdict(call, problem).then, Then::Stop | Then::Unknown);
        assert_eq!(again, matches!(problem, Problem::NotSent | Problem::Busy), "{call:?} {problem:?}");
    }
}

#[test]
fn no_status_except_429_repeats_an_upload() {
    for status in (100..=999).filter(|status| !(100..200).contains(status) || *status == 101) {
        for body in ["", HTML, UNKNOWN_TASK, NO_BASE, "{}", RUNNING, SUCCESS] {
            let mut scene = Scene::import();
            scene.requests(Call::StartImport).respond(status, body);
            assert_eq!(scene.is_over(), status != 429, "{status} {body}");
        }
    }
}

#[test]
fn every_call_fails_in_every_way_and_the_operation_ends() {
    for why in [
        Failure::NotSent,
        Failure::NotSentInTime,
        Failure::Untrusted,
        Failure::Interrupted,
        Failure::TimedOut,
        Failure::LocalFile,
        Failure::LocalTimedOut,
        Failure::Damaged,
        Failure::NotABase,
        Failure::TooLarge,
    ] {
        for mut scene in [
            Scene::import(),
            Scene::export(),
            Scene::resuming(resume_of(seatable_io_proto::TaskKind::Export)),
        ] {
            let mut requests = 0;
            while !scene.is_over() {
                requests += 1;
                assert!(requests < 40);
                scene.fails(why);
            }
            assert!(scene.end().is_err());
        }
    }
}
