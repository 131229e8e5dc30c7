//! `verify` and `restore`.

use seatable_io_sandbox::Generation::Current;

use super::accounts::*;
use super::*;

/// The account with a copy of each base.
fn copied() -> Rig {
    let rig = account(Current);
    assert_eq!(backup(&rig, &["--jobs", "4"]).code, Some(0));
    rig
}

/// The path of a copy of this base.
fn copy_of(rig: &Rig, folder: &str) -> PathBuf {
    let file = files(rig).into_iter().find(|file| file.starts_with(folder)).unwrap();
    rig.dir.path().join("b").join(file)
}

fn verify(rig: &Rig, paths: &[&str]) -> Done {
    let done = bare(&[&["--json", "verify"], paths].concat()).current_dir(rig.dir.path()).output().unwrap();
    rig.done(done)
}

fn restore(rig: &Rig, more: &[&str]) -> Done {
    rig.run(&[&["--json", "restore", "b", "--workspace", "1"], more].concat())
}

fn names(rig: &Rig) -> BTreeSet<String> {
    rig.server
        .state()
        .bases
        .values()
        .filter(|base| base.workspace == 1)
        .map(|base| base.name.clone())
        .collect()
}

#[test]
fn a_folder_is_verified_without_server_and_token() {
    let rig = copied();
    let asked = rig.server.state().log.len();
    let done = verify(&rig, &["b"]);
    assert_eq!((done.code, done.lines().len()), (Some(0), 6));
    assert!(done.err.starts_with("6 good (30.27 KiB), in "), "{done:?}");
    assert!(done.lines().iter().all(|line| line["sha256"].is_string() && line["bytes"].is_u64()));
    assert_eq!(rig.server.state().log.len(), asked);
}

#[test]
fn a_bit_that_flips_anywhere_is_found() {
    let rig = copied();
    let path = copy_of(&rig, "30 ");
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(487).chain([whole.len() - 1]) {
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << (at % 8);
        fs::write(&path, damaged).unwrap();
        let done = verify(&rig, &["b"]);
        assert_eq!((done.code, done.lines().len()), (Some(5), 6), "byte {at}");
        assert!(done.err.contains("\n5 good (") && done.err.contains("), 1 bad, in "), "{done:?}");
    }
}

#[test]
fn a_missing_shorter_or_other_copy_is_bad() {
    let rig = copied();
    let path = copy_of(&rig, "30 ");
    let words = |rig: &Rig| {
        let done = verify(rig, &["b"]);
        assert_eq!((done.code, done.lines().len()), (Some(5), 6));
        let bad = done.lines().into_iter().find(|line| line["status"] == "failed").unwrap();
        assert_eq!(bad["error"]["kind"], "bad_file");
        bad["error"]["message"].as_str().unwrap().to_owned()
    };
    fs::write(&path, sample_dtable(6001)).unwrap();
    assert!(words(&rig).contains("it has 6001 bytes, and the catalogue records 6000"));
    let mut other = sample_dtable(6000).to_vec();
    let at = other.iter().position(|byte| *byte == b'P').unwrap() + 10;
    other[at] ^= 1;
    fs::write(&path, other).unwrap();
    assert!(words(&rig).contains("SHA-256"));
    fs::remove_file(&path).unwrap();
    assert!(words(&rig).contains("does not exist"));
    fs::create_dir(&path).unwrap();
    assert!(words(&rig).contains("not a regular file"));
}

#[test]
fn files_that_are_not_recorded_are_named_and_a_person_should_look() {
    let rig = copied();
    let path = copy_of(&rig, "30 ").with_file_name("mine.dtable");
    fs::write(&path, "no zip").unwrap();
    let done = verify(&rig, &["b"]);
    assert!(
        done.code == Some(10) && done.err.contains("Sales/mine.dtable is not in the catalogue"),
        "{done:?}"
    );
    let odd = done.lines().pop().unwrap();
    assert_eq!((&odd["status"], done.lines().len()), (&"unrecorded".into(), 7));
    assert!(odd["attention"]["message"].is_string() && odd["input"] == "b/30 A%2FB/Sales/mine.dtable");
}

#[test]
fn several_files_and_folders_are_verified_together() {
    let rig = copied();
    rig.file("good.dtable", &sample_dtable(900));
    rig.file("bad.dtable", &sample_dtable(900)[..800]);
    let done = verify(&rig, &["good.dtable", "bad.dtable", "no.dtable", "b"]);
    let lines = done.lines();
    assert_eq!(each(&lines, "/status")[..3], ["finished", "failed", "failed"]);
    assert_eq!(each(&lines, "/error/kind")[..3], ["-", "bad_file", "io"]);
    assert_eq!((done.code, lines.len()), (Some(5), 9));
    fs::create_dir(rig.dir.path().join("empty")).unwrap();
    assert_eq!(verify(&rig, &["empty"]).failure(), failure(1, "failed", "io", None));
}

#[test]
fn all_bases_come_back_under_their_names_and_a_suffix() {
    let rig = account(Current);
    backup(&rig, &["--base", "sales", "--base", "con.", "--base", "Größe 项目"]);
    let asked = rig.server.state().log.len();
    let dry = restore(&rig, &["--all", "--suffix", " (old)", "--dry-run"]);
    assert_eq!((dry.code, rig.server.state().log.len()), (Some(0), asked));
    assert_eq!(each(&dry.lines(), "/status"), ["planned"; 3]);
    let done = restore(&rig, &["--all", "--suffix", " (old)", "--jobs", "2"]);
    assert!(done.code == Some(0) && done.err.contains("\n3 restored ("), "{done:?}");
    assert!(["sales (old)", "con. (old)", "Größe 项目 (old)"].iter().all(|name| names(&rig).contains(*name)));
    let lines = done.lines();
    assert!(
        each(&lines, "/file")
            .iter()
            .all(|file| file.starts_with("b/1 personal/") && file.ends_with("Z.dtable"))
    );
    assert!(each(&lines, "/base/name").iter().all(|name| name.ends_with(" (old)")));
}

#[test]
fn the_newest_copy_is_restored_unless_a_time_is_given() {
    let rig = rig(Current).base("a");
    for (size, started) in
        [(900, "2026-11-01T02:00:00Z"), (1000, "2026-11-02T02:00:00Z"), (1100, "2026-11-03T02:00:00Z")]
    {
        rig.server.with(|sandbox, _| *sandbox = Sandbox::new(Current).with_base(1, "a", sample_dtable(size)));
        backup(&rig, &[]);
        let mut lines = catalogue(&rig);
        lines.last_mut().unwrap()["started"] = started.into();
        set_catalogue(&rig, &lines);
    }
    let bytes = |at: &[&str]| restore(&rig, &[&["a", "--dry-run"], at].concat()).line()["bytes"].as_u64();
    assert_eq!(bytes(&[]), Some(1100));
    assert_eq!(bytes(&["--at", "2026-11-02"]), Some(1000));
    assert_eq!(bytes(&["--at", "2026-11-02T01:59:59Z"]), Some(900));
    assert_eq!(bytes(&["--at", "2026-11-02T03:00:00+01:00"]), Some(1000));
    let none = restore(&rig, &["a", "--at", "2026-10-31"]);
    assert_eq!(none.failure(), failure(4, "failed", "not_found", None));
}

#[test]
fn a_name_of_several_bases_needs_a_workspace_a_folder_or_a_uuid() {
    let rig = copied();
    let done = restore(&rig, &["Sales"]);
    assert_eq!(done.failure(), failure(2, "failed", "usage", None));
    let named = ["30 A%2FB/Sales (", "1 personal/Sales (", "\nhint: ", "--from"];
    assert!(named.iter().all(|words| done.err.contains(words)), "{done:?}");
    let uuid = rig.server.state().base(1, "Sales").unwrap().uuid.clone();
    for (base, folder) in
        [("30 A%2FB/Sales", "30 A%2FB/"), ("1 personal/Sales/", "1 personal/"), (&uuid, "1 personal/")]
    {
        let line = restore(&rig, &[base, "--dry-run"]).line();
        assert!(line["file"].as_str().unwrap().starts_with(&format!("b/{folder}")), "{line}");
    }
    let line = restore(&rig, &["Sales", "--from", "30", "--suffix", "2"]).line();
    assert_eq!((&line["bytes"], &line["base"]["name"]), (&6000.into(), &"Sales2".into()));
    assert_eq!(restore(&rig, &["Sales", "--from", "9"]).failure(), failure(4, "failed", "not_found", None));
}

#[test]
fn a_damaged_copy_is_not_sent_and_the_others_are() {
    let rig = copied();
    let path = copy_of(&rig, "1 personal/%63on");
    let mut bytes = fs::read(&path).unwrap();
    bytes[100] ^= 1;
    fs::write(&path, bytes).unwrap();
    let done = restore(&rig, &["con.", "sales", "--suffix", "2"]);
    assert_eq!(each(&done.lines(), "/error/kind"), ["bad_file", "-"]);
    assert!(
        done.code == Some(5) && done.err.contains("nothing was sent\nhint: no older copy is good"),
        "{done:?}"
    );
    assert_eq!(rig.asked(Call::StartImport), 1);
    assert!(names(&rig).contains("sales2") && !names(&rig).contains("con.2"));
}

#[test]
fn a_name_that_cannot_be_sent_is_reported_before_anything_is_sent() {
    let rig = copied();
    for more in [&["sales", "a/b"][..], &["sales", "--suffix", "/"]] {
        let done = restore(&rig, more);
        assert_eq!((done.code, &done.lines()[0]["error"]["kind"]), (Some(2), &"usage".into()), "{done:?}");
    }
    assert_eq!(rig.asked(Call::StartImport), 0);
    let err = restore(&rig, &["a/b"]).err;
    assert!(
        err.contains("a/b: ") && err.contains("hint: import its copy with import FILE --name NAME"),
        "{err}"
    );
    let done = rig.run(&["--json", "restore", "nowhere", "--all", "--workspace", "1"]);
    assert_eq!(done.failure(), failure(1, "failed", "io", None));
}

#[test]
fn bases_that_cannot_be_restored_are_named_first() {
    let done = restore(&copied(), &["--all", "--from", "1", "--suffix", " 2"]);
    let lines = done.lines();
    assert_eq!(each(&lines, "/error/kind"), ["usage", "usage", "-", "-", "-"]);
    let same = |line: &&Value| line["input"].as_str().unwrap().eq_ignore_ascii_case("sales");
    let left_out = lines[..2].iter().find(same).expect("fact 22: one of Sales and sales");
    let hint = left_out["error"]["hint"].as_str().unwrap();
    assert!(
        hint.starts_with("to restore it too: seatable-io restore b ")
            && hint.ends_with(" --workspace 1 --suffix ' (2)'"),
        "{hint}"
    );
    assert!(done.code == Some(2) && done.err.contains("1 personal/a%2Fb: "), "{done:?}");
}

#[test]
fn fact_4_after_a_403_there_may_be_a_base_and_the_listing_shows_it() {
    for (generation, found) in [(Generation::Y2020, true), (Generation::Y2021, false)] {
        let rig = rig(generation).fault(Call::StartImport, FaultKind::PermissionDenied);
        rig.file("a.dtable", &sample_dtable(900));
        let done = rig.run(&["--json", "import", "a.dtable", "--workspace", "1"]);
        assert_eq!(done.failure(), failure(3, "failed", "auth", Some(403)));
        assert_eq!(done.line()["evidence"]["found"], found, "{done:?}");
        assert_eq!(rig.asked(Call::ListWorkspaces), 1);
    }
}

#[test]
fn fact_25_the_listing_shows_the_empty_base_of_an_import_that_failed() {
    let words = FaultKind::Fail { message: "bad file".to_owned() };
    let sandbox = Sandbox::new(Current).with_group(7, 70, "Team").with_base(7, "a", sample_dtable(900));
    let rig = Rig::new(sandbox).fault(Call::StartImport, words);
    rig.file("a.dtable", &sample_dtable(900));
    let done = rig.run(&["--json", "import", "a.dtable", "--workspace", "1"]);
    assert_eq!(done.failure(), failure(6, "failed", "task_failed", Some(400)));
    let evidence = &done.line()["evidence"];
    let [found, workspace] = ["/found", "/base/workspace_id"].map(|field| evidence.pointer(field).cloned());
    assert_eq!((found, workspace), (Some(true.into()), Some(1.into())), "{done:?}");
}

#[test]
fn the_listing_is_evidence_of_an_import_that_ends_unknown() {
    for (kind, found) in [(FaultKind::Lost, true), (FaultKind::Refused, false)] {
        let rig = Rig::new(Sandbox::new(Generation::Y2021)).fault(Call::StartImport, kind);
        rig.file("a.dtable", &sample_dtable(900));
        let done = rig.run(&["--json", "import", "a.dtable", "--workspace", "1"]);
        let line = done.line();
        assert_eq!((done.code, &line["status"]), (Some(8), &"unknown".into()), "{done:?}");
        assert_eq!(
            (&line["evidence"]["found"], line["evidence"]["base"].is_object()),
            (&found.into(), found)
        );
        assert!(done.err.contains("may or may not") && done.err.contains("listed"), "{done:?}");
        assert_eq!([Call::ListWorkspaces, Call::ListAdministered].map(|call| rig.asked(call)), [1, 1]);
    }
}

#[test]
fn a_restore_that_ends_unknown_has_evidence_too() {
    let rig = copied().fault(Call::StartImport, FaultKind::Lost);
    let listed = || [Call::ListWorkspaces, Call::ListAdministered].map(|call| rig.asked(call));
    let before = listed();
    let done = restore(&rig, &["sales", "con.", "--suffix", "2"]);
    let found: Vec<_> = done.lines().iter().map(|line| line["evidence"]["found"].clone()).collect();
    assert_eq!(
        (done.code, each(&done.lines(), "/status"), found),
        (Some(8), vec!["unknown"; 2], vec![Value::from(true); 2])
    );
    assert!(done.err.contains("\n2 unknown, in "), "{done:?}");
    assert_eq!(listed(), before.map(|count| count + 2), "once for each");
}

#[test]
fn missing_evidence_changes_nothing() {
    let rig = rig(Current)
        .fault(Call::StartImport, FaultKind::Lost)
        .fault(Call::ListAdministered, FaultKind::Unavailable { acted: false });
    let rig = rig.fault(Call::ListWorkspaces, FaultKind::Unavailable { acted: false });
    rig.file("a.dtable", &sample_dtable(900));
    let done = rig.run(&["--json", "import", "a.dtable", "--workspace", "1"]);
    assert_eq!((done.code, &done.line()["evidence"]), (Some(8), &Value::Null));
    assert!([Call::ListWorkspaces, Call::ListAdministered].into_iter().all(|call| rig.asked(call) <= 1));
}

#[test]
fn the_base_of_a_table_comes_from_the_listing_of_a_current_server() {
    let rig = rig(Current);
    rig.file("t.csv", b"a,b\n1,2\n");
    let done = rig.run(&["--json", "import", "t.csv", "--workspace", "1"]);
    assert_eq!((done.code, &done.line()["base"]["name"]), (Some(0), &"t".into()), "{done:?}");
    let rig = self::rig(Current)
        .fault(Call::ListWorkspaces, FaultKind::InvalidToken)
        .fault(Call::ListAdministered, FaultKind::InvalidToken);
    rig.file("t.csv", b"a,b\n1,2\n");
    let done = rig.run(&["--json", "import", "t.csv", "--workspace", "1"]);
    assert_eq!((done.code, &done.line()["base"]), (Some(0), &Value::Null), "{done:?}");
    let done = rig.run(&["--json", "import", "t.csv", "--workspace", "1", "--no-wait"]);
    assert_eq!(done.failure(), failure(2, "failed", "usage", None));
}
