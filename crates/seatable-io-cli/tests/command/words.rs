//! Progress, `-v`, `-q`, the summary, and the commands that continue a task.

use super::*;

fn exporting(rig: &Rig, options: &[&str]) -> Done {
    rig.run(&[&["export", "a", "--workspace", "1", "--force"], options].concat())
}

#[test]
fn progress_is_a_line_for_each_phase_and_quiet_prints_none() {
    let rig = rig(Generation::Y2021);
    rig.file("a.dtable", &sample_dtable(5000));
    let err = rig.run(&["import", "a.dtable", "--workspace", "1"]).err;
    let id = rig.server.state().tasks[0].id.clone();
    assert_eq!(err, format!("a.dtable: sending 4.88 KiB\na.dtable: waiting for task {id}\n"));
    let quiet = exporting(&rig, &["-q"]);
    assert_eq!((quiet.code, quiet.out(), &quiet.err[..]), (Some(0), "", ""));
    let quiet = exporting(&rig, &["-q", "--json"]);
    assert_eq!((&quiet.line()["status"], &quiet.err[..]), (&"finished".into(), ""));
}

#[test]
fn a_pause_is_a_line_for_each_response_and_not_for_each_input() {
    let names: Vec<_> = (0..12).map(|number| format!("b{number}")).collect();
    let rig = names.iter().fold(rig(Generation::Current), |rig, name| rig.base(name));
    let busy = Fault::new(Call::SynchronousExport, FaultKind::Busy { retry_after: 2 }).after(5);
    rig.server.with(|sandbox, _| sandbox.add_fault(busy));
    let options = ["export", "--workspace", "1", "--jobs", "4"].into_iter();
    let done = rig.run(&options.chain(names.iter().map(String::as_str)).collect::<Vec<_>>());
    let lines = [": paused by the server, 2 s: the server answered 429", ": the server is exporting\n"];
    assert_eq!(lines.map(|words| done.err.matches(words).count()), [1, 12], "{done:?}");
    assert_eq!(done.err.lines().count(), 1 + 12 + 12 + 1, "{done:?}");
}

#[test]
fn each_wait_is_a_line_and_continued_work_is_not() {
    let rig = rig(Generation::Y2021).base("a");
    for fault in ["export:429@1", "status:502", "status:429@1"] {
        rig.server.with(|sandbox, _| sandbox.add_fault(fault.parse().unwrap()));
    }
    let err = exporting(&rig, &[]).err;
    let lines: Vec<_> = err.lines().map(|line| line.split([',', '(']).next().unwrap().trim()).collect();
    let waiting = format!("a: waiting for task {}", rig.server.state().tasks[0].id);
    let (paused, again) = ("a: paused by the server", "a: the server answered 502 Bad Gateway");
    assert_eq!(lines, [paused, &waiting, again, paused, "a: receiving 4.88 KiB"], "{err}");
}

/// Runs the command on a terminal, which `script` provides; returns the output.
#[cfg(target_os = "linux")]
fn on_a_terminal(rig: &Rig, line: &str) -> Option<String> {
    let program = env!("CARGO_BIN_EXE_seatable-io");
    let mut script = rig.shell(&format!("exec script -qec \"stty cols 80; '{program}' {line}\" /dev/null"));
    let output = script.env("TERM", "xterm").output().unwrap();
    (output.status.code() != Some(127)).then(|| String::from_utf8(output.stdout).unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_a_pause_counts_down_and_work_counts_up() {
    let rig = rig(Generation::Current).base("a");
    for fault in ["synchronous-export:429@3", "synchronous-export:silent"] {
        rig.server.with(|sandbox, _| sandbox.add_fault(fault.parse().unwrap()));
    }
    let Some(shown) = on_a_terminal(&rig, "export a --workspace 1 --timeout 6") else {
        return eprintln!("skipped: script is not installed");
    };
    let expected = [
        "a: paused by the server, 3 s",
        "a: paused by the server, 2 s",
        "a: paused by the server, 1 s",
        "a: the server is exporting, 0 s",
        "a: the server is exporting, 1 s",
    ];
    let at = expected.map(|words| shown.rfind(words).unwrap_or_else(|| panic!("{words}: {shown}")));
    assert!(at.is_sorted() && !shown.contains("429 Too Many"), "{shown}");
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_work_goes_on_counting_after_a_retry() {
    let rig = Rig::new(Sandbox::new(Generation::Y2021).with_task_time(Duration::from_secs(4)));
    rig.file("a.dtable", &sample_dtable(5000));
    rig.server.with(|sandbox, _| sandbox.add_fault("status:502*2+2".parse().unwrap()));
    let Some(shown) = on_a_terminal(&rig, "import a.dtable --workspace 1") else { return };
    let retry = shown.rfind("a.dtable: the server answered 502 Bad Gateway; again in 1 s").unwrap();
    let after = &shown[retry..];
    assert!(after.contains("a.dtable: the server is importing, 3 s"), "{shown}");
    assert!(
        !after.contains("importing, 0 s") && !shown.contains("waiting for task") && !after.contains("asking"),
        "{shown}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_a_file_is_checked_after_its_last_byte() {
    let rig = rig(Generation::Current).base("a");
    let Some(shown) = on_a_terminal(&rig, "export a --workspace 1") else { return };
    let received = shown.rfind("a: receiving ").unwrap();
    assert!(shown[received..].contains("a: checking the file, 0 s"), "{shown}");
}

#[test]
fn a_table_that_is_imported_in_one_request_has_a_line_when_it_is_sent() {
    let rig = rig(Generation::Current);
    rig.file("a.csv", b"a,b\n1,2\n");
    let done = rig.run(&["import", "a.csv", "--workspace", "1"]);
    assert_eq!(done.err, "a.csv: sending 8 B\na.csv: the server is importing\n");
}

/// The lines of `-v` without the time at their start and with 0 for the milliseconds at their end.
fn without_times(err: &str) -> Vec<String> {
    let details = err.lines().filter_map(|line| line.split_once("Z ")).filter(|(time, _)| time.len() == 12);
    details
        .map(|(_, rest)| match rest.rsplit_once(", ") {
            Some((rest, took)) if took.ends_with(" ms") => format!("{rest}, 0 ms"),
            _ => rest.to_owned(),
        })
        .collect()
}

#[test]
fn verbose_prints_the_server_once_and_each_request_with_its_base_and_time() {
    let rig = rig(Generation::Y2021).base("a");
    let done = exporting(&rig, &["-v"]);
    let (id, uuid) = (rig.server.state().tasks[0].id.clone(), rig.server.state().bases[&1].uuid.clone());
    let lines = without_times(&done.err);
    assert_eq!(done.err.matches(&rig.server.url()).count(), 1, "{done:?}");
    let start = "GET /api/v2.1/workspace/1/dtable/a/export-dtable/";
    assert_eq!(
        lines[1..4],
        [
            format!("a: > {start}"),
            format!("a: < {start}: 200 OK, 0 ms"),
            format!("a: task {id}, export, base {uuid}"),
        ]
    );
}

#[test]
fn a_server_that_cannot_be_reached_is_named_with_the_reason() {
    let rig = rig(Generation::Current);
    let done = rig.run(&["status", "1", "--server", "http://127.0.0.1:1", "--timeout", "1"]);
    let lines = [" [Connection refused", "] (http://127.0.0.1:1/); trying again in"];
    assert!(lines.iter().all(|words| done.err.contains(words)), "{done:?}");
}

#[test]
fn the_reason_in_brackets_is_that_of_the_last_request() {
    let rig = rig(Generation::Y2021).base("a");
    for kind in [FaultKind::Refused, FaultKind::BadGateway { acted: false }] {
        rig.server.with(|sandbox, _| sandbox.add_fault(Fault::new(Call::QueryStatus, kind)));
    }
    let done = exporting(&rig, &[]);
    let waits: Vec<_> = done.err.lines().filter(|line| line.contains("trying again")).collect();
    assert!(done.code == Some(0) && waits.len() == 2, "{done:?}");
    assert!(waits[0].contains('[') && !waits[1].contains('['), "{done:?}");
}

#[test]
fn several_inputs_have_a_summary() {
    let rig = rig(Generation::Current).base("a").base("b");
    let done = rig.run(&["export", "a", "no", "b", "--workspace", "1"]);
    assert!(done.err.contains("\n3 inputs: 2 finished (9.77 KiB), 1 failed, in "), "{done:?}");
    assert!(!exporting(&rig, &[]).err.contains("inputs"));
    assert!(!rig.run(&["-q", "export", "a", "b", "--workspace", "1", "--force"]).err.contains("inputs"));
}

#[test]
fn an_accepted_export_can_be_downloaded() {
    for generation in [Generation::Y2020, Generation::Y2021] {
        let rig = rig(generation).base("a");
        let line = exporting(&rig, &["--json"]).line();
        assert_eq!(line["status"], "finished");
        let done = rig.run(&["export", "a", "--workspace", "1", "--no-wait"]);
        let download = done.out().lines().find(|line| line.contains("download")).unwrap().trim().to_owned();
        assert!(download.ends_with("--output a.dtable"), "{done:?}");
        std::fs::remove_file(rig.dir.path().join("a.dtable")).unwrap();
        let words: Vec<_> = download.split(' ').skip(1).collect();
        assert_eq!(rig.run(&words).code, Some(0));
        assert_eq!(rig.left(), ["a.dtable"]);
    }
}

#[test]
fn the_line_of_an_accepted_export_has_the_data_to_continue_it() {
    let rig = rig(Generation::Y2021).base("a");
    let line = exporting(&rig, &["--json", "--no-wait"]).line();
    assert_eq!((&line["status"], &line["output"]), (&"accepted".into(), &Value::Null), "{line}");
    assert_eq!(line["task_id"], rig.server.state().tasks[0].id.as_str());
    assert_eq!(line["base"]["uuid"], rig.server.state().bases[&1].uuid.as_str());
    assert!(rig.left().is_empty());
}

#[test]
fn a_current_server_cannot_export_without_waiting() {
    let rig = rig(Generation::Current).base("a");
    let done = exporting(&rig, &["--json", "--no-wait"]);
    let (code, status, kind, _) = done.failure();
    assert_eq!((code, &status[..], &kind[..]), (2, "failed", "usage"));
    assert!(done.out().contains("without waiting"), "{done:?}");
}
