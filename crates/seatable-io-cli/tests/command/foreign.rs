//! Foreign text, wherever it comes from, never begins a line of the output.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::TcpListener;

use serde_json::json;

use super::accounts::*;
use super::*;

/// Everything that some terminal or program treats as the end of a line.
const BREAKS: [&str; 8] = ["\n", "\r", "\r\n", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}"];

/// A name that would begin lines of its own, clear the line and reverse it.
fn name() -> String {
    BREAKS.map(|end| format!("{end}FOREIGN")).concat() + "\t\u{1b}[2K\u{202e}"
}

/// The same without characters that an id cannot have.
fn id() -> String {
    "\u{2028}FOREIGN\u{2029}FOREIGN\u{202e}".to_owned()
}

/// Checks that only line feeds end lines, and none begins with the name; returns how often the name occurs.
fn count(text: &str) -> usize {
    let is_odd = |c: char| c.is_control() && c != '\n' || "\u{2028}\u{2029}\u{202e}".contains(c);
    let begins = |line: &str| line.trim_start().starts_with("FOREIGN");
    assert!(!text.contains(is_odd) && !text.lines().any(begins), "{text:?}");
    text.matches("\\u{2028}FOREIGN").count() + text.matches(r"\342\200\250FOREIGN").count()
}

fn all(done: &Done) -> usize {
    count(done.out()) + count(&done.err)
}

/// Checks that the output of these commands contains the name.
fn each_shows(rig: &Rig, lines: &[&[&str]]) {
    for args in lines {
        for option in [None, Some("-v"), Some("-q")] {
            let done = rig.run(&option.into_iter().chain(args.iter().copied()).collect::<Vec<_>>());
            assert!(all(&done) > 0 || option == Some("-q"), "{args:?}: {done:?}");
        }
    }
}

fn account_of_such_names(generation: Generation) -> Rig {
    let sandbox = Sandbox::new(generation).with_group(2, 2, &name());
    Rig::new(sandbox.with_base(2, &name(), lacking())).base(&name())
}

#[test]
fn names_of_bases_and_workspaces_begin_no_line() {
    let (name, rig) = (name(), account_of_such_names(Generation::Current));
    assert!(all(&rig.run(&["backup", "b", "--init", "--dry-run"])) > 0);
    assert!(all(&rig.run(&["backup", "b", "--init"])) > 0);
    each_shows(
        &rig,
        &[
            &["list"],
            &["backup", "b", "--keep", "1"],
            &["backup", "b", "--max-age", "1h"],
            &["verify", "b"],
            &["restore", "b", "--all", "--workspace", "1", "--dry-run"],
            &["restore", "b", "--all", "--workspace", "1"],
            &["export", &name, "--workspace", "1", "--force"],
            &["export", &name, "--workspace", "3"],
            &["export", &name.to_lowercase(), "--workspace", "1", "--force"],
        ],
    );
    let rig = account_of_such_names(Generation::Y2021);
    each_shows(&rig, &[&["export", &name, "--workspace", "1", "--no-wait"], &["list"]]);
}

/// A server that gives every request this response.
fn answering(head: &str, body: &[u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let head = format!("HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    let response = [head.as_bytes(), body].concat();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (mut stream, mut length) = (BufReader::new(stream), 0);
            for line in stream.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()) {
                let line = line.to_ascii_lowercase();
                length = line.strip_prefix("content-length: ").map_or(length, |text| text.parse().unwrap());
            }
            io::copy(&mut stream.by_ref().take(length), &mut io::sink()).unwrap();
            stream.get_mut().write_all(&response).unwrap();
        }
    });
    url
}

#[test]
fn messages_of_a_server_begin_no_line() {
    let rig = rig(Generation::Current);
    rig.file("a.dtable", &sample_dtable(0));
    for (status, key) in [(400, "error_msg"), (401, "detail"), (403, "error_msg"), (404, "error_msg")] {
        let url = answering(&format!("{status} x"), json!({ key: name() }).to_string().as_bytes());
        let lines: [&[&str]; 7] = [
            &["list"],
            &["backup", "b", "--init"],
            &["export", "a", "--workspace", "1"],
            &["import", "a.dtable", "--workspace", "1"],
            &["status", "1"],
            &["download", "1", "--uuid", "u", "--output", "f"],
            &["cancel", "1", "--uuid", "u", "--kind", "export"],
        ];
        let options = ["--server", &url, "-v", "--timeout", "1"];
        let found = lines.map(|args| all(&rig.run(&[&options, args].concat())));
        assert!(found.iter().sum::<usize>() > 0, "{status}");
    }
}

#[test]
fn ids_from_a_server_begin_no_line() {
    let rig = rig(Generation::Current);
    rig.file("a.dtable", &sample_dtable(0));
    let table = json!({ "id": 1, "workspace_id": 1, "uuid": id(), "name": name() });
    let url = answering("200 OK", json!({ "task_id": id(), "table": table }).to_string().as_bytes());
    let done = rig.run(&["--server", &url, "-v", "import", "a.dtable", "--workspace", "1", "--no-wait"]);
    assert!(done.code == Some(0) && all(&done) > 5, "{done:?}");
}

#[cfg(unix)]
#[test]
fn names_in_a_folder_begin_no_line() {
    let rig = rig(Generation::Current).base("a");
    backup(&rig, &[]);
    let (text, no_zip) = (format!("{}.txt", name()), format!("{}.dtable", name()));
    let folder = format!("b/1 personal/{}", name());
    let file = format!("{folder}/{}.dtable", id());
    fs::create_dir(rig.dir.path().join(&folder)).unwrap();
    rig.file(&file, &dtable_with_assets(&name(), &[(&name(), Some(b"a")), (&id(), None)]));
    rig.file(&text, b"");
    rig.file(&no_zip, b"no zip");
    each_shows(
        &rig,
        &[
            &["verify", "b"],
            &["verify", &folder],
            &["import", &text, "--workspace", "1"],
            &["import", &no_zip, "--workspace", "1", "--name", "n"],
            &["import", &file, "--workspace", "1"],
            &["restore", &folder, "a", "--workspace", "1"],
            &["backup", &text],
            &["list", "--token-file", &text],
            &["list", "--ca-file", &no_zip],
        ],
    );
}

#[test]
fn texts_in_a_catalogue_begin_no_line() {
    let rig = rig(Generation::Current).base("a");
    backup(&rig, &[]);
    let whole = catalogue(&rig).remove(0);
    let texts = [name(), id(), format!("1 personal/{}/a.dtable", id())];
    for field in "/file /server /workspace /base/uuid /base/name /base/updated_at /started".split(' ') {
        let lines = texts.each_ref().map(|text| {
            let mut line = whole.clone();
            *line.pointer_mut(field).unwrap() = text.as_str().into();
            line
        });
        set_catalogue(&rig, &lines);
        let lines: [&[&str]; 5] = [
            &["verify", "b"],
            &["restore", "b", "a", "--workspace", "1"],
            &["restore", "b", "--all", "--workspace", "1"],
            &["restore", "b", "nothing", "--workspace", "1"],
            &["backup", "b"],
        ];
        let found: usize = lines.iter().map(|args| all(&rig.run(args))).sum();
        assert!(found > 0 || !["/file", "/server"].contains(&field), "{field}");
    }
}

#[test]
fn wrong_arguments_begin_no_line() {
    let (name, rig) = (name(), rig(Generation::Current));
    let (option, fault) = (format!("--x{name}"), format!("any:lost@{name}"));
    for args in [
        &[&name[..]][..],
        &["list", &name],
        &["list", &option],
        &["export", "a", "--workspace", &name],
        &["export", "a", "--timeout", &name],
        &["cancel", "1", "--uuid", "u", "--kind", &name],
        &["sandbox", "--fault", &name],
        &["sandbox", "--fault", &fault],
        &["sandbox", "--listen", &name],
        &["sandbox", "--account", &name],
        &["completions", &name],
        &["restore", "b", "a", "--workspace", "1", "--at", &name],
    ] {
        let done = rig.run(args);
        assert!(matches!(done.code, Some(1 | 2)) && all(&done) > 0, "{args:?}: {done:?}");
        let like_clap: Vec<_> =
            args.iter().map(|arg| arg.replace(&name, "\n\n  tip: FOREIGN\n\nUsage: ")).collect();
        let done = rig.run(&like_clap);
        assert!(all(&done) == 0 && !done.err.contains("hint: FOREIGN"), "{args:?}: {done:?}");
    }
    let err = rig.run(&["status", "--x\n\nUsage: "]).err;
    assert_eq!(err.matches(r"--x\n\nUsage: ").count(), 3, "{err}");
}

/// On a terminal, lines of progress have names too.
#[cfg(target_os = "linux")]
#[test]
fn names_in_progress_begin_no_line() {
    let rig = account_of_such_names(Generation::Current);
    rig.server.with(|sandbox, _| sandbox.add_fault("any:slow@300*always".parse().unwrap()));
    let line = format!("'{}' backup b --init --jobs 2", env!("CARGO_BIN_EXE_seatable-io"));
    let mut script = rig.shell(&format!("exec script -qec \"stty cols 200; {line}\" /dev/null"));
    let output = script.env("TERM", "xterm").output().unwrap();
    if output.status.code() == Some(127) {
        return eprintln!("skipped: script is not installed");
    }
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("\\u{2028}FOREIGN") && shown.contains("the server is exporting"), "{shown}");
    let mut lines = shown.split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']);
    assert!(!lines.any(|line| line.starts_with("FOREIGN")), "{shown:?}");
    assert!(!shown.contains(['\t', '\u{202e}']), "{shown:?}");
}

#[cfg(unix)]
#[test]
fn a_command_of_a_hint_works_whatever_the_names() {
    let rig = rig(Generation::Current).base("a");
    backup(&rig, &[]);
    age(&rig, 60);
    backup(&rig, &[]);
    let mut lines = catalogue(&rig);
    for (line, (uuid, name)) in lines.iter_mut().zip([("--all", "-rf"), ("--json", "-RF")]) {
        (line["base"]["uuid"], line["base"]["name"]) = (uuid.into(), name.into());
    }
    set_catalogue(&rig, &lines);
    let dir = format!("--json\n'{}", id());
    fs::rename(rig.dir.path().join("b"), rig.dir.path().join(&dir)).unwrap();
    let done = rig.run(&["restore", "--all", "--workspace", "1", "--", &dir]);
    let (_, line) = done.err.split_once("hint: to restore it too: ").unwrap_or_else(|| panic!("{done:?}"));
    let line = line.lines().next().unwrap().replacen("seatable-io", env!("CARGO_BIN_EXE_seatable-io"), 1);
    let mut bash = Command::new("bash");
    bash.args(["-c", &line])
        .current_dir(rig.dir.path())
        .envs(rig.command(&[""]).get_envs().filter_map(|(key, value)| Some((key, value?))));
    let Ok(output) = bash.output() else { return eprintln!("skipped: bash is not installed") };
    assert!(output.status.success(), "{line}: {output:?}");
    assert_eq!(rig.server.state().bases.len(), 3);
}
