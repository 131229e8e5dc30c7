//! Tasks of one account: facts 3 and 17.

use std::num::NonZeroU32;
use std::time::Duration;

use seatable_io_proto::{BaseName, Format, TaskKind};

use super::scene::*;
use crate::{Allowance, Call, ErrorKind, Export, Pace, Policy, Route, Task};

/// Every scene begins here.
const BEGIN: Duration = Duration::from_secs(1000);
const TOLD: &[(&str, &str)] = &[("retry-after", "30")];

fn policy() -> Policy {
    Policy::default().jitter_percent(0)
}

/// A pace that knows how the server exports.
fn known(allowance: Allowance) -> Pace {
    Pace::new(allowance).route(Route::Api)
}

fn exporting(pace: &Pace, base: &str) -> Scene {
    Task::export(server(), export_of(base), policy(), SEED).paced(pace).into()
}

/// A task that polls.
fn polling(pace: &Pace) -> Scene {
    Task::resume(server(), resume_of(TaskKind::Import), policy(), SEED).paced(pace).into()
}

fn several<const N: usize>(task: impl Fn() -> Scene) -> [Scene; N] {
    std::array::from_fn(|_| task())
}

/// Tasks that export a base each.
fn exporters<const N: usize>(pace: &Pace) -> [Scene; N] {
    std::array::from_fn(|nth| exporting(pace, &nth.to_string()))
}

/// After how many milliseconds each task asks.
fn asks_after<const N: usize>(mut scenes: [Scene; N]) -> [u128; N] {
    std::array::from_fn(|nth| {
        scenes[nth].asked();
        (scenes[nth].now - BEGIN).as_millis()
    })
}

fn a_minute(allowance: u32) -> NonZeroU32 {
    NonZeroU32::new(allowance).unwrap()
}

/// A task is refused after `polls` other requests.
fn refused_after(polls: u32, pace: &Pace) -> Scene {
    for _ in 0..polls {
        polling(pace).asks(Call::Status).answer(200, FINISHED).ends_well();
    }
    let mut refused = polling(pace);
    refused.asks(Call::Status).answer_with(429, TOLD, "");
    refused
}

#[test]
fn fact_17_one_retry_after_pauses_all_tasks() {
    for status in [429, 503] {
        let pace = Pace::default();
        polling(&pace).asks(Call::Status).answer_with(status, TOLD, "");
        let import = Task::import(server(), import_of(Format::Csv), policy(), SEED);
        for mut scene in [polling(&pace), exporting(&pace, "t2"), import.paced(&pace).into()] {
            scene.asked();
            assert!(scene.waited >= Duration::from_secs(30));
        }
    }
}

#[test]
fn fact_17_a_refusal_without_a_time_pauses_all_for_a_second() {
    for headers in [&[][..], &[("retry-after", "0")], &[("retry-after", "soon")]] {
        let pace = Pace::default();
        polling(&pace).asks(Call::Status).answer_with(429, headers, "");
        assert_eq!(asks_after([polling(&pace)]), [1000]);
    }
}

#[test]
fn an_answer_that_is_no_refusal_pauses_nobody() {
    let pace = Pace::default();
    polling(&pace).asks(Call::Status).answer(503, HTML);
    polling(&pace).asks(Call::Status).answer_with(502, TOLD, HTML);
    assert_eq!(asks_after([polling(&pace), polling(&pace)]), [0, 0]);
}

#[test]
fn a_pause_begins_with_the_head_of_an_answer_and_counts_from_its_end() {
    let pace = Pace::default();
    let mut slow = polling(&pace);
    slow.asks(Call::Status).exchange().head(&head(429, TOLD));
    assert_eq!(asks_after([polling(&pace)]), [30_000]);
    slow.now = BEGIN + Duration::from_secs(31);
    slow.finishes();
    assert_eq!(asks_after([polling(&pace)]), [61_000]);
}

#[test]
fn a_pause_outlives_the_task_that_was_told() {
    let pace = Pace::default();
    polling(&pace).asks(Call::Status).exchange().head(&head(429, TOLD));
    assert_eq!(asks_after([polling(&pace)]), [30_000]);
}

#[test]
fn a_pause_is_not_shortened_by_another() {
    let pace = Pace::default();
    let [mut one, mut other] = several(|| polling(&pace));
    one.asks(Call::Status);
    other.asks(Call::Status).answer_with(429, TOLD, "");
    one.answer_with(429, &[("retry-after", "2")], "");
    assert_eq!(asks_after([polling(&pace), one, other]), [30_000, 30_203, 30_406]);
}

#[test]
fn fact_17_after_a_pause_each_task_waits_for_its_own_turn() {
    let pace = Pace::default();
    let mut refused = several::<3>(|| polling(&pace));
    for scene in &mut refused {
        scene.asks(Call::Status);
    }
    for scene in &mut refused {
        scene.answer_with(503, TOLD, "");
    }
    assert_eq!(asks_after(several::<3>(|| polling(&pace))), [30_000, 30_203, 30_406]);
    assert_eq!(asks_after(refused), [30_609, 30_813, 31_016]);
}

#[test]
fn a_turn_from_before_a_pause_is_given_anew_after_it() {
    let pace = known(Allowance::default().export_starts(a_minute(20)));
    let [mut first, mut second, third] = exporters(&pace);
    first.asks(Call::StartExport);
    assert_eq!(second.waits_until(), BEGIN + Duration::from_millis(3050));
    first.answer_with(503, TOLD, "");
    assert_eq!(asks_after([second, third]), [30_000, 33_050]);
}

#[test]
fn a_turn_is_kept_however_often_a_task_asks_and_however_late() {
    let pace = Pace::new(Allowance::default().requests(a_minute(20)));
    let [mut first, mut second, third] = several(|| polling(&pace));
    first.asks(Call::Status);
    for _ in 0..3 {
        assert_eq!(second.waits_until(), BEGIN + Duration::from_millis(3050));
    }
    second.now += Duration::from_secs(4);
    assert_eq!(asks_after([second, third]), [4000, 6100]);
}

#[test]
fn refusals_at_the_same_moment_are_one_pause() {
    let pace = Pace::default();
    let [mut one, mut other, mut waits] = several(|| polling(&pace));
    one.asks(Call::Status);
    other.asks(Call::Status).answer_with(429, TOLD, "");
    waits.waits_until();
    one.answer_with(429, TOLD, "");
    assert_eq!(asks_after([polling(&pace), waits]), [30_203, 30_000]);
}

#[test]
fn fact_17_an_allowance_is_spread_over_the_minute() {
    let pace = Pace::new(Allowance::default().requests(a_minute(300)));
    assert_eq!(asks_after(several(|| polling(&pace))), [0, 203, 406]);
    let pace = known(Allowance::default().export_starts(a_minute(20)));
    assert_eq!(asks_after(exporters(&pace)), [0, 3050, 6100]);
    assert_eq!(asks_after(several(|| polling(&pace))), [0, 0], "a poll starts nothing");
    let pace = Pace::new(Allowance::default().import_starts(a_minute(20)));
    let import = || Task::import(server(), import_of(Format::Dtable), policy(), SEED);
    assert_eq!(asks_after(several(|| import().paced(&pace).into())), [0, 3050]);
}

#[test]
fn a_start_waits_for_its_own_allowance_and_then_for_that_of_all() {
    let pace = known(Allowance::default().export_starts(a_minute(61)).requests(a_minute(30)));
    let [mut first, mut second] = exporters(&pace);
    first.asks(Call::StartExport);
    assert_eq!(second.waits_until(), BEGIN + Duration::from_secs(1));
    assert_eq!(asks_after([polling(&pace), second, polling(&pace)]), [2033, 4066, 6099]);
}

#[test]
fn fact_17_a_refusal_teaches_what_was_asked_in_the_minute_before() {
    let pace = Pace::default();
    refused_after(610, &pace);
    assert_eq!(asks_after(several(|| polling(&pace))), [30_000, 30_100, 30_200]);
}

#[test]
fn fact_17_what_is_learned_is_300_at_least() {
    let pace = Pace::default();
    refused_after(3, &pace);
    assert_eq!(asks_after(several(|| polling(&pace))), [30_000, 30_203, 30_406]);
}

#[test]
fn what_is_learned_does_not_raise_what_is_set() {
    let pace = Pace::new(Allowance::default().requests(a_minute(10)));
    polling(&pace).asks(Call::Status).answer_with(429, TOLD, "");
    assert_eq!(asks_after(several(|| polling(&pace))), [30_000, 36_100]);
}

#[test]
fn fact_17_what_is_learned_grows_by_a_quarter_in_each_minute_after_the_pause() {
    let pace = Pace::default();
    refused_after(610, &pace);
    let gap_after = |seconds| {
        let [mut one, mut other] = several(|| polling(&pace));
        (one.now, other.now) = (BEGIN + Duration::from_secs(seconds), BEGIN + Duration::from_secs(seconds));
        let [one, other] = asks_after([one, other]);
        other - one
    };
    assert_eq!([89, 90, 149, 150].map(gap_after), [100, 80, 80, 64]);
    assert_eq!(gap_after(3600), 0, "and is forgotten in the end");
}

#[test]
fn fact_17_a_refused_start_teaches_the_allowance_of_starts() {
    let pace = known(Allowance::default());
    for _ in 0..20 {
        exporting(&pace, "t1").asks(Call::StartExport);
    }
    exporting(&pace, "t1").asks(Call::StartExport).answer_with(429, TOLD, "");
    assert_eq!(asks_after(exporters(&pace)), [30_000, 33_050]);
    let mut others = several(|| polling(&pace));
    for scene in &mut others {
        scene.now += Duration::from_secs(100);
    }
    assert_eq!(asks_after(others), [100_000, 100_162], "other requests do not wait for it");
}

#[test]
fn fact_17_a_refused_start_that_was_one_of_few_teaches_nothing_about_starts() {
    let pace = known(Allowance::default());
    for mut scene in exporters::<19>(&pace) {
        scene.asks(Call::StartExport);
    }
    exporting(&pace, "t1").asks(Call::StartExport).answer_with(429, TOLD, "");
    assert_eq!(asks_after(exporters(&pace)), [30_000, 30_203]);
}

#[test]
fn requests_of_the_minute_before_count_in_part() {
    let pace = Pace::default();
    for _ in 0..1220 {
        polling(&pace).asks(Call::Status);
    }
    let mut refused = polling(&pace);
    refused.now += Duration::from_secs(90);
    refused.asks(Call::Status).answer_with(429, TOLD, "");
    assert_eq!(asks_after(several(|| polling(&pace))), [120_000, 120_100]);
}

#[test]
fn a_refused_request_does_not_count_even_if_it_was_made_in_the_minute_before() {
    let pace = Pace::default();
    polling(&pace).asks(Call::Status);
    let mut asked = several::<609>(|| polling(&pace));
    for scene in &mut asked {
        scene.now += Duration::from_secs(59);
        scene.asks(Call::Status);
    }
    for scene in &mut asked[305..] {
        scene.now = BEGIN + Duration::from_secs(60);
        scene.answer_with(429, TOLD, "");
    }
    assert_eq!(asks_after(several(|| polling(&pace))), [90_000, 90_199, 90_398]);
}

#[test]
fn a_pause_beyond_the_deadline_ends_each_task_at_once_in_the_words_of_the_server() {
    let pace = Pace::default();
    let [mut told, mut other, mut third] = several(|| polling(&pace));
    other.asks(Call::Status).answer(200, RUNNING);
    told.asks(Call::Status).answer_with(503, &[("retry-after", "3601")], "");
    for scene in [&mut told, &mut other, &mut third] {
        let error = scene.ends_with(ErrorKind::Unavailable);
        assert_eq!(error.status().unwrap().as_u16(), 503);
        assert!(scene.waited <= Duration::from_millis(250), "{:?}", scene.waited);
    }
    assert!(!told.ends_with(ErrorKind::Unavailable).is_not_started());
    assert!(!other.ends_with(ErrorKind::Unavailable).is_not_started());
    assert!(third.ends_with(ErrorKind::Unavailable).is_not_started());
}

#[test]
fn a_wait_for_ever_overflows_nothing() {
    let pace = Pace::default();
    let ever = &[("retry-after", "18446744073709551615")];
    polling(&pace).asks(Call::Status).answer_with(429, ever, "").ends_with(ErrorKind::Unavailable);
    for _ in 0..3 {
        let mut scene = polling(&pace);
        scene.now = Duration::MAX - Duration::from_secs(7200);
        scene.ends_with(ErrorKind::Unavailable);
    }
}

#[test]
fn a_busy_account_counts_against_time_only() {
    let pace = Pace::default();
    let mut scene = polling(&pace);
    for _ in 0..30 {
        scene.asks(Call::Status).answer_with(429, &[("retry-after", "1")], "");
    }
    scene.asks(Call::Status).answer(200, FINISHED).ends_well();
}

#[test]
fn fact_3_a_base_is_exported_by_one_task_at_a_time() {
    let pace = Pace::default();
    let [mut first, mut second] = several(|| exporting(&pace, "t1"));
    first.asks(Call::StartExport).answer(200, STARTED).asks(Call::Status).answer(200, FINISHED);
    assert_eq!(second.waits_until(), BEGIN + Duration::from_secs(1));
    first.asks(Call::Content).file(ZIP, None);
    assert_eq!(second.waits_until(), BEGIN + Duration::from_secs(1));
    first.ends_well();
    second.asks(Call::StartExport);
}

#[test]
fn fact_3_dropping_the_first_lets_the_second_begin() {
    let pace = Pace::default();
    let [mut first, mut second, mut third] = several(|| exporting(&pace, "t1"));
    first.asks(Call::StartExport);
    second.waits_until();
    drop(second);
    third.waits_until();
    drop(first);
    third.asks(Call::StartExport);
}

#[test]
fn fact_3_concerns_exports_of_the_same_base_only() {
    let pace = known(Allowance::default());
    let mut first = exporting(&pace, "t1");
    first.asks(Call::StartExport);
    let elsewhere = Export::new(2, BaseName::new("t1").unwrap());
    let elsewhere = Task::export(server(), elsewhere, policy(), SEED).paced(&pace);
    assert_eq!(asks_after([exporting(&pace, "t2"), elsewhere.into(), polling(&pace)]), [0, 0, 0]);
    let mut other_account = exporting(&Pace::default(), "t1");
    other_account.asks(Call::StartExport);
}

#[test]
fn fact_3_a_resumed_export_has_its_base_for_itself() {
    let pace = Pace::default();
    let named = || {
        let mut resume = resume_of(TaskKind::Export);
        resume.place = Some((1, BaseName::new("t1").unwrap()));
        resume
    };
    for resume in [named, || resume_of(TaskKind::Export)] {
        let resumed = || Scene::from(Task::resume(server(), resume(), policy(), SEED).paced(&pace));
        let [mut first, mut second] = several(resumed);
        first.asks(Call::Status);
        second.waits_until();
    }
    let mut resumed = Scene::from(Task::resume(server(), named(), policy(), SEED).paced(&pace));
    resumed.asks(Call::Status);
    exporting(&pace, "t1").waits_until();
}

#[test]
fn a_task_that_waits_for_its_base_can_be_cancelled() {
    let pace = Pace::default();
    let [mut first, mut second] = several(|| exporting(&pace, "t1"));
    first.asks(Call::StartExport);
    second.waits_until();
    second.cancel().ends_with(ErrorKind::Cancelled);
}

#[test]
fn to_cancel_a_task_waits_for_no_other() {
    let pace = Pace::new(Allowance::default().requests(a_minute(20)));
    let [mut first, mut second, third] = several(|| polling(&pace));
    first.asks(Call::Status);
    assert_eq!(second.waits_until(), BEGIN + Duration::from_millis(3050));
    second.cancel().asks(Call::Status);
    assert_eq!(second.now, BEGIN);
    second.asks_to_cancel().answer(200, SUCCESS).asks(Call::Status);
    assert_eq!(second.now, BEGIN + Duration::from_millis(6100), "one after another");
    assert_eq!(asks_after([third]), [15_250], "the others wait for these requests");
}

#[test]
fn to_cancel_a_task_waits_for_the_end_of_a_pause() {
    let pace = Pace::default();
    polling(&pace).asks(Call::Status).answer_with(429, &[("retry-after", "20")], "");
    let mut cancelled = several::<3>(|| polling(&pace));
    for scene in &mut cancelled {
        scene.cancel();
    }
    assert_eq!(asks_after(cancelled), [20_000, 20_203, 20_406], "one after another");
}

#[test]
fn a_task_that_cannot_be_cancelled_in_its_time_ends_at_once() {
    let pace = Pace::default();
    polling(&pace).asks(Call::Status).answer_with(429, TOLD, "");
    let mut scene = polling(&pace);
    let error = scene.cancel().ends_with(ErrorKind::Unknown);
    assert!(scene.waited.is_zero() && error.is_cancelled() && error.may_still_run());
}

#[test]
fn every_request_of_a_task_counts_for_what_is_learned() {
    let pace = Pace::default();
    let poll = Duration::from_millis(1)..=Duration::from_millis(1);
    let task = Task::resume(server(), resume_of(TaskKind::Import), policy().poll(poll), SEED);
    let mut one = Scene::from(task.paced(&pace));
    for _ in 0..1220 {
        one.asks(Call::Status).answer(200, RUNNING);
    }
    one.asks(Call::Status).answer_with(429, TOLD, "");
    let [one, other] = asks_after(several(|| polling(&pace)));
    assert_eq!(other - one, 50);
}

#[test]
fn the_longer_of_two_pauses_begins_whichever_head_is_first() {
    for (first, second) in [("2", "30"), ("30", "2")] {
        let pace = Pace::default();
        let [mut one, mut other] = several(|| polling(&pace));
        one.asks(Call::Status);
        other.asks(Call::Status);
        one.exchange().head(&head(429, &[("retry-after", first)]));
        other.exchange().head(&head(429, &[("retry-after", second)]));
        assert_eq!(asks_after([polling(&pace)]), [30_000]);
    }
}

#[test]
fn a_request_is_held_back_from_the_head_of_a_refusal_on() {
    let pace = Pace::default();
    let [mut held, mut told] = several(|| polling(&pace));
    held.asks(Call::Status);
    told.asks(Call::Status).exchange().head(&head(429, TOLD));
    assert_eq!(held.exchange().hold_until(BEGIN), Some(BEGIN + Duration::from_secs(30)));
}

#[test]
fn imports_too_are_spread_from_the_end_of_a_pause() {
    let pace = Pace::new(Allowance::default().import_starts(a_minute(20)));
    let import = || Task::import(server(), import_of(Format::Dtable), policy(), SEED).paced(&pace).into();
    let [mut first, second, third] = several(import);
    first.asks(Call::StartImport).answer_with(429, TOLD, "");
    assert_eq!(asks_after([second, third]), [30_000, 33_050]);
}

#[test]
fn a_retry_after_on_a_good_answer_or_an_error_pauses_nobody() {
    for (status, body) in [(200, RUNNING), (500, INTERNAL_ERROR), (404, HTML), (302, "")] {
        let pace = Pace::default();
        polling(&pace).asks(Call::Status).answer_with(status, TOLD, body);
        assert_eq!(asks_after([polling(&pace)]), [0], "{status}");
    }
}

#[test]
fn a_request_that_was_handed_out_can_be_held_back() {
    let pace = Pace::default();
    let [mut held, mut told] = several(|| polling(&pace));
    held.asks(Call::Status);
    assert_eq!(held.exchange().hold_until(BEGIN), None);
    told.asks(Call::Status).answer_with(429, TOLD, "");
    let until = BEGIN + Duration::from_secs(30);
    for _ in 0..2 {
        assert_eq!(held.exchange().hold_until(BEGIN), Some(until));
    }
    assert_eq!(held.exchange().hold_until(until), None);
    assert_eq!(asks_after([polling(&pace)]), [30_203]);
}

#[test]
fn what_it_shows_of_itself_names_no_base() {
    let pace = Pace::default();
    exporting(&pace, "secret plans").asks(Call::StartExport);
    assert_eq!(format!("{pace:?}"), "Pace { .. }");
}
