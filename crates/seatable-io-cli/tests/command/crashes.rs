//! Wherever a backup is killed or fails, copies that are called good are good, nothing needs repair, and the next run completes.
//!
//! `.ci/long kills` does all of it; the ordinary tests do a part.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;

use seatable_io_sandbox::Generation::Current;

use super::accounts::*;
use super::*;

/// The number of kills in the long check.
pub(crate) fn kills() -> Option<usize> {
    env::var("SEATABLE_IO_KILLS").ok().map(|kills| kills.parse().unwrap())
}

pub(crate) fn bases(generation: Generation, count: u64) -> Rig {
    let sizes = (0..count).map(|number| 1000 + usize::try_from(number * number * 97 % 50_000).unwrap());
    let add = |sandbox: Sandbox, (number, size)| {
        sandbox.with_base(
            1 + u64::try_from(number).unwrap() % 3,
            &format!("base {number}"),
            sample_dtable(size),
        )
    };
    let sandbox = Sandbox::new(generation).with_group(2, 2, "two").with_group(3, 3, "three");
    Rig::new(sizes.enumerate().fold(sandbox, add))
}

/// The copies that the catalogue records and that were not removed, by their bases. They equal the bases of the server.
fn recorded(rig: &Rig) -> BTreeMap<String, usize> {
    if !rig.dir.path().join("b/backup.jsonl").exists() {
        return BTreeMap::new();
    }
    let done = rig.run(&["verify", "b"]);
    let is_empty = done.err.contains("backup.jsonl records no copy") && done.out.is_empty();
    assert_eq!(done.code, Some(if is_empty { 10 } else { 0 }), "{done:?}");
    let text = fs::read_to_string(rig.dir.path().join("b/backup.jsonl")).unwrap();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let lines: Vec<Value> = whole
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let removed: Vec<_> =
        lines.iter().filter(|line| line.get("removed").is_some()).map(|line| &line["file"]).collect();
    let (state, mut found) = (rig.server.state(), BTreeMap::new());
    let copies = lines.iter().filter(|line| line.get("started").is_some());
    for line in copies.filter(|line| !removed.contains(&&line["file"])) {
        let base = state.bases.with_uuid(line["base"]["uuid"].as_str().unwrap()).unwrap();
        let copy = fs::read(rig.dir.path().join("b").join(line["file"].as_str().unwrap())).unwrap();
        assert_eq!(base.content.as_ref().unwrap().to_bytes().unwrap(), copy);
        *found.entry(base.name.clone()).or_default() += 1;
    }
    found
}

/// Runs the backup again, which completes the copies; returns the number of skipped bases.
fn completes(rig: &Rig) -> usize {
    let done = backup(rig, &["--jobs", "4", "--max-age", "20h"]);
    assert_eq!((done.code, recorded(rig).len()), (Some(0), rig.server.state().bases.len()), "{done:?}");
    done.lines().iter().filter(|line| line["status"] == "skipped").count()
}

#[test]
fn copies_that_are_called_good_after_random_kills_are_good() {
    let rig = bases(Current, 50);
    init(&rig);
    let mut random = 7_u64;
    for _ in 0..kills().unwrap_or(12) {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut child = rig.start(&["--quiet", "backup", "b", "--jobs", "4", "--max-age", "20h"]);
        std::thread::sleep(Duration::from_millis((random >> 33) % 300));
        child.kill().unwrap();
        rig.end(child);
        if recorded(&rig).len() == 50 {
            assert_eq!(recorded(&rig).values().max(), Some(&1), "nothing is copied twice");
            assert_eq!((completes(&rig), files(&rig).len()), (50, 50));
            fs::remove_dir_all(rig.dir.path().join("b")).unwrap();
            init(&rig);
        }
    }
    let before = recorded(&rig).len();
    assert_eq!((completes(&rig), files(&rig).len()), (before, 50));
    println!("{} requests", rig.server.state().log.len());
}

/// Returns whether strace can see paths: only root may see those of a process that may not be dumped.
pub(crate) fn has_strace() -> bool {
    let list = ["list", "--server", "http://127.0.0.1:9", "--token-file", "no such file"];
    let mut strace = Command::new("strace");
    strace.args(["-qq", "-e", "trace=openat", env!("CARGO_BIN_EXE_seatable-io")]).args(list);
    let traced = strace.output().map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
    let found = traced.is_ok_and(|trace| trace.contains("\"no such file\""));
    if !found {
        eprintln!("not tested: strace is not installed, or not permitted, or not run by root");
    }
    found
}

/// Runs a backup with its system calls traced by these expressions; returns its end and the trace.
pub(crate) fn traced(rig: &Rig, expressions: &[&str]) -> (Done, String) {
    let trace = rig.dir.path().join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-qq", "-o"]).arg(&trace);
    strace.args(expressions.iter().flat_map(|expression| ["-e", expression]));
    strace.arg(env!("CARGO_BIN_EXE_seatable-io")).args(["--json", "backup", "b", "--keep", "1"]);
    strace.env("SEATABLE_SERVER", rig.server.url()).env("SEATABLE_TOKEN", rig.server.token());
    let done = rig.done(strace.current_dir(rig.dir.path()).output().unwrap());
    (done, fs::read_to_string(trace).unwrap())
}

/// Runs a backup in which the `nth` such system call fails or kills it; `None` if there are fewer.
pub(crate) fn inject(rig: &Rig, call: &str, effect: &str, nth: impl fmt::Display) -> Option<Done> {
    let expressions = [format!("trace={call}"), format!("inject={call}:{effect}:when={nth}")];
    let (done, trace) = traced(rig, &expressions.each_ref().map(String::as_str));
    (trace.contains("(INJECTED)") || trace.contains("killed by SIGKILL")).then_some(done)
}

/// The changes of a backup to its folder by these system calls, in order.
fn steps(rig: &Rig, calls: &str) -> Vec<String> {
    let (done, trace) = traced(rig, &[&format!("trace={calls}")]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let places = [
        (".part\", 0)", "part"),
        (".dtable\", 0)", "file"),
        ("backup.jsonl>", "catalogue"),
        ("backup.lock>", "lock"),
        (".part>", "part"),
        ("/a>", "folder"),
        ("/1 personal>", "workspace"),
        ("/b>", "DIR"),
    ];
    let step = |line: &str| {
        let call = line.split_whitespace().nth(1)?.split('(').next()?;
        let place = places.iter().find(|(end, _)| line.contains(end))?;
        Some(format!("{call} {}", place.1))
    };
    trace.lines().filter_map(step).collect()
}

#[test]
fn a_line_is_written_when_all_before_it_is_on_disk() {
    if !has_strace() {
        return;
    }
    let rig = rig(Current).base("a");
    backup(&rig, &[]);
    age(&rig, 60);
    let done = steps(&rig, "fsync,write,linkat,unlinkat");
    let expected = "write part, fsync part, linkat file, fsync DIR, fsync workspace, fsync folder, \
                    write catalogue, fsync catalogue, unlinkat part, write catalogue, fsync catalogue, unlinkat file";
    assert_eq!(done.join(", "), expected);
}

/// Copies that another backup has recorded until then are not missed.
#[test]
fn the_catalogue_is_read_only_once_it_is_locked() {
    if !has_strace() {
        return;
    }
    let rig = rig(Current).base("a");
    backup(&rig, &[]);
    let done = steps(&rig, "flock,read,pread64");
    assert_eq!(done[..2], ["flock lock", "read catalogue"], "{done:?}");
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn a_backup_can_fail_or_be_killed_at_every_step() {
    if !has_strace() {
        return;
    }
    let rig = bases(Current, 2);
    let (folder, template) = (rig.dir.path().join("b"), rig.dir.path().join("template"));
    backup(&rig, &[]);
    age(&rig, 21 * 3600);
    fs::rename(&folder, &template).unwrap();
    let mut cases = 0;
    let more: &[_] = if kills().is_some() { &["openat", "openat2", "getdents64", "read"] } else { &[] };
    for call in ["write", "fsync", "linkat", "unlinkat", "mkdirat", "flock", "ftruncate"].iter().chain(more) {
        for effect in ["signal=KILL", "error=EIO", "error=ENOSPC"] {
            let stride = if kills().is_some() || effect == "signal=KILL" { 1 } else { 5 };
            for nth in (1..).step_by(stride) {
                let _ = fs::remove_dir_all(&folder);
                copy_folder(&template, &folder);
                let Some(done) = inject(&rig, call, effect, nth) else { break };
                cases += 1;
                assert_eq!(recorded(&rig).len(), 2, "{call} {effect} {nth}: a base has no copy");
                let made = || catalogue(&rig).iter().filter(|line| line.get("started").is_some()).count();
                assert!(done.code != Some(0) || made() == 4, "{call} {effect} {nth}: {done:?}");
                completes(&rig);
                let copies: usize = recorded(&rig).values().sum();
                assert_eq!(files(&rig).len(), copies, "{call} {effect} {nth}: something is left");
            }
        }
    }
    println!("{cases} steps");
}

#[test]
fn without_hard_links_a_killed_run_leaves_nothing() {
    if !has_strace() {
        return;
    }
    let rig = rig(Current).base("a");
    for nth in 0.. {
        init(&rig);
        let kill = format!("inject=fsync:signal=KILL:when={nth}");
        let kill = if nth == 0 { "trace=linkat,fsync" } else { kill.as_str() };
        let (done, trace) = traced(&rig, &["trace=linkat,fsync", "inject=linkat:error=EPERM", kill]);
        assert!(trace.contains("(INJECTED)") || done.code.is_none(), "{done:?}");
        completes(&rig);
        assert_eq!((files(&rig).len(), recorded(&rig).len()), (1, 1), "{nth}");
        fs::remove_dir_all(rig.dir.path().join("b")).unwrap();
        if nth > 0 && done.code.is_some() {
            assert_eq!((done.code, nth), (Some(0), 6), "a part, three folders, the catalogue");
            break;
        }
    }
}

/// The command may write files of this many blocks of 512 bytes; a longer one is an error, not a signal.
fn limited(rig: &Rig, blocks: usize) -> Done {
    let line = format!(
        "trap '' XFSZ; ulimit -f {blocks}; exec {} --json backup b",
        env!("CARGO_BIN_EXE_seatable-io")
    );
    rig.done(rig.shell(&line).output().unwrap())
}

#[test]
fn a_line_that_is_cut_off_leaves_nothing_in_the_catalogue() {
    let rig = rig(Current).base("a").base("b");
    fs::create_dir(rig.dir.path().join("b")).unwrap();
    let catalogue = rig.dir.path().join("b/backup.jsonl");
    fs::write(&catalogue, "\n".repeat(20 * 512 - 100)).unwrap();
    let done = limited(&rig, 20);
    assert_eq!((done.code, each(&done.lines(), "/error/kind")), (Some(1), vec!["io", "io"]));
    assert!(
        done.err.contains("the copy was made, but not recorded") && done.err.contains("\n2 failed, in "),
        "{done:?}"
    );
    assert_eq!(fs::read(&catalogue).unwrap(), "\n".repeat(20 * 512 - 100).as_bytes());
    let verified = rig.run(&["verify", "b"]);
    assert!(verified.code == Some(10) && verified.err.matches("was left by a run").count() == 2);
    completes(&rig);
    assert_eq!(files(&rig).len(), 2, "the leftovers are gone");
}

#[test]
fn a_disk_that_is_full_fails_one_base_and_leaves_no_part() {
    let sandbox = Sandbox::new(Current).with_base(1, "a", sample_dtable(5000)).with_base(
        1,
        "big",
        sample_dtable(50_000),
    );
    let rig = Rig::new(sandbox).base("c");
    init(&rig);
    let done = limited(&rig, 20);
    assert_eq!((done.code, each(&done.lines(), "/error/kind")), (Some(1), vec!["-", "io", "-"]));
    assert_eq!((files(&rig).len(), recorded(&rig).len()), (2, 2), "{done:?}");
    completes(&rig);
}
