//! `verify --max-age` and `--quick`.

use seatable_io_sandbox::Generation::Current;

use super::accounts::*;
use super::*;

fn verify(rig: &Rig, more: &[&str]) -> Done {
    rig.run(&[&["--json", "verify", "b"], more].concat())
}

/// The lines of bases without a young copy.
fn stale(done: &Done) -> Vec<Value> {
    done.lines().into_iter().filter(|line| line["status"] == "stale").collect()
}

/// Two bases with copies, of which that of `a` is two days old.
fn old_and_young() -> Rig {
    let rig = rig(Current).base("a").base("b");
    backup(&rig, &["--base", "a"]);
    age(&rig, 2 * 86_400);
    backup(&rig, &["--base", "b"]);
    rig
}

#[test]
fn a_base_without_a_young_copy_is_named_and_others_are_not() {
    let rig = old_and_young();
    assert_eq!(verify(&rig, &["--max-age", "3d"]).code, Some(0));
    let done = verify(&rig, &["--max-age", "26h"]);
    let lines = stale(&done);
    assert_eq!((done.code, lines.len()), (Some(10), 1), "{done:?}");
    assert_eq!((&lines[0]["input"], &lines[0]["base"]["name"]), (&"b/1 personal/a".into(), &"a".into()));
    assert_eq!(lines[0]["started"], catalogue(&rig)[0]["started"]);
    let started = lines[0]["started"].as_str().unwrap();
    let message = format!("b/1 personal/a: its last copy is of {started}, older than --max-age");
    assert_eq!(lines[0]["attention"]["message"], message);
    assert!(done.err.contains(&format!("seatable-io: {message}\nhint: ")), "{done:?}");
    assert!(done.err.contains("\n2 good (9.77 KiB), 1 stale, in "), "{done:?}");
}

#[test]
fn a_damaged_copy_is_found_and_comes_before_a_stale_base() {
    let rig = old_and_young();
    let file = rig.dir.path().join("b").join(catalogue(&rig)[1]["file"].as_str().unwrap());
    let mut bytes = fs::read(&file).unwrap();
    bytes[60] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert_eq!(verify(&rig, &["--max-age", "26h"]).code, Some(5));
    let quick = verify(&rig, &["--max-age", "26h", "--quick"]);
    assert_eq!((quick.code, stale(&quick).len()), (Some(10), 1), "it has its size: {quick:?}");
}

#[test]
fn a_quick_check_reads_no_copy_and_says_so() {
    let rig = rig(Current).base("a").base("b");
    backup(&rig, &[]);
    let lines = verify(&rig, &["--quick"]).lines();
    assert_eq!((each(&lines, "/status"), each(&lines, "/sha256")), (vec!["present"; 2], vec!["-"; 2]));
    assert_eq!(lines[0]["bytes"], 5000);
    let plain = rig.run(&["verify", "b", "--quick"]);
    assert!(plain.out().lines().all(|line| line.ends_with(": exists with its size, not read")), "{plain:?}");
    assert_eq!(plain.code, Some(0));
    assert!(plain.err.starts_with("2 with the right size (not read), in "), "{plain:?}");
    let [first, second] = [0, 1].map(|at| rig.dir.path().join("b").join(&files(&rig)[at]));
    fs::write(first, "x").unwrap();
    fs::remove_file(second).unwrap();
    let done = verify(&rig, &["--quick"]);
    assert!(
        done.code == Some(5) && done.err.contains("it has 1 bytes, and the catalogue records 5000"),
        "{done:?}"
    );
    assert!(done.err.contains("the file does not exist") && done.err.contains("\n2 bad, in "), "{done:?}");
}

#[test]
fn only_a_file_with_its_size_is_young() {
    let rig = rig(Current).base("a");
    backup(&rig, &[]);
    age(&rig, 2 * 86_400);
    backup(&rig, &[]);
    fs::remove_file(rig.dir.path().join("b").join(catalogue(&rig)[1]["file"].as_str().unwrap())).unwrap();
    let done = verify(&rig, &["--max-age", "26h", "--quick"]);
    assert_eq!(
        (done.code, &stale(&done)[0]["started"]),
        (Some(5), &catalogue(&rig)[0]["started"]),
        "{done:?}"
    );
    fs::remove_dir_all(rig.dir.path().join("b/1 personal")).unwrap();
    let done = verify(&rig, &["--max-age", "26h", "--quick"]);
    assert!(
        stale(&done)[0]["started"].is_null() && done.err.contains("no file exists with the size"),
        "{done:?}"
    );
}

#[test]
fn a_copy_from_the_future_is_not_young() {
    let rig = rig(Current).base("a");
    backup(&rig, &[]);
    age(&rig, -3600);
    let done = verify(&rig, &["--max-age", "26h"]);
    assert!(done.code == Some(10) && done.err.contains(", in the future: a clock was wrong\n"), "{done:?}");
    assert_eq!(stale(&done)[0]["started"], catalogue(&rig)[0]["started"]);
    backup(&rig, &[]);
    assert_eq!(verify(&rig, &["--max-age", "26h"]).code, Some(0));
}

#[test]
fn bases_that_are_gone_or_excluded_are_counted_and_not_stale() {
    let rig = rig(Current).base("a").base("b").base("c").base("d");
    backup(&rig, &[]);
    let two =
        Sandbox::new(Current).with_base(1, "a", sample_dtable(900)).with_base(1, "b", sample_dtable(900));
    rig.server.with(|sandbox, _| *sandbox = two);
    backup(&rig, &["--exclude", "a"]);
    age(&rig, 2 * 86_400);
    let done = verify(&rig, &["--max-age", "26h", "--quick"]);
    assert_eq!((done.code, each(&stale(&done), "/base/name")), (Some(10), vec!["b"]), "{done:?}");
    assert!(done.err.contains(", 1 stale, 2 gone, 1 excluded, in "), "{done:?}");
    assert!(!verify(&rig, &["--quick"]).err.contains("gone"), "only with --max-age");
}

#[test]
fn a_base_that_failed_and_never_had_a_copy_is_named() {
    let rig = rig(Current).base("a").fault(Call::SynchronousExport, FaultKind::PermissionDenied);
    backup(&rig, &[]);
    let done = verify(&rig, &["--max-age", "26h"]);
    assert_eq!((done.code, each(&stale(&done), "/base/name")), (Some(10), vec!["a"]), "{done:?}");
    assert!(
        done.err.contains("b/1 personal/a: there is no copy; its export has failed since 20"),
        "{done:?}"
    );
}

#[test]
fn ages_are_those_of_each_folder_and_not_of_files() {
    let (one, other) = (old_and_young(), old_and_young());
    let folder = other.dir.path().join("b");
    let done = verify(&one, &[folder.to_str().unwrap(), "--max-age", "26h"]);
    assert_eq!(stale(&done).len(), 2, "{done:?}");
    assert_eq!(done.err.matches("hint: ").count(), 2, "one for each folder");
    let file = format!("b/{}", files(&one)[0]);
    for more in [&["--max-age", "26h"][..], &["--quick"]] {
        let done = one.run(&[&["--json", "verify", "b", &file], more].concat());
        assert_eq!(done.failure(), failure(2, "failed", "usage", None));
        assert!(done.err.contains(&format!("{} is for backup folders", more[0])), "{done:?}");
    }
    assert_eq!(verify(&one, &["--max-age", "26"]).failure(), failure(2, "failed", "usage", None));
}
