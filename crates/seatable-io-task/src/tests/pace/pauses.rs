//! A server that asks one operation to wait pauses all others.

use super::*;

#[test]
fn fact_17_one_retry_after_pauses_all_operations() {
    for status in [429, 503] {
        let pace = Pace::default();
        polling(&pace).requests(Call::QueryStatus).respond_with(status, RETRY_LATER, "");
        let import = Operation::import(server(), import_of(Format::Csv), policy(), SEED);
        for mut scene in [polling(&pace), exporting(&pace, "t2"), import.paced(&pace).into()] {
            scene.requested();
            assert!(scene.waited >= Duration::from_secs(30));
        }
    }
}

#[test]
fn fact_17_a_refusal_without_a_time_pauses_all_for_a_second() {
    for headers in [&[][..], &[("retry-after", "0")], &[("retry-after", "soon")]] {
        let pace = Pace::default();
        polling(&pace).requests(Call::QueryStatus).respond_with(429, headers, "");
        assert_eq!(asks_after([polling(&pace)]), [1000]);
    }
}

#[test]
fn a_response_that_is_not_a_refusal_pauses_no_operation() {
    let pace = Pace::default();
    polling(&pace).requests(Call::QueryStatus).respond(503, HTML);
    polling(&pace).requests(Call::QueryStatus).respond_with(502, RETRY_LATER, HTML);
    assert_eq!(asks_after([polling(&pace), polling(&pace)]), [0, 0]);
}

#[test]
fn a_pause_begins_with_the_head_of_a_response_and_is_counted_from_its_end() {
    let pace = Pace::default();
    let mut slow = polling(&pace);
    slow.requests(Call::QueryStatus).exchange().head(&head(429, RETRY_LATER));
    assert_eq!(asks_after([polling(&pace)]), [30_000]);
    slow.now = BEGIN + Duration::from_secs(31);
    slow.finishes();
    assert_eq!(asks_after([polling(&pace)]), [61_000]);
}

#[test]
fn a_pause_outlives_the_operation_that_was_refused() {
    let pace = Pace::default();
    polling(&pace).requests(Call::QueryStatus).exchange().head(&head(429, RETRY_LATER));
    assert_eq!(asks_after([polling(&pace)]), [30_000]);
}

#[test]
fn a_pause_is_not_shortened_by_another() {
    let pace = Pace::default();
    let [mut one, mut other] = several(|| polling(&pace));
    one.requests(Call::QueryStatus);
    other.requests(Call::QueryStatus).respond_with(429, RETRY_LATER, "");
    one.respond_with(429, &[("retry-after", "2")], "");
    assert_eq!(asks_after([polling(&pace), one, other]), [30_000, 30_203, 30_406]);
}

#[test]
fn refusals_at_the_same_moment_are_one_pause() {
    let pace = Pace::default();
    let [mut one, mut other, mut waits] = several(|| polling(&pace));
    one.requests(Call::QueryStatus);
    other.requests(Call::QueryStatus).respond_with(429, RETRY_LATER, "");
    waits.waits_until();
    one.respond_with(429, RETRY_LATER, "");
    assert_eq!(asks_after([polling(&pace), waits]), [30_203, 30_000]);
}

#[test]
fn a_pause_beyond_the_deadline_ends_each_operation_at_once_in_the_words_of_the_server() {
    let pace = Pace::default();
    let [mut refused, mut other, mut third] = several(|| polling(&pace));
    other.requests(Call::QueryStatus).respond(200, RUNNING);
    refused.requests(Call::QueryStatus).respond_with(503, &[("retry-after", "3601")], "");
    for scene in [&mut refused, &mut other, &mut third] {
        let error = scene.ends_with(ErrorKind::Unavailable);
        assert_eq!(error.status().unwrap().as_u16(), 503);
        assert!(scene.waited <= Duration::from_millis(250), "{:?}", scene.waited);
    }
    assert!(!refused.ends_with(ErrorKind::Unavailable).is_not_started());
    assert!(!other.ends_with(ErrorKind::Unavailable).is_not_started());
    assert!(third.ends_with(ErrorKind::Unavailable).is_not_started());
}

#[test]
fn an_endless_wait_causes_no_overflow() {
    let pace = Pace::default();
    let longest = &[("retry-after", "18446744073709551615")];
    polling(&pace)
        .requests(Call::QueryStatus)
        .respond_with(429, longest, "")
        .ends_with(ErrorKind::Unavailable);
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
        scene.requests(Call::QueryStatus).respond_with(429, &[("retry-after", "1")], "");
    }
    scene.requests(Call::QueryStatus).respond(200, FINISHED).ends_well();
}

#[test]
fn a_request_to_cancel_waits_for_the_end_of_a_pause() {
    let pace = Pace::default();
    polling(&pace).requests(Call::QueryStatus).respond_with(429, &[("retry-after", "20")], "");
    let mut cancelled = several::<3>(|| polling(&pace));
    for scene in &mut cancelled {
        scene.cancel();
    }
    assert_eq!(asks_after(cancelled), [20_000, 20_203, 20_406], "one after another");
}

#[test]
fn an_operation_that_cannot_be_cancelled_in_its_time_ends_at_once() {
    let pace = Pace::default();
    polling(&pace).requests(Call::QueryStatus).respond_with(429, RETRY_LATER, "");
    let mut scene = polling(&pace);
    let error = scene.cancel().ends_with(ErrorKind::UnknownOutcome);
    assert!(scene.waited.is_zero() && error.is_cancelled() && error.may_still_run());
}

#[test]
fn the_longer_of_two_pauses_begins_whichever_head_is_first() {
    for (first, second) in [("2", "30"), ("30", "2")] {
        let pace = Pace::default();
        let [mut one, mut other] = several(|| polling(&pace));
        one.requests(Call::QueryStatus);
        other.requests(Call::QueryStatus);
        one.exchange().head(&head(429, &[("retry-after", first)]));
        other.exchange().head(&head(429, &[("retry-after", second)]));
        assert_eq!(asks_after([polling(&pace)]), [30_000]);
    }
}

#[test]
fn a_request_is_held_back_from_the_head_of_a_refusal_on() {
    let pace = Pace::default();
    let [mut held, mut refused] = several(|| polling(&pace));
    held.requests(Call::QueryStatus);
    refused.requests(Call::QueryStatus).exchange().head(&head(429, RETRY_LATER));
    assert_eq!(held.exchange().hold_until(BEGIN), Some(BEGIN + Duration::from_secs(30)));
}

#[test]
fn a_retry_after_on_a_success_or_an_error_pauses_no_operation() {
    for (status, body) in [(200, RUNNING), (500, INTERNAL_ERROR), (404, HTML), (302, "")] {
        let pace = Pace::default();
        polling(&pace).requests(Call::QueryStatus).respond_with(status, RETRY_LATER, body);
        assert_eq!(asks_after([polling(&pace)]), [0], "{status}");
    }
}

#[test]
fn a_request_that_was_handed_out_can_be_held_back() {
    let pace = Pace::default();
    let [mut held, mut refused] = several(|| polling(&pace));
    held.requests(Call::QueryStatus);
    assert_eq!(held.exchange().hold_until(BEGIN), None);
    refused.requests(Call::QueryStatus).respond_with(429, RETRY_LATER, "");
    let until = BEGIN + Duration::from_secs(30);
    for _ in 0..2 {
        assert_eq!(held.exchange().hold_until(BEGIN), Some(until));
    }
    assert_eq!(held.exchange().hold_until(until), None);
    assert_eq!(asks_after([polling(&pace)]), [30_203]);
}
