//! `copies` and `prune`, in folders whose copies are a few bytes: neither reads them.

use std::time::SystemTime;

use seatable_io_backup::Timestamp;
use serde_json::json;

use super::accounts::each;
use super::*;

/// Central European time, which needs no zone files.
const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

/// A backup folder `b`.
pub(super) struct Folder(pub(super) TempDir);

impl Folder {
    /// With these copies: uuid, name, start, number of missing assets.
    pub(super) fn with(copies: &[(&str, &str, &str, u64)]) -> Folder {
        let folder = Folder(TempDir::new().unwrap());
        let mut lines = String::new();
        for (uuid, name, started, missing) in copies {
            let file = format!("7 personal/{name}/{}.dtable", started.replace(':', ""));
            fs::create_dir_all(folder.path(&file).parent().unwrap()).unwrap();
            fs::write(folder.path(&file), "x".repeat(2048)).unwrap();
            let line = json!({
                "file": file, "server": "https://seatable.example/", "workspace_id": 7, "workspace": "personal",
                "base": {"uuid": uuid, "name": name, "updated_at": null}, "started": started, "bytes": 2048,
                "sha256": "0".repeat(64), "assets_missing": missing,
            });
            lines.extend([line.to_string(), "\n".to_owned()]);
        }
        fs::write(folder.path("backup.jsonl"), lines).unwrap();
        folder
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.0.path().join("b").join(file)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = bare(args);
        command.current_dir(self.0.path()).env("TZ", "UTC");
        command
    }

    fn run(&self, args: &[&str]) -> Done {
        done(&self.command(args).output().unwrap())
    }

    pub(super) fn prune(&self, more: &[&str]) -> Done {
        self.run(&[&["--json", "prune", "b"], more].concat())
    }

    /// The names of the bases and the days of the copies whose files exist.
    pub(super) fn left(&self) -> Vec<String> {
        let mut left = Vec::new();
        for base in fs::read_dir(self.path("7 personal")).unwrap().map(Result::unwrap) {
            for file in fs::read_dir(base.path()).unwrap().map(Result::unwrap) {
                let (base, file) = (base.file_name(), file.file_name());
                left.push(format!("{} {}", base.to_str().unwrap(), &file.to_str().unwrap()[5..10]));
            }
        }
        left.sort();
        left
    }

    pub(super) fn catalogue(&self) -> String {
        fs::read_to_string(self.path("backup.jsonl")).unwrap()
    }
}

fn done(output: &Output) -> Done {
    let err = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!err.contains("panicked"), "{err}");
    Done { code: output.status.code(), out: output.stdout.clone(), err }
}

/// Two bases: Plan has three complete copies; Sales two, and a newer one that lacks five assets.
pub(super) fn folder() -> Folder {
    Folder::with(&[
        ("u", "Sales", "2025-12-31T23:30:00Z", 0),
        ("v", "Plan", "2026-01-01T02:00:00Z", 0),
        ("u", "Sales", "2026-01-02T02:00:00Z", 0),
        ("v", "Plan", "2026-01-02T02:00:00Z", 0),
        ("u", "Sales", "2026-01-03T02:00:00Z", 5),
        ("v", "Plan", "2026-01-03T02:00:00Z", 0),
    ])
}

const ALL: [&str; 6] =
    ["Plan 01-01", "Plan 01-02", "Plan 01-03", "Sales 01-02", "Sales 01-03", "Sales 12-31"];

pub(super) const NEWEST: &str = "7 personal/Sales/2026-01-03T020000Z.dtable";

#[test]
fn copies_are_listed_by_base_and_time() {
    let folder = folder();
    let done = folder.run(&["copies", "b"]);
    let lines: Vec<_> = done.out().lines().collect();
    assert_eq!(lines[0], "7 personal/Plan   2026-01-01T02:00:00Z     2.00 KiB");
    assert_eq!(lines[5], "7 personal/Sales  2026-01-03T02:00:00Z     2.00 KiB  lacks 5 assets");
    assert_eq!((done.code, lines.len(), &*done.err), (Some(0), 6, "6 copies of 2 bases (12.00 KiB)\n"));
    for base in ["Sales", "u", "7 personal/Sales"] {
        let lines = folder.run(&["--json", "copies", "b", base]).lines();
        let days: Vec<_> = each(&lines, "/started").iter().map(|time| &time[..10]).collect();
        assert_eq!(days, ["2025-12-31", "2026-01-02", "2026-01-03"], "{base}");
        let last = &lines[2];
        assert_eq!((&last["bytes"], &last["assets_missing"]), (&2048.into(), &5.into()));
        assert_eq!((&last["base"]["uuid"], &last["workspace"]), (&"u".into(), &"personal".into()));
        assert_eq!(last["file"], format!("b/{NEWEST}"));
    }
}

#[test]
fn a_copy_whose_file_is_missing_or_has_another_size_is_marked() {
    let folder = folder();
    fs::remove_file(folder.path("7 personal/Plan/2026-01-02T020000Z.dtable")).unwrap();
    fs::write(folder.path(NEWEST), "xyz").unwrap();
    let done = folder.run(&["copies", "b", "-q"]);
    let words =
        "seatable-io: 2 copies have no file, or one of another size\nhint: seatable-io verify b names each\n";
    assert_eq!((done.code, &*done.err, done.out()), (Some(10), words, ""));
    let text = folder.run(&["copies", "b"]);
    let marked: Vec<_> = text.out().lines().filter(|line| line.contains("the file")).collect();
    assert!(
        marked[0].contains("Plan   2026-01-02") && marked[0].ends_with("  the file is missing"),
        "{text:?}"
    );
    assert!(marked[1].ends_with("  lacks 5 assets; the file has 3 B") && marked.len() == 2, "{text:?}");
    let lines = folder.run(&["--json", "copies", "b"]).lines();
    let statuses = ["finished", "missing", "finished", "finished", "finished", "resized"];
    assert_eq!(each(&lines, "/status"), statuses);
}

#[test]
fn a_base_that_has_no_copy_is_4_and_an_ambiguous_one_is_2() {
    let folder =
        Folder::with(&[("u", "a", "2026-01-01T02:00:00Z", 0), ("v", "a", "2026-01-02T02:00:00Z", 0)]);
    let none = folder.run(&["copies", "b", "u", "nope"]);
    assert_eq!((none.code, none.out()), (Some(4), ""));
    assert!(none.err.contains("hint: seatable-io copies b prints every copy with its folder"), "{none:?}");
    let two = folder.run(&["copies", "b", "a"]);
    assert!(two.code == Some(2) && two.err.contains("hint: name one by its uuid or its folder"), "{two:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn only_lines_that_no_other_run_prints_go_to_standard_error_when_nobody_reads_them() {
    for (args, lines) in [
        (&["copies", "b"][..], 0),
        (&["prune", "b", "--keep", "1", "--dry-run"], 0),
        (&["prune", "b", "--keep", "1"], 3),
    ] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let done = done(&folder().command(args).stdout(full).output().unwrap());
        assert!(done.code == Some(1) && done.err.contains("standard output"), "{done:?}");
        assert_eq!(done.err.matches("7 personal/").count(), lines, "{args:?}");
    }
}

#[test]
fn a_dry_run_prints_why_each_copy_stays_and_changes_nothing() {
    let folder = folder();
    let before = folder.catalogue();
    let done = folder.prune(&["--keep-daily", "2", "--keep-yearly", "1", "--dry-run"]);
    let lines = done.lines();
    let statuses = ["planned", "kept", "kept", "kept", "kept", "kept"];
    assert_eq!((done.code, each(&lines, "/status")), (Some(0), statuses.to_vec()));
    assert_eq!(
        each(&lines, "/reason"),
        ["superseded", "daily", "newest", "daily", "most_complete", "newest"],
        "{done:?}"
    );
    assert_eq!(lines[4]["reasons"], json!(["most_complete", "daily", "yearly"]));
    assert!(
        lines[0]["reasons"].is_null() && lines[0]["file"] == "b/7 personal/Plan/2026-01-01T020000Z.dtable"
    );
    assert_eq!(done.err, "1 copy to be deleted (2.00 KiB), 5 kept\n");
    assert!(folder.left() == ALL && folder.catalogue() == before && !folder.path("backup.lock").exists());
    let text = folder.run(&["prune", "b", "--keep-daily", "2", "--dry-run"]);
    assert!(
        text.out()
            .contains("7 personal/Sales: the copy of 2026-01-02T02:00:00Z stays: most complete, daily\n")
    );
    assert!(
        text.out().contains("of 2026-01-01T02:00:00Z is to be deleted: superseded (2.00 KiB)\n"),
        "{text:?}"
    );
}

#[test]
fn copies_that_no_option_keeps_are_deleted_and_recorded() {
    let folder = folder();
    let done = folder.prune(&["--keep", "1"]);
    assert_eq!((done.code, each(&done.lines(), "/status")), (Some(0), vec!["deleted"; 3]));
    assert_eq!(
        each(&done.lines(), "/started"),
        ["2026-01-01T02:00:00Z", "2026-01-02T02:00:00Z", "2025-12-31T23:30:00Z"]
    );
    assert_eq!(done.err, "3 copies deleted (6.00 KiB), 3 kept\n");
    super::samples::in_the_book("copies deleted (", &done.err);
    assert_eq!(folder.left(), ["Plan 01-03", "Sales 01-02", "Sales 01-03"]);
    assert_eq!(folder.catalogue().matches("\"removed\"").count(), 3);
    let again = folder.run(&["prune", "b", "--keep", "1"]);
    assert_eq!((again.code, again.out(), &*again.err), (Some(0), "", "0 copies deleted, 3 kept\n"));
    let text = folder.run(&["prune", "b", "--forget", NEWEST]);
    let words = "7 personal/Sales: deleted the copy of 2026-01-03T02:00:00Z: forgotten (2.00 KiB)\n";
    assert_eq!((text.out(), &*text.err), (words, "1 copy deleted (2.00 KiB), 2 kept\n"));
}

#[test]
fn days_are_those_of_local_time() {
    // 23:30 UTC of the last day of the year is the new year in Berlin.
    let copies = [("u", "a", "2025-12-31T23:30:00Z", 0), ("u", "a", "2026-01-01T02:00:00Z", 0)];
    for (zone, deleted) in [("UTC", 0), (BERLIN, 1)] {
        let folder = Folder::with(&copies);
        let args = ["--json", "prune", "b", "--keep-yearly", "1", "--keep-hourly", "1", "--keep-daily", "2"];
        let args = if deleted == 1 { &args[..7] } else { &args[..] };
        let done = done(&folder.command(args).env("TZ", zone).output().unwrap());
        assert_eq!((done.code, done.lines().len()), (Some(0), deleted), "{zone}: {done:?}");
    }
    let folder = Folder::with(&copies);
    let mut prune = folder.command(&["prune", "b", "--keep-daily", "1", "--dry-run"]);
    let unknown = done(&prune.env("TZ", "No/Where").output().unwrap());
    assert!(unknown.err.starts_with("warning: the local time zone is unknown ("), "{unknown:?}");
    assert_eq!((unknown.code, unknown.out().matches("to be deleted").count()), (Some(0), 1), "UTC");
    let mut prune = folder.command(&["prune", "b", "--keep", "1", "--dry-run"]);
    assert!(!done(&prune.env("TZ", "No/Where").output().unwrap()).err.contains("warning"), "not needed");
}

#[test]
fn no_option_at_all_is_wrong_usage() {
    let folder = folder();
    for more in [&[][..], &["--dry-run"]] {
        let done = folder.prune(more);
        assert_eq!(done.failure(), failure(2, "failed", "usage", None));
        for option in ["--keep,", "--keep-hourly", "--keep-within", "--gone", "--forget"] {
            assert!(done.err.contains(option), "{option}: {done:?}");
        }
    }
    assert_eq!(folder.prune(&["--keep-daily", "0"]).failure(), failure(2, "failed", "usage", None));
    assert!(folder.left() == ALL && !folder.path("backup.lock").exists());
}

#[test]
fn an_interrupted_run_is_completed_and_another_one_excluded() {
    let folder = folder();
    let removal = format!("{{\"file\":\"{NEWEST}\",\"removed\":\"2026-01-04T00:00:00Z\"}}\n{{\"fi");
    fs::write(folder.path("backup.jsonl"), folder.catalogue() + &removal).unwrap();
    let lock = fs::File::create(folder.path("backup.lock")).unwrap();
    lock.lock().unwrap();
    let busy = folder.prune(&["--keep", "9"]);
    assert_eq!(busy.failure(), failure(1, "failed", "io", None));
    assert!(busy.err.contains("another backup or prune of b is running") && folder.left() == ALL, "{busy:?}");
    assert_eq!(folder.prune(&["--keep", "9", "--dry-run"]).code, Some(0), "it only reads");
    drop(lock);
    let done = folder.prune(&["--keep", "9"]);
    assert!(done.code == Some(0) && done.err.ends_with("0 copies deleted, 5 kept\n"), "{done:?}");
    assert!(
        folder.left().len() == 5 && !folder.path(NEWEST).exists() && folder.catalogue().ends_with("Z\"}\n")
    );
}

#[test]
fn a_copy_that_cannot_be_deleted_does_not_stop_the_others() {
    let folder = folder();
    let file = folder.path("7 personal/Plan/2026-01-01T020000Z.dtable");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let done = folder.prune(&["--keep", "1"]);
    assert_eq!((done.code, each(&done.lines(), "/status")), (Some(1), vec!["failed", "deleted", "deleted"]));
    assert!(
        done.err.contains("7 personal/Plan: 7 personal/Plan/2026-01-01T020000Z.dtable cannot be deleted: "),
        "{done:?}"
    );
    assert!(done.err.ends_with("2 copies deleted (4.00 KiB), 3 kept, 1 not deleted\n"), "{done:?}");
}

#[test]
fn copies_from_the_future_stay() {
    let folder =
        Folder::with(&[("u", "a", "2026-01-01T02:00:00Z", 0), ("u", "a", "9999-01-01T02:00:00Z", 0)]);
    let done = folder.prune(&["--keep", "1", "--dry-run"]);
    assert_eq!(each(&done.lines(), "/reason"), ["newest", "future"], "{done:?}");
    assert_eq!(folder.prune(&["--keep-within", "1s"]).err, "0 copies deleted, 2 kept\n");
}

#[test]
fn all_copies_of_a_base_that_is_gone_for_long_enough_are_deleted() {
    let folder = folder();
    let now = Timestamp::from_unix(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs().try_into().unwrap())
        .unwrap();
    let ago = |days: i64| Timestamp::from_unix(now.as_unix() - days * 86_400 - 60).unwrap();
    let gone = |uuid: &str, name: &str, days| {
        let event = json!({
            "base": {"uuid": uuid, "name": name}, "workspace_id": 7, "workspace": "personal",
            "folder": format!("7 personal/{name}"), "event": "gone", "since": ago(days).to_string(),
        });
        format!("{event}\n")
    };
    let events = gone("v", "Plan", 90) + &gone("u", "Sales", 88);
    fs::write(folder.path("backup.jsonl"), folder.catalogue() + &events).unwrap();
    let dry = folder.prune(&["--gone", "90d", "--dry-run"]);
    assert_eq!(
        each(&dry.lines(), "/reason"),
        ["gone", "gone", "gone", "no_policy", "no_policy", "no_policy"]
    );
    assert_eq!(dry.err, "3 copies to be deleted (6.00 KiB), 3 kept\n");
    assert_eq!(folder.prune(&["--gone", "91d"]).err, "0 copies deleted, 6 kept\n");
    let done = folder.prune(&["--gone", "90d", "--keep", "1"]);
    assert_eq!(each(&done.lines(), "/reason"), ["gone", "gone", "gone", "superseded"], "{done:?}");
    assert_eq!(folder.left(), ["Sales 01-02", "Sales 01-03"]);
}
