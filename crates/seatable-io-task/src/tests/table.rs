//! The table, walked whole, against the one in the documentation.

use super::scene::*;
use crate::{Call, Failure, Step, Trouble, Verdict, verdict};

#[test]
fn the_documented_table_is_the_one_that_decides() {
    assert_eq!(
        include_str!("../table.md"),
        table(),
        "src/table.md is out of date; it should be:\n{}",
        table()
    );
}

fn table() -> String {
    let row = |name: String, cells: [String; 6]| format!("| {name} | {} |\n", cells.join(" | "));
    let heads = row(String::new(), Call::ALL.map(|call| format!("{call:?}"))).replacen("|  |", "| |", 1);
    let rows = Trouble::ALL.map(|trouble| {
        row(
            format!("{trouble:?}"),
            Call::ALL.map(|call| match verdict(call, trouble) {
                Verdict::Unknown => "**Unknown**".to_owned(),
                verdict => format!("{verdict:?}"),
            }),
        )
    });
    format!("{heads}|---|---|---|---|---|---|---|\n{}", rows.concat())
}

#[test]
fn only_an_import_that_cannot_have_acted_is_sent_again() {
    for trouble in Trouble::ALL {
        let again = matches!(verdict(Call::StartImport, trouble), Verdict::Repeat | Verdict::RepeatInTime);
        assert_eq!(again, matches!(trouble, Trouble::NotSent | Trouble::Busy), "{trouble:?}");
    }
}

#[test]
fn every_cell_is_lived_through_without_a_second_upload() {
    for status in 100..=599 {
        for body in ["", HTML, UNKNOWN_TASK, NO_BASE, "{}"] {
            let mut scene = Scene::import();
            scene.asks(Call::StartImport);
            let _ = scene.task.head(&head(status, &[]));
            scene.task.collected(body.as_bytes(), scene.now);
            let again = matches!(scene.task.step(scene.now), Step::Wait(_));
            assert_eq!(again, status == 429, "{status} {body}");
        }
    }
}

#[test]
fn every_call_meets_every_failure_and_goes_on_or_ends() {
    for why in [Failure::NotSent, Failure::Untrusted, Failure::Interrupted, Failure::TimedOut] {
        for mut scene in [Scene::import(), Scene::export()] {
            for _ in 0..200 {
                if let Step::Done(end) = scene.task.step(scene.now) {
                    assert!(end.is_err());
                    break;
                }
                scene.asks_or_ends();
                scene.fails(why);
            }
            assert!(matches!(scene.task.step(scene.now), Step::Done(_)));
        }
    }
}
