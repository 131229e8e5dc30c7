//! `backup`: copied, skipped and deleted bases.

use seatable_io_backup::Timestamp;
use seatable_io_sandbox::Generation::Current;

use super::accounts::*;
use super::*;

#[test]
fn each_base_has_a_copy_that_the_catalogue_records() {
    for generation in Generation::ALL {
        let rig = account(generation);
        let done = backup(&rig, &["--jobs", "4", "--workspace", "1", "--workspace", "30"]);
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(done.err.contains("\n6 exported (30.27 KiB), in "), "{done:?}");
        let lines = catalogue(&rig);
        let folders: BTreeSet<_> =
            each(&lines, "/file").into_iter().map(|file| file.rsplit_once('/').unwrap().0).collect();
        let of = |name: &str| rig.server.state().base(1, name).unwrap().uuid.clone();
        let personal = if generation == Generation::Y2020 { "1 Robert Teamplayer" } else { "1 personal" };
        let expected = ["a%2Fb", "%63on%2E", "Größe 项目", "Sales"].map(|name| format!("{personal}/{name}"));
        let expected = expected
            .into_iter()
            .chain([format!("{personal}/sales {}", of("sales")), "30 A%2FB/Sales".to_owned()]);
        assert_eq!(folders, expected.collect::<BTreeSet<_>>().iter().map(String::as_str).collect());
        assert!(is_good(&rig));
    }
}

#[test]
fn the_first_file_shows_the_way_to_the_others() {
    // Each of these servers rejects one request for the first base.
    for (generation, calls) in [
        (Generation::Y2021, [Call::ExportContent, Call::ExportContent]),
        (Current, [Call::StartExport, Call::SynchronousExport]),
    ] {
        let rig = rig(generation).base("a").base("b").base("c");
        assert_eq!(backup(&rig, &["--jobs", "1"]).code, Some(0));
        let log = &rig.server.state().log;
        assert_eq!(log.iter().filter(|entry| calls.contains(&entry.call)).count(), 4, "{generation:?}");
    }
}

#[test]
fn a_line_of_the_catalogue_has_these_fields() {
    let rig = account(Current);
    let line = backup(&rig, &["--workspace", "30"]).line();
    let saved = catalogue(&rig).remove(0);
    let bytes = rig.server.state().bases[&1].content.as_ref().unwrap().to_bytes().unwrap();
    let file = saved["file"].as_str().unwrap();
    assert_eq!(fs::read(rig.dir.path().join("b").join(file)).unwrap(), bytes);
    let started: Timestamp = saved["started"].as_str().unwrap().parse().unwrap();
    assert_eq!(file, format!("30 A%2FB/Sales/{}.dtable", started.to_string().replace(':', "")));
    assert_eq!(
        (&saved["server"], &saved["workspace_id"], &saved["workspace"]),
        (&format!("{}/", rig.server.url()).into(), &30.into(), &"A/B".into())
    );
    for field in ["uuid", "name", "updated_at"] {
        assert!(saved["base"][field].is_string() && saved["base"][field] == line["base"][field], "{field}");
    }
    for field in ["bytes", "sha256", "assets_missing"] {
        assert!(!saved[field].is_null() && saved[field] == line[field], "{field}");
    }
    assert_eq!(line["output"], format!("b/{file}"));
    assert_eq!((saved.as_object().unwrap().len(), saved["base"].as_object().unwrap().len()), (9, 3));
}

#[test]
fn unknown_names_are_reported_before_anything_is_exported() {
    let rig = account(Current);
    for (args, named) in [(["--workspace", "7"], "workspace 7"), (["--base", "no"], "base no")] {
        let done = backup(&rig, &[&args[..], &["--base", "Sales"]].concat());
        assert_eq!(done.failure(), failure(4, "failed", "not_found", None));
        assert!(done.err.contains(named), "{done:?}");
    }
    assert_eq!(rig.asked(Call::StartExport) + rig.asked(Call::SynchronousExport), 0);
    let done = backup(&rig, &["--base", "Sales"]);
    assert_eq!((done.code, done.lines().len()), (Some(0), 2), "one in each workspace");
}

#[test]
fn a_file_that_exists_is_never_replaced() {
    let rig = account(Current);
    let folder = rig.dir.path().join("b/30 A%2FB/Sales");
    fs::create_dir_all(&folder).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    for second in now..now + 60 {
        let name = Timestamp::from_unix(second.try_into().unwrap()).unwrap().to_string().replace(':', "");
        fs::write(folder.join(format!("{name}.dtable")), "mine").unwrap();
    }
    let done = backup(&rig, &["--workspace", "30"]);
    assert!(done.lines()[1]["output"].as_str().unwrap().ends_with("Z-2.dtable"), "{done:?}");
    assert_eq!(rig.run(&["verify", "b"]).code, Some(10), "those are not in the catalogue");
    let mine = fs::read_dir(folder)
        .unwrap()
        .filter(|file| fs::read(file.as_ref().unwrap().path()).unwrap() == b"mine");
    assert_eq!(mine.count(), 60);
}

#[test]
fn keep_deletes_older_copies_but_never_of_a_base_that_is_gone() {
    let rig = account(Current);
    for more in [&[][..], &[], &["--keep", "2"]] {
        backup(&rig, &[&["--base", "a/b", "--base", "con."], more].concat());
        age(&rig, 60);
    }
    let lines = catalogue(&rig);
    let removed: Vec<_> = lines.iter().filter(|line| line.get("removed").is_some()).collect();
    assert_eq!(
        removed.iter().map(|line| &line["file"]).collect::<Vec<_>>(),
        [&lines[0]["file"], &lines[1]["file"]]
    );
    assert_eq!(files(&rig).len(), 4);
    backup(&rig, &["--base", "a/b", "--keep", "1"]);
    assert_eq!(files(&rig).len(), 3, "only of a/b, of which 1 is left");
    assert!(is_good(&rig));
}

#[test]
fn a_repeated_run_copies_only_bases_without_a_recent_copy() {
    let rig = account(Current);
    backup(&rig, &["--base", "a/b"]);
    let done = backup(&rig, &["--base", "a/b", "--base", "con.", "--max-age", "20h"]);
    assert_eq!(each(&done.lines(), "/status"), ["skipped", "finished"]);
    assert!(done.err.contains("1 exported (4.88 KiB), 1 skipped, in "), "{done:?}");
    assert_eq!(each(&done.lines(), "/reason"), ["recent", "-"]);
    fs::write(rig.dir.path().join("b").join(&files(&rig)[0]), "cut").unwrap();
    let done = backup(&rig, &["--base", "a/b", "--base", "con.", "--max-age", "20h"]);
    assert_eq!(each(&done.lines(), "/status").iter().filter(|status| **status == "finished").count(), 1);
    age(&rig, 21 * 3600);
    let done = backup(&rig, &["--base", "a/b", "--base", "con.", "--max-age", "20h"]);
    assert_eq!(each(&done.lines(), "/status"), ["finished", "finished"]);
}

#[test]
fn changed_skips_bases_whose_stamp_is_old_and_the_same() {
    let rig = account(Current);
    backup(&rig, &["--workspace", "30"]);
    let again = |status: &str| {
        let line = backup(&rig, &["--workspace", "30", "--changed"]).line();
        assert_eq!(line["status"], status);
        assert_eq!(line["reason"] == "unchanged", status == "skipped");
        assert!(line["output"].is_string() && line["sha256"].is_string() && line["bytes"].is_u64());
    };
    again("skipped");
    rig.server.with(|sandbox, _| sandbox.touch(1, Duration::from_secs(1)));
    again("finished");
    again("skipped");
    // The copy began less than 30 minutes after the stamp.
    let mut lines = catalogue(&rig);
    let stamp: Timestamp = lines[1]["base"]["updated_at"].as_str().unwrap().parse().unwrap();
    lines[1]["started"] = Timestamp::from_unix(unix(stamp) + 1799).unwrap().to_string().into();
    set_catalogue(&rig, &lines);
    again("finished");
}

#[test]
fn a_dry_run_requests_only_the_listing_and_writes_nothing() {
    let rig = account(Current);
    let done = rig.run(&["--json", "backup", "b", "--init", "--dry-run"]);
    assert_eq!((done.code, rig.left()), (Some(0), vec![]));
    assert!(each(&done.lines(), "/status").iter().all(|status| *status == "planned"), "{done:?}");
    assert!(done.err.ends_with("6 planned\n"), "{done:?}");
    let listing = rig.asked(Call::ListAdministered) + rig.asked(Call::ListWorkspaces);
    assert_eq!((listing, rig.server.state().log.len()), (2, 2));
    backup(&rig, &["--workspace", "30"]);
    let done = backup(&rig, &["--dry-run", "--max-age", "1h"]);
    assert!(done.err.ends_with("5 planned, 1 skipped\n"), "{done:?}");
}

#[test]
fn the_catalogue_is_only_appended_to() {
    let rig = account(Current);
    let read = || fs::read(rig.dir.path().join("b/backup.jsonl")).unwrap();
    let mut before = Vec::new();
    for more in [&[][..], &["--keep", "1"], &["--max-age", "1h"], &["--changed", "--keep", "1"]] {
        assert_eq!(backup(&rig, more).code, Some(0));
        let after = read();
        assert!(after.starts_with(&before) && after.ends_with(b"}\n"));
        before = after;
    }
    assert_eq!(catalogue(&rig).len(), 6 + 6 + 6, "copies, copies, removals");
}

#[test]
fn bases_that_others_share_are_copied_on_request() {
    let rig = account(Current);
    assert_eq!(backup(&rig, &["--shared"]).code, Some(0));
    let shared: Vec<_> = files(&rig).into_iter().filter(|file| file.contains(" shared/")).collect();
    assert!(shared.len() == 2 && shared[0].starts_with("50 shared/lent/"), "{shared:?}");
    assert!(shared[1].starts_with("60 shared/team/") && is_good(&rig), "{shared:?}");
}
