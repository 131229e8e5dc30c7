//! `prune --forget`.

use super::accounts::each;
use super::prunes::{Folder, NEWEST, folder};
use super::*;

#[test]
fn the_named_copy_is_forgotten_however_its_path_is_written() {
    let absolute = |folder: &Folder| folder.path(NEWEST).to_str().unwrap().to_owned();
    let paths: [&dyn Fn(&Folder) -> String; 4] = [
        &|_| NEWEST.to_owned(),
        &|_| format!("b/{NEWEST}"),
        &|_| format!("./b/7 personal/../{NEWEST}"),
        &absolute,
    ];
    for path in paths {
        let folder = folder();
        let done = folder.prune(&["--forget", &path(&folder)]);
        let line = done.line();
        assert_eq!(
            (done.code, &line["status"], &line["reason"]),
            (Some(0), &"deleted".into(), &"forgotten".into())
        );
        assert!(!folder.path(NEWEST).exists() && folder.left().len() == 5, "{done:?}");
        assert!(
            folder
                .catalogue()
                .lines()
                .last()
                .unwrap()
                .contains(&format!("{{\"file\":\"{NEWEST}\",\"removed\":"))
        );
        assert_eq!(done.err, "1 copy deleted (2.00 KiB), 5 kept\n", "poorer than others: no warning");
    }
}

#[test]
fn a_forgotten_copy_whose_file_is_missing_is_recorded() {
    let folder = folder();
    fs::remove_dir_all(folder.path("7 personal/Sales")).unwrap();
    let done = folder.prune(&["--forget", &format!("b/{NEWEST}"), "--forget", NEWEST]);
    assert_eq!((done.code, &done.line()["bytes"]), (Some(0), &Value::Null), "{done:?}");
    assert!(done.err == "1 copy deleted, 5 kept\n" && folder.catalogue().matches("removed").count() == 1);
}

#[test]
fn an_unknown_file_is_4_before_anything_is_deleted() {
    let folder = folder();
    let file = "7 personal/Sales/2026-01-09T020000Z.dtable";
    fs::write(folder.path(file), "not recorded").unwrap();
    fs::write(folder.0.path().join("other.dtable"), "elsewhere").unwrap();
    for unknown in [file, "other.dtable", "/etc/passwd", "b/../other.dtable", "backup.jsonl"] {
        let done = folder.prune(&["--keep", "1", "--forget", NEWEST, "--forget", unknown]);
        assert_eq!(done.failure(), failure(4, "failed", "not_found", None), "{unknown}");
        let words = format!("the catalogue records no copy {unknown}; nothing is deleted\nhint: ");
        assert!(done.err.contains(&words) && folder.left().len() == 7, "{done:?}");
    }
    folder.prune(&["--forget", NEWEST]);
    let again = folder.prune(&["--forget", NEWEST]);
    assert!(
        again.code == Some(4) && again.err.contains(&format!("{NEWEST} was deleted before;")),
        "{again:?}"
    );
}

#[test]
fn a_forgotten_copy_does_not_count_for_the_others() {
    for dry in [&["--dry-run"][..], &[]] {
        let folder = folder();
        let file = "7 personal/Plan/2026-01-03T020000Z.dtable";
        let done = folder.prune(&[&["--keep", "1", "--forget", file], dry].concat());
        let lines = done.lines();
        let goes = |line: &&Value| ["deleted", "planned"].contains(&line["status"].as_str().unwrap());
        let gone: Vec<_> = lines.iter().filter(goes).cloned().collect();
        assert_eq!(each(&gone, "/reason"), ["forgotten", "superseded", "superseded"], "{done:?}");
        let days: Vec<_> = each(&gone, "/started").iter().map(|time| &time[5..10]).collect();
        assert_eq!(days, ["01-03", "01-01", "12-31"], "the copy of Plan of 01-02 stays");
    }
}

#[test]
fn forgetting_the_best_copy_is_done_with_a_warning() {
    let folder = folder();
    let file = "7 personal/Sales/2026-01-02T020000Z.dtable";
    let best = folder.prune(&["--forget", file]);
    let words = "warning: 7 personal/Sales: the copy of 2026-01-02T02:00:00Z is the newest of the most complete \
                 ones of its base; the next, of 2025-12-31T23:30:00Z, lacks none\n";
    assert!(best.code == Some(0) && best.err.starts_with(words), "{best:?}");
    let next = folder.prune(&["--forget", "7 personal/Sales/2025-12-31T233000Z.dtable", "--dry-run"]);
    assert!(next.err.contains("; the next, of 2026-01-03T02:00:00Z, lacks 5 assets\n"), "{next:?}");
    folder.prune(&["--forget", "7 personal/Sales/2025-12-31T233000Z.dtable"]);
    let last = folder.prune(&["--forget", NEWEST]);
    assert!(last.err.contains(": the copy of 2026-01-03T02:00:00Z is the last one of its base"), "{last:?}");
    assert_eq!(folder.left(), ["Plan 01-01", "Plan 01-02", "Plan 01-03"]);
}
