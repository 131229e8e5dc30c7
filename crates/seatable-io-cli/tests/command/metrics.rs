//! `backup --metrics-file`: the metrics of the last run and of the last copies.

use std::time::SystemTime;

use seatable_io_sandbox::Generation::Current;

use super::accounts::*;
use super::*;

fn back_up(rig: &Rig, more: &[&str]) -> Done {
    init(rig);
    rig.run(&[&["backup", "b", "--metrics-file", "m.prom"], more].concat())
}

/// The values of a metric by the name of the base, or by an empty text.
fn values(rig: &Rig, name: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(rig.dir.path().join("m.prom")).unwrap();
    let start = format!("seatable_backup_{name}{{");
    let value = |line: &str| {
        let (labels, value) = line.rsplit_once("} ").unwrap();
        let base = labels.split("base=\"").nth(1).map_or("", |rest| rest.split('"').next().unwrap());
        (base.to_owned(), value.to_owned())
    };
    text.lines().filter(|line| line.starts_with(&start)).map(value).collect()
}

/// The value of a metric of the run.
fn of_run(rig: &Rig, name: &str) -> String {
    let mut values = values(rig, &format!("last_run_{name}"));
    assert_eq!(values.len(), 1, "{name}");
    values.remove(0).1
}

/// Whether these seconds are of the last minute.
fn is_of_now(seconds: &str) -> bool {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    now.checked_sub(seconds.parse().unwrap()).is_some_and(|age| age < 60)
}

fn bases(rig: &Rig, name: &str) -> Vec<String> {
    values(rig, name).into_iter().map(|(base, _)| base).collect()
}

#[test]
fn a_run_writes_its_numbers_and_those_of_the_last_copies() {
    let rig = rig(Current).base("a");
    rig.server.with(|sandbox, _| sandbox.add_base(1, "b", sample_dtable(700)));
    backup(&rig, &["--base", "a"]);
    age(&rig, 3600);
    rig.server.with(|sandbox, _| sandbox.add_fault("any/b:403*always".parse().unwrap()));
    assert_eq!(back_up(&rig, &["--keep", "1"]).code, Some(3));
    let run = [
        "exit_code",
        "success",
        "exported_bases",
        "failed_bases",
        "skipped_bases",
        "deleted_copies",
        "exported_bytes",
    ];
    assert_eq!(run.map(|name| of_run(&rig, name)), ["3", "0", "1", "1", "0", "1", "5000"]);
    let took: f64 = of_run(&rig, "duration_seconds").parse().unwrap();
    assert!(is_of_now(&of_run(&rig, "timestamp_seconds")) && (0.001..60.0).contains(&took), "{took}");
    let times = values(&rig, "last_copy_timestamp_seconds");
    let of = |name: &str| &times.iter().find(|(base, _)| base == name).unwrap().1;
    assert!(is_of_now(of("a")) && of("b") == "0", "{times:?}");
    assert_eq!(values(&rig, "last_copy_bytes"), [("a".to_owned(), "5000".to_owned())]);
}

#[test]
fn bases_that_are_skipped_or_fail_keep_the_values_of_their_last_copy() {
    let rig =
        Rig::new(Sandbox::new(Current).with_base(1, "a", sample_dtable(0)).with_base(1, "b", lacking()));
    backup(&rig, &[]);
    age(&rig, 3600);
    let saved: Vec<_> = catalogue(&rig).iter().map(|line| line["assets_missing"].to_string()).collect();
    rig.server.with(|sandbox, _| sandbox.add_fault("any/b:403*always".parse().unwrap()));
    assert_eq!(back_up(&rig, &["--max-age", "2h", "--base", "a"]).code, Some(0));
    assert_eq!(
        (of_run(&rig, "skipped_bases").as_str(), bases(&rig, "last_copy_bytes")),
        ("1", vec!["a".to_owned(), "b".to_owned()])
    );
    assert_eq!(back_up(&rig, &["--base", "b"]).code, Some(3));
    let missing = ["a", "b"].map(str::to_owned).into_iter().zip(saved.clone());
    assert_eq!(values(&rig, "last_copy_missing_assets"), missing.collect::<Vec<_>>());
    assert_eq!(saved, ["0", "1"]);
}

#[test]
fn a_base_that_is_gone_or_excluded_has_no_values_and_one_without_a_copy_has_time_zero() {
    let rig = rig(Current).base("a").base("b").base("c");
    backup(&rig, &["--base", "a", "--base", "b"]);
    rig.server.with(|sandbox, _| {
        sandbox.add_fault("any/c:403*always".parse().unwrap());
    });
    assert_eq!(back_up(&rig, &["--exclude", "b"]).code, Some(3));
    let names = |rig: &Rig| bases(rig, "last_copy_timestamp_seconds");
    assert_eq!(names(&rig), ["a", "c"]);
    let times = values(&rig, "last_copy_timestamp_seconds");
    assert!(is_of_now(&times[0].1) && times[1].1 == "0", "{times:?}");
    rig.server.with(|sandbox, _| *sandbox = Sandbox::new(Current).with_base(1, "a", sample_dtable(0)));
    assert_eq!((back_up(&rig, &[]).code, names(&rig)), (Some(0), vec!["a".to_owned()]));
}

#[cfg(unix)]
#[test]
fn a_base_that_was_not_reached_before_a_signal_has_time_zero() {
    let rig = Rig::new(Sandbox::new(Generation::Y2021).with_task_time(Duration::from_secs(60))).base("a");
    init(&rig);
    let child = rig.start(&["backup", "b", "--metrics-file", "m.prom"]);
    until(|| rig.asked(Call::QueryStatus) > 0);
    signal(&child, "INT");
    assert_eq!(rig.end(child).code, Some(130));
    let run = ["exit_code", "success", "failed_bases"];
    assert_eq!(run.map(|name| of_run(&rig, name)), ["130", "0", "1"]);
    assert_eq!(values(&rig, "last_copy_timestamp_seconds"), [("a".to_owned(), "0".to_owned())]);
}

#[test]
fn a_run_that_fails_at_once_keeps_the_values_of_the_bases() {
    let rig = rig(Current).base("a").base("b");
    backup(&rig, &[]);
    let done = back_up(&rig, &["--server", "http://127.0.0.1:1"]);
    assert_eq!(done.code, Some(2), "the folder has copies of another server");
    let run = ["exit_code", "success", "exported_bases"];
    assert_eq!(run.map(|name| of_run(&rig, name)), ["2", "0", "0"]);
    assert_eq!(bases(&rig, "last_copy_timestamp_seconds"), ["a", "b"]);
    assert_eq!(back_up(&rig, &["--base", "a"]).code, Some(0));
    assert_eq!(bases(&rig, "last_copy_timestamp_seconds"), ["a", "b"], "although b is not chosen");
}

#[test]
fn a_file_that_cannot_be_written_is_a_warning_at_once_and_at_the_end() {
    let rig = rig(Current).base("a");
    init(&rig);
    let done = rig.run(&["backup", "b", "--metrics-file", "none/m.prom"]);
    let warnings: Vec<_> =
        done.err.match_indices("warning: cannot write none/m.prom: ").map(|(at, _)| at).collect();
    assert!(done.code == Some(0) && warnings.len() == 2 && warnings[0] == 0, "{done:?}");
    assert!(!done.err.contains(".tmp"), "{done:?}");
    assert!(rig.run(&["backup", "b", "--metrics-file", "b"]).err.starts_with("warning: cannot write b: "));
    let dash = rig.run(&["backup", "b", "--metrics-file", "-"]);
    assert!(dash.code == Some(2) && dash.err.contains("\nhint: give it a path\n"), "{dash:?}");
    assert_eq!(rig.left(), ["b"]);
}

#[test]
fn a_dry_run_writes_no_metrics() {
    let rig = rig(Current).base("a");
    assert_eq!(back_up(&rig, &["--dry-run"]).code, Some(0));
    assert_eq!(rig.left(), ["b"]);
}

#[cfg(unix)]
#[test]
fn others_can_read_the_metrics_unless_the_umask_forbids_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let rig = rig(Current).base("a");
    init(&rig);
    rig.file("m.prom", b"old");
    for (umask, mode) in [("022", 0o644), ("077", 0o600)] {
        let program = env!("CARGO_BIN_EXE_seatable-io");
        let line = format!("umask {umask}; exec '{program}' -q backup b --metrics-file m.prom");
        assert_eq!(rig.done(rig.shell(&line).output().unwrap()).code, Some(0));
        let file = rig.dir.path().join("m.prom");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, mode);
        assert!(fs::read_to_string(&file).unwrap().contains("# TYPE ") && rig.left() == ["b", "m.prom"]);
    }
}
