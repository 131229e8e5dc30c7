//! `backup --exclude`, and failures that persist.

use seatable_io_backup::Timestamp;
use seatable_io_sandbox::Generation::Current;

use super::accounts::*;
use super::*;

/// A server on which the exports of these bases fail, and those of others succeed.
fn failing(names: &[&str]) -> Rig {
    let rig = rig(Current).base("a").base("b").base("c");
    for name in names {
        rig.server.with(|sandbox, _| sandbox.add_fault(refused(name).always()));
    }
    rig
}

fn refused(name: &str) -> Fault {
    Fault::new(Call::SynchronousExport, FaultKind::PermissionDenied).only(name)
}

/// The day of the last line of the catalogue that has a time of an event.
fn day(line: &Value) -> &str {
    line["since"].as_str().unwrap().split_once('T').unwrap().0
}

#[test]
fn excluded_bases_are_skipped_in_every_workspace_and_keep_their_copies() {
    let rig = account(Current);
    backup(&rig, &["--base", "Sales"]);
    let copies = files(&rig);
    let done = backup(&rig, &["--exclude", "Sales", "--base", "Sales", "--keep", "1"]);
    let lines = done.lines();
    assert_eq!((each(&lines, "/status"), each(&lines, "/reason")), (vec!["skipped"; 2], vec!["excluded"; 2]));
    assert_eq!((done.code, each(&lines, "/workspace")), (Some(0), vec!["personal", "A/B"]));
    assert!(done.err.starts_with("2 skipped, in ") && files(&rig) == copies, "{done:?}");
    let excluded = ("Sales".to_owned(), "excluded".to_owned());
    assert_eq!(events(&rig), [excluded.clone(), excluded]);
}

#[test]
fn a_uuid_excludes_one_of_two_bases_with_the_same_name() {
    let rig = account(Current);
    let uuid = rig.server.state().base(30, "Sales").unwrap().uuid.clone();
    let lines = backup(&rig, &["--exclude", &uuid, "--base", "Sales"]).lines();
    assert_eq!(each(&lines, "/status"), ["finished", "skipped"]);
    let plain = rig.run(&["backup", "b", "--exclude", &uuid, "--base", "Sales", "--dry-run"]);
    assert!(plain.out().ends_with("\n30 A%2FB/Sales: skipped, it is excluded\n"), "{plain:?}");
    assert!(plain.err.ends_with("1 planned, 1 skipped\n"), "{plain:?}");
}

#[test]
fn an_exclusion_without_a_base_is_a_warning() {
    let rig = rig(Current).base("a");
    let done = backup(&rig, &["--exclude", "a", "--exclude", "no\nhint: b"]);
    let warning = "warning: --exclude no\\nhint: b: the server lists no base with this name or uuid\n";
    assert!(done.code == Some(0) && done.err.starts_with(warning), "{done:?}");
}

#[test]
fn a_failure_that_was_there_at_the_last_run_is_told_as_such() {
    let rig = failing(&["a", "b"]);
    let first = backup(&rig, &[]);
    assert!(first.err.contains(", 2 failed, in ") && !first.err.contains("as since"), "{first:?}");
    assert!(first.lines().iter().all(|line| line["since"].is_null()));
    age(&rig, 3 * 86_400);
    let again = backup(&rig, &[]);
    let lines = again.lines();
    let since = day(&lines[0]);
    assert_eq!((again.code, each(&lines, "/status")), (Some(3), vec!["failed", "failed", "finished"]));
    assert!(again.err.contains("1 exported (4.88 KiB), 2 failed, both as before, in "), "{again:?}");
    super::samples::in_the_book("as before", &again.err);
    super::samples::in_the_book("as since", &again.err);
    let (date, hint) = (format!("(403: Permission denied), as since {since}\n"), "; to skip it: --exclude ");
    assert_eq!((again.err.matches(&date).count(), again.err.matches(hint).count()), (2, 2), "{again:?}");
    assert!(
        unix(lines[1]["since"].as_str().unwrap().parse().unwrap()) % 86_400 > 0
            && lines[2]["since"].is_null()
    );
    assert_eq!(events(&rig).len(), 2, "each has one line");
}

#[test]
fn a_new_failure_is_told_apart_from_one_that_is_as_before() {
    let rig = failing(&["a"]);
    backup(&rig, &[]);
    age(&rig, 86_400);
    let size = FaultKind::Fail { message: "The base size exceeds the limit of 200MB.".to_owned() };
    rig.server.with(|sandbox, _| {
        sandbox.add_fault(Fault::new(Call::SynchronousExport, size).only("b").always());
    });
    let done = backup(&rig, &[]);
    assert!(done.err.contains(", 2 failed, 1 as before, in "), "{done:?}");
    let since: Vec<_> = done.lines().iter().map(|line| line["since"].is_string()).collect();
    assert_eq!(since, [true, false, false]);
    assert!(backup(&rig, &[]).err.contains(", 2 failed, both as before, in "));
    let alone = backup(&rig, &["--base", "b"]);
    assert!(alone.err.contains("\n1 failed, as before, in "), "{alone:?}");
}

#[test]
fn a_failure_is_new_after_another_reason_a_copy_or_an_exclusion() {
    let rig = failing(&[]);
    let fail = |kind| {
        rig.server.with(|sandbox, _| sandbox.add_fault(Fault::new(Call::SynchronousExport, kind).only("a")));
        backup(&rig, &["--base", "a"]).err.contains("as since")
    };
    let denied = || FaultKind::PermissionDenied;
    let rejected = || FaultKind::Fail { message: "no".to_owned() };
    assert_eq!(
        [fail(denied()), fail(denied()), fail(rejected()), fail(denied())],
        [false, true, false, false]
    );
    backup(&rig, &["--base", "a"]);
    assert_eq!([fail(denied()), fail(denied())], [false, true], "after a copy");
    backup(&rig, &["--exclude", "a"]);
    assert_eq!([fail(denied()), fail(denied())], [false, true], "after an exclusion");
    backup(&rig, &["--exclude", "b", "--base", "b"]);
    assert!(fail(denied()), "after the exclusion of another base");
}

#[test]
fn an_export_that_is_tried_again_and_succeeds_has_not_failed() {
    let rig = failing(&[]);
    let late = Fault::new(Call::SynchronousExport, FaultKind::GatewayTimeout { acted: false }).only("a");
    rig.server.with(|sandbox, _| sandbox.add_fault(late));
    let done = backup(&rig, &[]);
    assert!(done.code == Some(0) && done.err.contains("1 personal/a: the server gave up"), "{done:?}");
    assert_eq!(events(&rig), []);
}

#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_says_nothing_about_its_bases() {
    heed_hangups();
    let sandbox = Sandbox::new(Generation::Y2021).with_task_time(Duration::from_secs(60));
    let rig = Rig::new(sandbox).base("a").base("b");
    init(&rig);
    let child = rig.start(&["--json", "backup", "b"]);
    until(|| rig.asked(Call::QueryStatus) > 1);
    signal(&child, "TERM");
    let done = rig.end(child);
    assert_eq!((done.code, each(&done.lines(), "/status")), (Some(143), vec!["cancelled"; 2]), "{done:?}");
    assert_eq!(events(&rig), []);
}

#[test]
fn retries_and_times_are_not_a_new_reason() {
    let rig = failing(&[]);
    let broken = Fault::new(Call::SynchronousExport, FaultKind::InternalErrorPage).only("a").always();
    rig.server.with(|sandbox, _| sandbox.add_fault(broken));
    let [first, again] = ["1s", "3s"].map(|timeout| backup(&rig, &["--base", "a", "--timeout", timeout]));
    assert!(first.code == again.code && !first.err.contains("as since"), "{first:?}");
    assert!(again.err.contains("1 failed, as before"), "{again:?}");
}

#[test]
fn a_clock_that_was_set_back_gives_no_date_in_the_future() {
    let rig = failing(&["a"]);
    backup(&rig, &["--base", "a"]);
    age(&rig, -30 * 86_400);
    let (before, done) = (events(&rig), backup(&rig, &["--base", "a"]));
    let line = done.line();
    let today = Timestamp::from_unix(i64::try_from(epoch()).unwrap()).unwrap();
    assert!(line["since"].as_str().unwrap() <= today.to_string().as_str(), "{done:?}");
    assert_eq!(events(&rig), before);
}

/// The seconds since 1970.
fn epoch() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}
