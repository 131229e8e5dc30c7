use serde_json::json;

use super::*;
use crate::testing::{at, catalogue, copy, listing, personal};
use crate::{Options, plan, removal_line};

fn plans(bases: &[(&str, &str)]) -> Vec<BasePlan> {
    let listing = listing(&json!([personal(204, bases)]));
    plan(&listing, &Catalogue::default(), |_| None, &Options::default(), at(0)).unwrap()
}

fn cause(message: &str) -> Cause {
    Cause::new("auth", Some(403), message)
}

/// The event of a base in this state since this time.
fn event(uuid: &str, kind: EventKind, since: i64) -> BaseEvent {
    plans(&[(uuid, "a")])[0].event(kind, at(since))
}

fn lines(lines: &[String]) -> Catalogue {
    Catalogue::read(lines.concat().as_bytes())
}

/// The time since which base `u` has failed for this cause, or `None` if the failure is new.
fn since(read: &Catalogue, cause: Cause, now: i64) -> Option<i64> {
    match plans(&[("u", "renamed")])[0].failed(cause, read, at(now)) {
        Failed::AsSince(since) => Some(since.as_unix()),
        Failed::New(event) => {
            assert_eq!((event.since, event.base.uuid.as_str()), (at(now), "u"));
            None
        }
    }
}

#[test]
fn an_event_is_recorded_in_one_line() {
    assert_eq!(
        event("u", EventKind::Failed(cause("Permission\ndenied.")), 1).line(),
        concat!(
            r#"{"base":{"uuid":"u","name":"a","updated_at":null},"workspace_id":204,"workspace":"personal","#,
            r#""folder":"204 personal/a","event":"failed","kind":"auth","http_status":403,"#,
            r#""message":"Permission\ndenied.","since":"1970-01-01T00:00:01Z"}"#,
            "\n"
        )
    );
    let gone = event("u", EventKind::Gone, 1).line();
    assert!(
        gone.ends_with(
            "\"folder\":\"204 personal/a\",\"event\":\"gone\",\"since\":\"1970-01-01T00:00:01Z\"}\n"
        )
    );
}

#[test]
fn events_are_read_as_they_were_recorded() {
    let kinds = [EventKind::Failed(Cause::new("", None, "")), EventKind::Gone, EventKind::Excluded];
    for kind in kinds {
        let events = ["u", "v"].map(|uuid| event(uuid, kind.clone(), 7));
        let read = lines(&events.clone().map(|event| event.line()));
        assert!(read.events().eq(&events) && read.broken().is_empty() && read.is_empty());
        assert_eq!(read.event_of(&"v".parse().unwrap()), Some(&events[1]));
    }
}

#[test]
fn the_last_event_of_a_base_counts_until_its_next_copy() {
    let [u, v] = ["u", "v"].map(|uuid| event(uuid, EventKind::Excluded, 1).line());
    let gone = event("u", EventKind::Gone, 2).line();
    let kinds = |all: &[&String]| {
        let read = lines(&all.iter().map(|line| (*line).clone()).collect::<Vec<_>>());
        read.events().map(|event| event.kind.clone()).collect::<Vec<_>>()
    };
    let (gone_u, excluded) = (EventKind::Gone, EventKind::Excluded);
    assert_eq!(kinds(&[&u, &v, &gone]), [gone_u.clone(), excluded.clone()]);
    assert_eq!(kinds(&[&gone, &v, &u]), [excluded.clone(), excluded.clone()]);
    // A copy ends the event even if its time is earlier, and although it is removed later.
    let copy = copy("u", "a", -9);
    assert_eq!(kinds(&[&u, &v, &copy.line(), &removal_line(&copy.file, at(3))]), [excluded]);
    assert_eq!(kinds(&[&copy.line(), &gone]), [gone_u]);
    assert_eq!(kinds(&[&gone, &event("u", EventKind::Listed, 3).line()]), []);
}

#[test]
fn a_broken_event_is_named_and_records_nothing() {
    let gone = event("u", EventKind::Gone, 1).line();
    for (from, to) in [("\"gone\"", "\"eaten\""), ("1970-01-01T00:00:01Z", "then"), ("\"u\"", "\"\"")] {
        let read = lines(&[event("u", EventKind::Excluded, 1).line(), gone.replace(from, to)]);
        let broken: Vec<_> = read.broken().iter().map(|line| (line.number, line.reason)).collect();
        assert_eq!(broken, [(2, "it does not describe an event")], "{to}");
        assert!(read.events().all(|event| event.kind == EventKind::Excluded));
    }
    let torn = lines(&[event("v", EventKind::Gone, 1).line(), gone.trim_end().replace('}', "")]);
    assert_eq!((torn.events().count(), torn.broken().len()), (1, 0));
}

#[test]
fn unknown_keys_of_copies_and_events_mean_nothing() {
    let line = copy("u", "a", 1).line().replacen('{', r#"{"event":"gone","#, 1);
    let read = lines(&[line]);
    assert_eq!((read.copies().count(), read.events().count()), (1, 0));
    let line = event("u", EventKind::Gone, 1).line().replacen('{', r#"{"removed":"then","#, 1);
    assert_eq!(lines(&[line]).events().count(), 1, "an event with an unknown key is one");
}

#[test]
fn a_failure_is_known_if_kind_status_and_words_are_those_of_the_last_one() {
    let read = lines(&[event("u", EventKind::Failed(cause("Permission denied.")), 5).line()]);
    assert_eq!(since(&read, cause("Permission denied."), 9), Some(5));
    assert_eq!(since(&read, cause("Wrong password."), 9), None);
    assert_eq!(since(&read, Cause::new("auth", Some(401), "Permission denied."), 9), None);
    assert_eq!(since(&read, Cause::new("auth", None, "Permission denied."), 9), None);
    assert_eq!(since(&read, Cause::new("rejected", Some(403), "Permission denied."), 9), None);
    let of_other = lines(&[event("v", EventKind::Failed(cause("Permission denied.")), 5).line()]);
    assert_eq!(since(&of_other, cause("Permission denied."), 9), None);
}

#[test]
fn a_failure_is_new_after_a_copy_an_exclusion_or_another_failure() {
    let failed = |message: &str| event("u", EventKind::Failed(cause(message)), 5);
    for between in [
        copy("u", "a", 6).line(),
        event("u", EventKind::Excluded, 6).line(),
        event("u", EventKind::Gone, 6).line(),
        failed("Wrong password.").line(),
    ] {
        assert_eq!(since(&lines(&[failed("no").line(), between.clone()]), cause("no"), 9), None, "{between}");
    }
    assert_eq!(since(&lines(&[failed("no").line(), copy("v", "a", 6).line()]), cause("no"), 9), Some(5));
}

#[test]
fn a_clock_that_was_set_back_gives_no_time_in_the_future() {
    let read = lines(&[event("u", EventKind::Failed(cause("no")), 5).line()]);
    assert_eq!(since(&read, cause("no"), 3), Some(3));
}

#[test]
fn words_with_digits_do_not_count() {
    let task = "task 1f2e3d4c-aaaa-4bbb-8ccc-0123456789ab is unknown";
    for (one, other) in [
        ("after 12 s", "after 7 s"),
        ("until 2026-11-12T02:00:00Z.", "until 2026-11-13T02:00:01Z."),
        (task, "task 1764104021123 is unknown"),
        ("limit of 200MB, size 7", "limit of 100MB, size 9"),
    ] {
        assert!(cause(one).is_same(&cause(other)), "{one}: {}", folded(one));
    }
    for (one, other) in [("after 12 s", "before 12 s"), ("1 table", "1 row"), ("a", "1"), ("no", "no.")] {
        assert!(!cause(one).is_same(&cause(other)), "{one}, {other}");
    }
}

#[test]
fn a_long_message_is_cut() {
    let [long, longer] = [500, 501].map(|len| cause(&"ä".repeat(len)));
    assert_eq!((&long, long.message.chars().count()), (&longer, 500));
    let mut event = event(&"u".repeat(255), EventKind::Failed(cause(&"\u{1}".repeat(500))), 1);
    (event.base.name, event.workspace) = ("\u{1}".repeat(255), "\u{1}".repeat(255));
    event.folder = "a".repeat(511);
    assert!(event.line().len() < 16 * 1024, "{}", event.line().len());
}

#[test]
fn an_event_does_not_change_the_copies() {
    let copies = [copy("u", "a", 1), copy("v", "b", 2)];
    let mut read = catalogue(&copies);
    read.note(&event("u", EventKind::Gone, 3));
    assert!(read.copies().eq(copies));
}
