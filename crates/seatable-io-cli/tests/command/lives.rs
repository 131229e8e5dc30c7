//! Successes.

use proptest::prelude::*;

use super::*;

const NONE: [&str; 0] = [];

#[test]
fn an_imported_base_is_exported_unchanged() {
    for generation in Generation::ALL {
        let rig = rig(generation);
        let bytes = sample_dtable(300_000);
        rig.file("My base.dtable", &bytes);
        let done = rig.run(&["import", "My base.dtable", "--workspace", "1"]);
        assert_eq!(
            (done.code, done.out()),
            (Some(0), "My base.dtable: imported as \"My base\" (292.97 KiB)\n")
        );
        let done = rig.run(&["export", "My base", "--workspace", "1", "--output", "out.dtable"]);
        assert_eq!((done.code, done.out()), (Some(0), "My base: exported to out.dtable (292.97 KiB)\n"));
        assert_eq!(fs::read(rig.dir.path().join("out.dtable")).unwrap(), bytes);
        assert_eq!(rig.left(), ["My base.dtable", "out.dtable"]);
    }
}

#[test]
fn an_import_has_an_exact_line() {
    let rig = rig(Generation::Y2021);
    rig.file("a.dtable", &sample_dtable(5000));
    let line = rig.run(&["import", "a.dtable", "--workspace", "1", "--json"]).line();
    let state = rig.server.state();
    assert_eq!(
        (&line["operation"], &line["status"], &line["input"]),
        (&"import".into(), &"finished".into(), &"a.dtable".into())
    );
    assert_eq!(
        (&line["workspace_id"], &line["bytes"], &line["error"]),
        (&1.into(), &5000.into(), &Value::Null)
    );
    assert_eq!(line["task_id"], state.tasks[0].id.as_str());
    assert_eq!(
        (&line["base"]["uuid"], &line["base"]["name"]),
        (&state.bases[&1].uuid.as_str().into(), &"a".into())
    );
    assert!(line["base"]["id"].is_u64() && line["seconds"].is_f64());
}

#[test]
fn an_export_has_an_exact_line() {
    let rig = rig(Generation::Y2020).base("a/b");
    let line = rig.run(&["--json", "export", "a/b", "--workspace", "1", "--output-dir", "x/y"]).line();
    assert_eq!(
        (&line["operation"], &line["status"], &line["input"]),
        (&"export".into(), &"finished".into(), &"a/b".into())
    );
    assert_eq!((&line["output"], &line["bytes"]), (&"x/y/a%2Fb.dtable".into(), &5000.into()));
    assert_eq!(fs::metadata(rig.dir.path().join("x/y/a%2Fb.dtable")).unwrap().len(), 5000);
}

#[test]
fn a_csv_is_imported_by_every_generation() {
    for generation in Generation::ALL {
        let rig = rig(generation);
        rig.file("List.CSV", b"a,b\n1,2\n");
        let done = rig.run(&["import", "List.CSV", "--workspace", "1"]);
        assert_eq!((done.code, &*done.out), (Some(0), &b"List.CSV: imported as \"List\" (8 B)\n"[..]));
        assert!(rig.server.state().bases.values().any(|base| base.name == "List"));
    }
}

#[test]
fn a_name_is_given_or_changed() {
    let rig = rig(Generation::Y2020);
    rig.file("a.dtable", &sample_dtable(0));
    let done = rig.run(&["--json", "import", "a.dtable", "--workspace", "1", "--name", "v1.2 \"Q&A\""]);
    let line = done.line();
    assert_eq!((&line["base"]["name"], &line["name"]), (&"v1".into(), &"v1".into()));
    assert_eq!(line["renamed_from"], "v1.2 \"Q&A\"");
    assert!(
        done.err.contains("warning") && done.err.contains("\"v1\"") && done.err.contains("v1.2 \"Q&A\""),
        "{done:?}"
    );
}

#[test]
fn fact_22_an_export_that_delivers_a_base_of_another_name_reports_both() {
    for generation in Generation::ALL {
        let rig = rig(generation).base("Müller").base("a");
        let done = rig.run(&["--json", "export", "muller", "a", "--workspace", "1"]);
        let lines = done.lines();
        let names = ["/name", "/renamed_from"].map(|field| accounts::each(&lines, field));
        assert_eq!((done.code, names), (Some(0), [vec!["Müller", "a"], vec!["muller", "-"]]));
        assert!(
            done.err.contains("muller: warning: the base is named \"Müller\", not \"muller\"\n"),
            "{done:?}"
        );
        assert_eq!(done.err.matches("warning").count(), 1);
    }
}

#[test]
fn an_accepted_import_can_be_followed() {
    let rig = Rig::new(Sandbox::new(Generation::Y2021).with_task_time(Duration::from_secs(4)));
    rig.file("a.dtable", &sample_dtable(0));
    let done = rig.run(&["import", "a.dtable", "--workspace", "1", "--no-wait"]);
    let id = rig.server.state().tasks[0].id.clone();
    assert!(done.out().contains(&format!("seatable-io status {id}\n")), "{done:?}");
    assert_eq!(rig.run(&["status", &id]).out(), "running\n");
    until(|| rig.server.state().unfinished().count() == 0);
    let line = rig.run(&["--json", "status", &id]).line();
    assert_eq!((&line["status"], &line["task_id"]), (&"finished".into(), &id.as_str().into()));
    assert_eq!(rig.run(&["--json", "status", &id]).failure(), failure(4, "failed", "not_found", Some(400)));
}

#[test]
fn the_line_of_an_accepted_import_has_all_that_the_server_says_about_the_base() {
    let rig = rig(Generation::Y2021);
    rig.file("a.dtable", &sample_dtable(0));
    let line = rig.run(&["--json", "import", "a.dtable", "--workspace", "1", "--no-wait"]).line();
    assert_eq!((&line["status"], &line["base"]["name"]), (&"accepted".into(), &"a".into()));
    assert!(line["base"]["id"].is_u64() && line["base"]["created_at"].is_string(), "{line}");
}

#[test]
fn an_accepted_import_can_be_cancelled() {
    for generation in [Generation::Y2020, Generation::Y2021] {
        let rig = Rig::new(Sandbox::new(generation).with_task_time(Duration::from_secs(60)));
        rig.file("a.dtable", &sample_dtable(0));
        let line = rig.run(&["--json", "import", "a.dtable", "--workspace", "1", "--no-wait"]).line();
        assert_eq!(line["status"], "accepted");
        let (id, uuid) = (line["task_id"].as_str().unwrap(), line["base"]["uuid"].as_str().unwrap());
        let cancel = ["--json", "cancel", id, "--uuid", uuid, "--kind", "import"];
        let line = rig.run(&cancel).line();
        assert_eq!(
            (&line["operation"], &line["status"], &line["task_id"]),
            (&"cancel".into(), &"finished".into(), &id.into())
        );
        assert_eq!(rig.server.state().unfinished().count(), 0);
        assert_eq!(rig.run(&cancel).failure(), failure(4, "failed", "not_found", Some(400)));
    }
}

#[test]
fn an_import_that_finishes_before_it_is_cancelled_is_reported_as_finished() {
    for generation in Generation::ALL {
        let rig = rig(generation);
        rig.file("a.dtable", &sample_dtable(0));
        let line = rig.run(&["--json", "import", "a.dtable", "--workspace", "1", "--no-wait"]).line();
        let (id, uuid) = (line["task_id"].as_str().unwrap(), line["base"]["uuid"].as_str().unwrap());
        let done = rig.run(&["cancel", id, "--uuid", uuid, "--kind", "import"]);
        assert_eq!((done.code, done.out()), (Some(0), "it finished before it could be cancelled\n"));
        assert_eq!(rig.asked(Call::CancelTask), 0);
    }
}

#[test]
fn fact_10_a_current_server_may_finish_an_import_that_is_cancelled() {
    let rig = Rig::new(Sandbox::new(Generation::Current).with_task_time(Duration::from_secs(60)));
    rig.file("a.dtable", &sample_dtable(0));
    let line = rig.run(&["--json", "import", "a.dtable", "--workspace", "1", "--no-wait"]).line();
    let (id, uuid) = (line["task_id"].as_str().unwrap(), line["base"]["uuid"].as_str().unwrap());
    let done = rig.run(&["--json", "cancel", id, "--uuid", uuid, "--kind", "import"]);
    assert_eq!(done.failure(), failure(8, "unknown", "unknown_outcome", None));
    assert!(done.err.contains("an import that is running") && rig.asked(Call::CancelTask) == 1, "{done:?}");
}

#[test]
fn an_export_that_someone_else_started_is_downloaded() {
    let rig = rig(Generation::Y2020).base("a");
    let url = format!("{}/api/v2.1/workspace/1/dtable/a/export-dtable/", rig.server.url());
    start_export(&rig, &url);
    let state = rig.server.state();
    let (id, uuid) = (&state.tasks[0].id, &state.bases[&1].uuid);
    let line = rig.run(&["--json", "download", id, "--uuid", uuid, "--output", "a.dtable"]).line();
    assert_eq!(
        (&line["operation"], &line["task_id"], &line["bytes"]),
        (&"download".into(), &id.as_str().into(), &5000.into())
    );
    assert_eq!(rig.left(), ["a.dtable"]);
}

/// Starts an export with another client.
fn start_export(rig: &Rig, url: &str) {
    let (path, token) = (url.splitn(4, '/').nth(3).unwrap(), rig.server.token());
    let mut stream = std::net::TcpStream::connect(rig.server.address()).unwrap();
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Token {token}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    std::io::copy(&mut stream, &mut std::io::sink()).unwrap();
}

#[test]
fn the_generation_of_a_server_is_learned_once() {
    let rig = rig(Generation::Current).base("a").base("b").base("c");
    assert_eq!(rig.run(&["export", "a", "b", "c", "--workspace", "1"]).code, Some(0));
    assert_eq!((rig.asked(Call::StartExport), rig.asked(Call::SynchronousExport)), (1, 3));
    assert_eq!(rig.left(), ["a.dtable", "b.dtable", "c.dtable"]);
}

#[test]
fn the_generation_of_a_server_is_learned_from_rejections_too() {
    let names: Vec<_> = (0..20).map(|number| format!("b{number}")).collect();
    let protect = |sandbox: Sandbox, name| sandbox.with_protected_base(1, name, sample_dtable(0), "right");
    let rig = Rig::new(names.iter().map(String::as_str).fold(Sandbox::new(Generation::Current), protect));
    rig.file("password", b"wrong");
    let bases: Vec<_> = names.iter().map(String::as_str).collect();
    for (options, starts) in [(&["--jobs", "4"][..], 1), (&["--password-file", "password"], 1)] {
        let done = rig.run(&[&["--json", "export", "--workspace", "1"], options, &bases].concat());
        assert_eq!((done.code, done.lines().len(), rig.asked(Call::StartExport)), (Some(3), 20, starts));
    }
    assert_eq!(rig.asked(Call::SynchronousExport), 40);
}

#[test]
fn one_failure_does_not_stop_the_others() {
    let rig = rig(Generation::Current).base("a").base("c");
    for jobs in ["1", "3"] {
        let done =
            rig.run(&["--json", "export", "a", "no", "c", "--workspace", "1", "--force", "--jobs", jobs]);
        assert_eq!((done.code, done.lines().len()), (Some(4), 3));
        assert_eq!(rig.left(), ["a.dtable", "c.dtable"]);
    }
}

#[test]
fn a_password_is_sent_and_never_shown() {
    let sandbox = Sandbox::new(Generation::Current).with_protected_base(1, "a", sample_dtable(0), "s3cret");
    let rig = Rig::new(sandbox);
    rig.file("password", b"s3cret\n");
    let done = rig.run(&["-v", "export", "a", "--workspace", "1", "--password-file", "password"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.err.contains("password=…") && !done.err.contains("s3cret"), "{done:?}");
    let done = rig.run(&["--json", "export", "a", "--workspace", "1", "--output", "b.dtable"]);
    assert_eq!(done.failure(), failure(3, "failed", "auth", Some(403)));
}

/// Checks that the command hides the token and the password, which the server repeats.
fn assert_hidden(token: &str, password: &str) {
    let sandbox = Sandbox::new(Generation::Current).with_token(token);
    let rig = Rig::new(sandbox.with_protected_base(1, "a", sample_dtable(0), password));
    let words = format!("no {token} with {password}, {token}.");
    let rig = rig.fault(Call::SynchronousExport, FaultKind::Fail { message: words });
    rig.file("password", password.as_bytes());
    for shown in ["-v", "--json"] {
        let done = rig.run(&[shown, "export", "a", "--workspace", "1", "--password-file", "password"]);
        assert_eq!(done.code, Some(5), "{done:?}");
        assert!(done.err.contains(": no *** with ***, ***"), "{done:?}");
        assert!(!done.err.contains(password) && !done.out().contains(password), "{done:?}");
    }
}

#[test]
fn secrets_that_a_server_repeats_are_not_shown() {
    assert_hidden("0303f89b3607fb86039fdffcf1be6383797b437f", "correct horse");
    assert_hidden(r#"a"b\c'd<e>"#, "\u{202e}no\u{7}body knows");
    let config = ProptestConfig { failure_persistence: None, cases: 32, ..ProptestConfig::default() };
    proptest!(config, |(token in "[!-~]{12,60}", password in "[!-~é中][ -~é中]{10,58}[!-~é中]")| {
        assert_hidden(&token, &password);
    });
}

#[test]
fn the_token_comes_from_a_file_or_standard_input() {
    let rig = rig(Generation::Y2021).base("a");
    let token = rig.server.token() + "\r\n";
    let file = rig.file("token", token.as_bytes());
    let mut command =
        rig.command(&["export", "a", "--workspace", "1", "--token-file", file.to_str().unwrap()]);
    assert_eq!(command.env("SEATABLE_TOKEN", "wrong").output().unwrap().status.code(), Some(0));
    let mut command = rig.command(&["--token-file", "-", "export", "a", "--workspace", "1", "--force"]);
    command.env_remove("SEATABLE_TOKEN");
    assert_eq!(with_input(command, token.as_bytes()).status.code(), Some(0));
}

#[test]
fn help_version_and_completions_are_printed() {
    for (args, word) in [(["--help"], "130  stopped by Ctrl-C"), (["--version"], env!("CARGO_PKG_VERSION"))] {
        let output = bare(&args).output().unwrap();
        assert!(output.status.success() && String::from_utf8(output.stdout).unwrap().contains(word));
    }
    for shell in ["powershell", "elvish"] {
        assert!(bare(&["completions", shell]).output().unwrap().stdout.len() > 1000);
    }
    assert_eq!(bare(&NONE).output().unwrap().status.code(), Some(2));
}
