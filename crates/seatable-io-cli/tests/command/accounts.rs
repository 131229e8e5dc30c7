//! `list`, and helpers for tests of whole accounts.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::MAIN_SEPARATOR;

use seatable_io_backup::Timestamp;
use seatable_io_sandbox::{Content, Generation::Current, Share};

use super::*;

/// Bases with names that no file system accepts unchanged, in three workspaces.
pub(crate) fn account(generation: Generation) -> Rig {
    let sandbox = Sandbox::new(generation).with_group(30, 3, "A/B").with_membership(40, 4, "club");
    let sandbox =
        sandbox.with_base(30, "Sales", sample_dtable(6000)).with_base(40, "theirs", sample_dtable(1000));
    let sandbox = sandbox.with_shared_base(50, "lent", sample_dtable(700), Share::Base);
    let sandbox = sandbox.with_shared_base(60, "team", sample_dtable(700), Share::Group(3));
    ["sales", "Sales", "a/b", "con.", "Größe 项目"].iter().fold(Rig::new(sandbox), |rig, name| rig.base(name))
}

/// Makes a backup folder without copies, unless it exists.
pub(crate) fn init(rig: &Rig) {
    let folder = rig.dir.path().join("b");
    fs::create_dir_all(&folder).unwrap();
    fs::OpenOptions::new().append(true).create(true).open(folder.join("backup.jsonl")).unwrap();
}

pub(crate) fn backup(rig: &Rig, more: &[&str]) -> Done {
    init(rig);
    rig.run(&[&["--json", "backup", "b"], more].concat())
}

/// The values of one field of each line.
pub(crate) fn each<'a>(lines: &'a [Value], field: &str) -> Vec<&'a str> {
    lines.iter().map(|line| line.pointer(field).and_then(Value::as_str).unwrap_or("-")).collect()
}

/// The lines of the catalogue about copies and their removal.
pub(crate) fn catalogue(rig: &Rig) -> Vec<Value> {
    records(rig).into_iter().filter(|line| line.get("file").is_some()).collect()
}

/// The events of the catalogue: base, event.
pub(crate) fn events(rig: &Rig) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let events = records(rig).into_iter().filter(|line| line.get("event").is_some());
    events.map(|line| (text(&line["base"]["name"]), text(&line["event"]))).collect()
}

/// All lines of the catalogue.
fn records(rig: &Rig) -> Vec<Value> {
    let text = fs::read_to_string(rig.dir.path().join("b/backup.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Rewrites the catalogue.
pub(crate) fn set_catalogue(rig: &Rig, lines: &[Value]) {
    let text: String = lines.iter().map(|line| line.to_string() + "\n").collect();
    fs::write(rig.dir.path().join("b/backup.jsonl"), text).unwrap();
}

/// The seconds since 1970.
pub(crate) fn unix(time: Timestamp) -> i64 {
    let epoch = Timestamp::from_unix(0).unwrap();
    time.since(epoch).unwrap().as_secs().try_into().unwrap()
}

/// Makes all copies and events older, in the order in which they were recorded.
pub(crate) fn age(rig: &Rig, seconds: i64) {
    let mut lines = records(rig);
    for time in lines.iter_mut().flat_map(|line| line.as_object_mut().unwrap()) {
        if ["started", "since"].contains(&time.0.as_str()) {
            let before: Timestamp = time.1.as_str().unwrap().parse().unwrap();
            *time.1 = Timestamp::from_unix(unix(before) - seconds).unwrap().to_string().into();
        }
    }
    set_catalogue(rig, &lines);
}

/// The files in the backup folder except the catalogue, by their paths with `/` between names.
pub(crate) fn files(rig: &Rig) -> Vec<String> {
    let root = rig.dir.path().join("b");
    let (mut files, mut open) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                open.push(path);
            } else {
                let file = path.strip_prefix(&root).unwrap().to_string_lossy();
                files.push(file.replace(MAIN_SEPARATOR, "/"));
            }
        }
    }
    files.retain(|file| !["backup.jsonl", "backup.lock"].contains(&file.as_str()));
    files.sort();
    files
}

pub(crate) fn is_good(rig: &Rig) -> bool {
    rig.run(&["verify", "b"]).code == Some(0)
}

/// A base that names an asset and lacks it.
pub(crate) fn lacking() -> impl Into<Content> {
    let mut bytes = sample_dtable(0);
    bytes.clone_from(&include_bytes!("lacking.dtable").to_vec().into());
    bytes
}

#[test]
fn every_base_that_the_account_administers_is_listed_once() {
    for generation in Generation::ALL {
        let rig = account(generation);
        rig.server.with(|sandbox, _| sandbox.star(1));
        let lines = rig.run(&["--json", "list"]).lines();
        let mut expected = vec!["Größe 项目", "Sales", "a/b", "con.", "sales", "Sales"];
        if generation == Generation::Y2020 {
            // It does not report who administers a group.
            expected.push("theirs");
        }
        assert_eq!(each(&lines, "/base/name"), expected);
        assert!(each(&lines, "/status").iter().all(|status| *status == "finished"));
    }
}

#[test]
fn a_line_of_the_list_has_workspace_and_base() {
    let rig = account(Current);
    let done = rig.run(&["--json", "list", "--workspace", "30"]);
    let line = done.line();
    assert_eq!((line["operation"].as_str(), line["workspace_id"].as_u64()), (Some("list"), Some(30)));
    assert_eq!(
        (&line["workspace"], &line["shared"], &line["encrypted"]),
        (&"A/B".into(), &false.into(), &false.into())
    );
    assert!(line["base"]["uuid"].is_string() && line["base"]["updated_at"].is_string(), "{done:?}");
    let done = rig.run(&["list", "--workspace", "30"]);
    assert!(done.out().starts_with("30  A/B  Sales  20"), "{done:?}");
    let done = rig.run(&["--json", "list", "--workspace", "31", "--workspace", "30"]);
    assert_eq!(done.failure(), failure(4, "failed", "not_found", None));
    assert!(done.err.contains("workspace 31") && !done.err.contains("30"), "{done:?}");
}

#[test]
fn a_base_is_one_row_whatever_its_name() {
    let rig = rig(Current).base("two\nlines\tand a\u{85}tab\u{2028}").base("");
    let done = rig.run(&["list"]);
    let rows: Vec<_> = done.out().lines().map(|row| row.split("  ").nth(2).unwrap()).collect();
    let uuid = rig.server.state().bases[&2].uuid.clone();
    assert_eq!(rows, [&uuid[..], "two\\nlines\\tand a\\u{85}tab\\u{2028}"]);
}

#[test]
fn bases_that_others_share_are_listed_on_request() {
    let rig = account(Current);
    let brief =
        || rig.server.state().log.iter().filter(|entry| entry.target.contains("detail=false")).count();
    rig.run(&["list"]);
    assert_eq!(brief(), 1);
    let lines = rig.run(&["--json", "list", "--shared"]).lines();
    assert_eq!(brief(), 1, "the listing must have the bases");
    let shared: Vec<_> = lines.iter().filter(|line| line["shared"] == true).collect();
    assert_eq!(shared.len(), 2);
    assert!(shared.iter().all(|line| line["workspace"] == "shared"));
    assert_eq!(lines.len(), 8);
}

#[test]
fn a_listing_without_the_administered_bases_is_10() {
    let rig = account(Current).fault(Call::ListAdministered, FaultKind::PermissionDenied);
    init(&rig);
    for (command, copies) in
        [(&["list", "--workspace", "30"][..], 0), (&["backup", "b", "--workspace", "30"], 1)]
    {
        let done = rig.run(&[&["--json", "-q"], command].concat());
        let lines = done.lines();
        assert_eq!((done.code, lines.len()), (Some(10), 2), "{done:?}");
        let incomplete = lines.iter().find(|line| line["error"]["kind"] == "bad_answer").unwrap();
        assert!(
            incomplete["error"]["message"].as_str().unwrap().contains("may be missing")
                && incomplete["name"].is_null()
        );
        assert!(done.err.starts_with("seatable-io: the server did not list the administered bases"));
        assert_eq!(files(&rig).len(), copies);
    }
    let rig = rig.fault(Call::SynchronousExport, FaultKind::InvalidToken);
    assert_eq!(backup(&rig, &["--workspace", "30"]).code, Some(3), "a failure has its own code");
}

#[test]
fn a_listing_with_unreadable_entries_is_reported_as_incomplete() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (mut stream, mut head) = (BufReader::new(stream), String::new());
            while stream.read_line(&mut head).is_ok_and(|count| count > 2) {}
            let body = r#"{"personal": [{"uuid": "u", "name": "a", "workspace_id": 1}, 5], "groups": [], "workspace_list": []}"#;
            let response = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.get_mut().write_all(response.as_bytes()).unwrap();
        }
    });
    let dir = TempDir::new().unwrap();
    for command in [&["list"][..], &["backup", "b", "--init", "--dry-run"]] {
        let mut command = bare(&[&["--json", "--server", &url], command].concat());
        let output = command.env("SEATABLE_TOKEN", "geheim").current_dir(&dir).output().unwrap();
        let lines = str::from_utf8(&output.stdout).unwrap().lines();
        let lines: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((output.status.code(), lines.len()), (Some(1), 2), "{lines:?}");
        assert!(lines.iter().any(|line| line["error"]["kind"] == "bad_answer"), "{lines:?}");
    }
}
