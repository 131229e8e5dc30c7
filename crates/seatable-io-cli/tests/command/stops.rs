//! Ctrl-C and `--timeout`: the task is cancelled on the server, and no file is left.

use super::*;

fn slow(generation: Generation) -> Rig {
    let rig = Rig::new(Sandbox::new(generation).with_task_time(Duration::from_secs(60))).base("a");
    rig.file("b.dtable", &sample_dtable(5000));
    rig
}

fn interrupt(child: &Child) {
    signal(child, "INT");
}

fn is_gone(rig: &Rig) {
    assert_eq!(rig.server.state().unfinished().count(), 0);
    assert_eq!((rig.asked(Call::CancelTask), rig.left()), (1, vec!["b.dtable".to_owned()]));
}

#[test]
fn a_timeout_cancels_on_the_server_and_is_7() {
    for generation in [Generation::Y2020, Generation::Y2021] {
        let rig = slow(generation);
        let done = rig.run(&["--json", "--timeout", "1s", "import", "b.dtable", "--workspace", "1"]);
        assert_eq!(done.failure(), failure(7, "failed", "timeout", None));
        assert!(
            done.line()["task_id"].is_string()
                && done.err.contains("after 1s; it was cancelled on the server"),
            "{done:?}"
        );
        is_gone(&rig);
    }
}

#[test]
fn a_timeout_on_a_server_that_does_not_cancel_shows_how_to_continue() {
    let rig = slow(Generation::Y2020).fault(Call::CancelTask, FaultKind::PermissionDenied);
    let done = rig.run(&["--timeout", "1", "export", "a", "--workspace", "1"]);
    let state = rig.server.state();
    let (id, uuid) = (&state.tasks[0].id, &state.bases[&1].uuid);
    assert_eq!(done.code, Some(7));
    for command in [
        format!("download {id} --uuid {uuid} --output FILE"),
        format!("cancel {id} --uuid {uuid} --kind export"),
    ] {
        assert!(done.err.contains(&format!("seatable-io {command}\n")), "{done:?}");
    }
}

#[test]
fn an_import_that_cannot_be_cancelled_is_unknown() {
    for (kind, http) in [(FaultKind::PermissionDenied, Some(403)), (FaultKind::Silent, None)] {
        let rig = slow(Generation::Y2021).fault(Call::CancelTask, kind);
        let import = ["--json", "--timeout", "1", "import", "b.dtable", "--workspace", "1"];
        assert_eq!(rig.run(&import).failure(), failure(8, "unknown", "unknown_outcome", http));
    }
    let rig = slow(Generation::Y2021).fault(Call::CancelTask, FaultKind::PermissionDenied);
    let child = rig.start(&["--json", "import", "b.dtable", "--workspace", "1"]);
    until(|| rig.asked(Call::QueryStatus) > 0);
    interrupt(&child);
    assert_eq!(rig.end(child).failure(), failure(130, "unknown", "cancelled", Some(403)));
}

#[test]
fn an_upload_cut_off_by_the_timeout_is_8_and_unknown() {
    let rig = rig(Generation::Y2021).fault(Call::StartImport, FaultKind::Silent);
    rig.file("b.dtable", &sample_dtable(5000));
    let done = rig.run(&["--json", "--timeout", "1", "import", "b.dtable", "--workspace", "1"]);
    assert_eq!(done.failure(), failure(8, "unknown", "unknown_outcome", None));
}

#[test]
fn ctrl_c_cancels_on_the_server_and_is_130() {
    for (generation, args) in
        [(Generation::Y2020, ["export", "a"]), (Generation::Y2021, ["import", "b.dtable"])]
    {
        let rig = slow(generation);
        let child = rig.start(&["--json", args[0], args[1], "--workspace", "1"]);
        until(|| rig.asked(Call::QueryStatus) > 1);
        interrupt(&child);
        assert_eq!(rig.end(child).failure(), failure(130, "cancelled", "cancelled", None));
        is_gone(&rig);
    }
}

#[test]
fn fact_10_a_current_server_finishes_an_import_that_is_cancelled_so_it_is_unknown() {
    let rig = slow(Generation::Current);
    let import = ["--json", "--timeout", "1", "import", "b.dtable", "--workspace", "1"];
    let done = rig.run(&import);
    assert_eq!(done.failure(), failure(8, "unknown", "unknown_outcome", None));
    assert!(done.err.contains("may still be imported") && done.line()["task_id"].is_string(), "{done:?}");
    assert!(
        done.err.contains("b.dtable: the server may still be importing; looking for the base in "),
        "{done:?}"
    );
    is_gone(&rig);
    let rig = slow(Generation::Current);
    let child = rig.start(&["--json", "import", "b.dtable", "--workspace", "1"]);
    until(|| rig.asked(Call::QueryStatus) > 1);
    interrupt(&child);
    assert_eq!(rig.end(child).failure(), failure(130, "unknown", "cancelled", None));
    is_gone(&rig);
}

#[test]
fn after_ctrl_c_the_listing_is_requested_late_and_everything_ends_within_ten_seconds() {
    for fault in ["content:lost", "cancel:silent", "any:silent*always"] {
        let rig = slow(Generation::Current);
        let child = rig.start(&["--json", "import", "b.dtable", "--workspace", "1"]);
        until(|| rig.asked(Call::QueryStatus) > 1);
        rig.server.with(|sandbox, _| sandbox.add_fault(fault.parse().unwrap()));
        let sent = Instant::now();
        interrupt(&child);
        let done = rig.end(child);
        let took = sent.elapsed();
        assert!((5..13).contains(&took.as_secs()), "{fault}: {took:?}");
        assert_eq!((done.code, done.line()["evidence"].is_object()), (Some(130), !fault.starts_with("any")));
        let log = rig.server.state().log;
        let listed = log.iter().find(|entry| entry.call == Call::ListAdministered).map(|entry| entry.at);
        let stopped = log.iter().rfind(|entry| entry.call == Call::QueryStatus).map(|entry| entry.at);
        assert!(listed.is_none_or(|at| at >= stopped.unwrap() + Duration::from_secs(5)), "{log:?}");
    }
}

#[test]
fn ctrl_c_during_an_upload_is_130_and_unknown() {
    let rig = rig(Generation::Y2021).fault(Call::StartImport, FaultKind::Silent);
    rig.file("b.dtable", &sample_dtable(5000));
    let child = rig.start(&["--json", "import", "b.dtable", "--workspace", "1"]);
    until(|| rig.asked(Call::StartImport) == 1);
    std::thread::sleep(Duration::from_millis(100));
    interrupt(&child);
    let done = rig.end(child);
    assert_eq!(done.failure(), failure(130, "unknown", "cancelled", None));
    // The connection was not broken, but closed on this side.
    assert!(!done.err.contains('['), "{done:?}");
}

#[test]
fn after_ctrl_c_the_others_are_not_begun() {
    let rig = slow(Generation::Y2021);
    let child = rig.start(&["--json", "import", "b.dtable", "b.dtable", "--workspace", "1"]);
    until(|| rig.asked(Call::QueryStatus) > 0);
    interrupt(&child);
    let done = rig.end(child);
    let statuses: Vec<_> = done.lines().iter().map(|line| line["status"].clone()).collect();
    assert_eq!((done.code, statuses), (Some(130), vec![Value::from("cancelled"), "cancelled".into()]));
    assert!(
        done.err.contains("\n2 inputs: 2 cancelled, in ") && !done.err.contains("not started"),
        "{done:?}"
    );
    assert_eq!(rig.asked(Call::StartImport), 1);
}

#[test]
fn a_second_ctrl_c_leaves_at_once() {
    let rig = slow(Generation::Y2021).fault(Call::CancelTask, FaultKind::Silent);
    let child = rig.start(&["--json", "-q", "import", "b.dtable", "--workspace", "1"]);
    until(|| rig.asked(Call::QueryStatus) > 0);
    interrupt(&child);
    until(|| rig.asked(Call::CancelTask) > 0);
    interrupt(&child);
    let done = rig.end(child);
    // After the first one alone, it waits for the server, and then reports that the outcome is unknown.
    assert_eq!((done.code, done.out(), &*done.err), (Some(130), "", ""));
    assert_eq!(rig.server.state().log.last().unwrap().call, Call::CancelTask);
}

#[test]
fn other_signals_cancel_on_the_server_and_have_their_exit_codes() {
    heed_hangups();
    for (name, code) in [("TERM", 143), ("HUP", 129)] {
        let rig = slow(Generation::Y2021);
        let child = rig.start(&["--json", "export", "a", "--workspace", "1"]);
        until(|| rig.asked(Call::QueryStatus) > 0);
        signal(&child, name);
        assert_eq!(rig.end(child).failure(), failure(code, "cancelled", "cancelled", None));
        is_gone(&rig);
    }
}

#[test]
fn an_import_that_cannot_be_cancelled_when_its_time_is_over_is_8_and_unknown() {
    let rig = slow(Generation::Current).fault(Call::CancelTask, FaultKind::PermissionDenied);
    let done = rig.run(&["--json", "--timeout", "1", "import", "b.dtable", "--workspace", "1"]);
    assert_eq!(done.failure(), failure(8, "unknown", "unknown_outcome", Some(403)));
    assert!(done.err.contains("seatable-io cancel "), "{done:?}");
}

#[test]
fn the_exit_code_is_the_signals_whatever_the_server_answers() {
    for fault in [FaultKind::PermissionDenied, FaultKind::Redirect] {
        for (args, status) in [(["import", "b.dtable"], "unknown"), (["export", "a"], "cancelled")] {
            let rig = slow(Generation::Y2021).fault(Call::CancelTask, fault.clone());
            let child = rig.start(&["--json", args[0], args[1], "--workspace", "1"]);
            until(|| rig.asked(Call::QueryStatus) > 0);
            signal(&child, "TERM");
            let (code, reported, kind, _) = rig.end(child).failure();
            assert_eq!((code, reported.as_str(), kind.as_str()), (143, status, "cancelled"));
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn under_nohup_a_hangup_changes_nothing() {
    let rig = slow(Generation::Y2021);
    let program = env!("CARGO_BIN_EXE_seatable-io");
    let line = format!("trap '' HUP; exec '{program}' export a --workspace 1");
    let child = rig.shell(&line).spawn().unwrap();
    until(|| rig.asked(Call::QueryStatus) > 0);
    signal(&child, "HUP");
    let before = rig.asked(Call::QueryStatus);
    until(|| rig.asked(Call::QueryStatus) > before + 1);
    signal(&child, "TERM");
    assert_eq!(rig.end(child).code, Some(143));
}
