//! What is told on the way: progress, `-v`, `-q`, the summary, and what a task needs to be continued.

use super::*;

fn exporting(rig: &Rig, options: &[&str]) -> Done {
    rig.run(&[&["export", "a", "--workspace", "1", "--force"], options].concat())
}

#[test]
fn progress_is_a_line_for_each_phase_and_quiet_is_quiet() {
    let rig = rig(Generation::Y2021);
    rig.file("a.dtable", &sample_dtable(5000));
    let err = rig.run(&["import", "a.dtable", "--workspace", "1"]).err;
    let id = rig.server.book().tasks[0].id.clone();
    assert_eq!(err, format!("a.dtable: sending 4.88 KiB\na.dtable: waiting for task {id}\n"));
    let quiet = exporting(&rig, &["-q"]);
    assert_eq!((quiet.code, quiet.out(), &quiet.err[..]), (Some(0), "", ""));
    let quiet = exporting(&rig, &["-q", "--json"]);
    assert_eq!((&quiet.line()["status"], &quiet.err[..]), (&"finished".into(), ""));
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
fn verbose_tells_the_server_once_and_each_request_with_its_base_and_time() {
    let rig = rig(Generation::Y2021).base("a");
    let done = exporting(&rig, &["-v"]);
    let (id, uuid) = (rig.server.book().tasks[0].id.clone(), rig.server.book().bases[0].uuid.clone());
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
    assert!(done.err.contains("refused (os error 111)] (http://127.0.0.1:1/); trying again in"), "{done:?}");
}

#[test]
fn several_inputs_have_a_summary() {
    let rig = rig(Generation::Current).base("a").base("b");
    let done = rig.run(&["export", "a", "no", "b", "--workspace", "1"]);
    assert!(done.err.ends_with("\n3 inputs: 2 finished, 1 failed\n"), "{done:?}");
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
fn an_accepted_export_has_what_continues_it_in_its_line() {
    let rig = rig(Generation::Y2021).base("a");
    let line = exporting(&rig, &["--json", "--no-wait"]).line();
    assert_eq!((&line["status"], &line["output"]), (&"accepted".into(), &Value::Null), "{line}");
    assert_eq!(line["task_id"], rig.server.book().tasks[0].id.as_str());
    assert_eq!(line["base"]["uuid"], rig.server.book().bases[0].uuid.as_str());
    assert!(rig.left().is_empty());
}

#[test]
fn a_current_server_cannot_export_without_waiting() {
    let rig = rig(Generation::Current).base("a");
    let done = exporting(&rig, &["--json", "--no-wait"]);
    let (code, status, kind, _) = done.failure();
    assert_eq!((code, &status[..], &kind[..]), (2, "failed", "usage"));
    assert!(done.out().contains("no task to resume"), "{done:?}");
}
