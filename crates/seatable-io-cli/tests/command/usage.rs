//! Wrong usage is 2, also in the line, and sends no request.

use super::*;

fn wrong(rig: &Rig, args: &[&str]) -> Done {
    let done = rig.run(&[&["--json"], args].concat());
    assert_eq!(done.failure(), failure(2, "failed", "usage", None), "{args:?}");
    assert!(rig.nothing_asked());
    let plain = rig.run(args);
    assert_eq!((plain.code, plain.out()), (Some(2), ""));
    done
}

#[test]
fn the_command_line_is_checked() {
    let rig = rig(Generation::Y2021);
    for args in [
        &[][..],
        &["frobnicate"],
        &["import", "--workspace", "1"],
        &["import", "a.dtable"],
        &["import", "a.dtable", "--workspace", "x"],
        &["import", "a.dtable", "b.dtable", "--workspace", "1", "--name", "x"],
        &["import", "a.dtable", "--workspace", "1", "--jobs", "0"],
        &["import", "a.dtable", "--workspace", "1", "--token", "x"],
        &["export", "a", "b", "--workspace", "1", "--output", "o"],
        &["export", "a", "--workspace", "1", "--output", "o", "--output-dir", "d"],
        &["export", "", "--workspace", "1"],
        &["-q", "-v", "export", "a", "--workspace", "1"],
        &["--timeout", "5x", "export", "a", "--workspace", "1"],
        &["cancel", "1", "--uuid", "u", "--kind", "both"],
        &["download", "1", "--uuid", "u"],
        &["status", ""],
    ] {
        wrong(&rig, args);
    }
}

#[test]
fn a_wrong_value_is_explained_in_words() {
    let rig = rig(Generation::Y2021);
    for (args, words) in [
        (&["import", "a", "--workspace", "abc"][..], "'--workspace <ID>': it must be a whole number"),
        (&["import", "a", "--workspace", "-5"], "'--workspace <ID>': it must be a whole number"),
        (&["export", "a", "--workspace", "1", "--jobs", "65"], "it must be a whole number from 1 to 64"),
        (&["--timeout", "-5", "status", "1"], "it must be a duration such as 30s"),
        (&["backup", "b", "--max-age", "12"], "it must have a unit, such as 12h or 12d"),
        (&["sandbox", "--listen", "x"], "it must be an IP address and a port"),
        (&["sandbox", "--task-seconds", "x"], "it must be a whole number"),
        (&["sandbox", "--size-limit", "x"], "it must be a whole number"),
        (&["sandbox", "--request-limit", "0"], "it must be a whole number from 1"),
        (&["sandbox", "--synchronous-export-limit", "0"], "it must be a whole number from 1"),
        (&["sandbox", "--generation", "x"], "[possible values: 2020, 2021, current]"),
        (&["cancel", "1", "--uuid", "u", "--kind", "x"], "[possible values: import, export]"),
    ] {
        assert!(wrong(&rig, args).err.contains(words), "{args:?}");
    }
}

#[test]
fn the_line_names_the_operation() {
    let rig = rig(Generation::Y2021);
    assert_eq!(wrong(&rig, &["frobnicate"]).line()["operation"], Value::Null);
    assert_eq!(wrong(&rig, &["export", "a"]).line()["operation"], "export");
    let line = wrong(&rig, &["import", "a/.dtable", "--workspace", "3"]).line();
    assert_eq!(
        (&line["operation"], &line["input"], &line["workspace_id"]),
        (&"import".into(), &"a/.dtable".into(), &3.into())
    );
}

#[test]
fn names_that_would_not_arrive_are_rejected_before_anything_is_sent() {
    let rig = rig(Generation::Y2021);
    rig.file("a.dtable", &sample_dtable(0));
    let (long, wide) = ("x".repeat(249), "😀".repeat(248));
    for name in ["a/b", "a\\b", "a\nb", "", &long, &wide] {
        wrong(&rig, &["import", "a.dtable", "--workspace", "1", "--name", name]);
    }
}

#[test]
fn a_file_and_lines_cannot_share_standard_output() {
    let rig = rig(Generation::Y2021);
    let export = ["--json", "export", "a", "--workspace", "1", "--output", "-"];
    assert_eq!(rig.run(&export).failure(), failure(2, "failed", "usage", None));
    let download = ["--json", "download", "1", "--uuid", "u", "--output", "-"];
    assert_eq!(rig.run(&download).failure(), failure(2, "failed", "usage", None));
}

#[test]
fn a_server_is_needed_before_the_token_is_read() {
    let rig = rig(Generation::Y2021);
    for server in [None, Some("")] {
        let args = ["--json", "-q", "status", "1", "--token-file", "missing"];
        let mut command = rig.command(&args);
        command.env_remove("SEATABLE_SERVER").envs(server.map(|url| ("SEATABLE_SERVER", url)));
        let done = rig.done(command.output().unwrap());
        assert_eq!(done.failure(), failure(2, "failed", "usage", None));
        let hint = "add --server https://cloud.seatable.io, or set SEATABLE_SERVER";
        assert_eq!(done.err, format!("seatable-io: no server is named\nhint: {hint}\n"));
        assert_eq!(done.line()["error"]["hint"], hint);
    }
}

#[test]
fn a_wrong_line_has_a_hint_of_its_own() {
    let rig = rig(Generation::Y2021);
    for (args, hint) in [
        (&["export", "a"][..], "seatable-io export --help shows the usage"),
        (&["frobnicate"], "seatable-io --help shows the usage"),
        (&["export", "a", "--workspac", "1"], "a similar argument exists: '--workspace'"),
    ] {
        let done = wrong(&rig, args);
        assert!(done.err.ends_with(&format!("\nhint: {hint}\n")), "{done:?}");
        assert_eq!(done.line()["error"]["hint"], hint);
        let message = done.line()["error"]["message"].to_string();
        assert!(!done.err.contains("Usage:") && !message.contains("\\n"), "{done:?}");
    }
}

#[test]
fn a_token_is_needed() {
    let rig = rig(Generation::Y2021);
    let status = ["--json", "status", "1"];
    let done = rig.done(rig.command(&status).env_remove("SEATABLE_TOKEN").output().unwrap());
    assert_eq!(done.failure(), failure(2, "failed", "usage", None));
    assert!(done.err.contains("there is no token\nhint: set SEATABLE_TOKEN"), "{done:?}");
    let done = rig.run(&["--json", "status", "1", "--token-file", "missing"]);
    assert_eq!(done.failure(), failure(1, "failed", "io", None));
}

#[test]
fn an_empty_file_with_a_secret_is_named() {
    let rig = rig(Generation::Y2021);
    rig.file("secret", b"\r\n");
    let export = ["--json", "export", "a", "--workspace", "1"];
    for (option, file, words) in [
        ("--token-file", "secret", "secret is empty\nhint: write the token into it\n"),
        ("--token-file", "-", "standard input is empty\nhint: write the token into it\n"),
        ("--password-file", "secret", "secret is empty\nhint: write the password into it\n"),
    ] {
        let done = rig.run(&[&export[..], &[option, file]].concat());
        assert_eq!(done.failure(), failure(2, "failed", "usage", None));
        assert!(done.err.ends_with(words) && rig.nothing_asked(), "{done:?}");
    }
}

#[test]
fn the_address_is_checked() {
    let rig = rig(Generation::Y2021);
    for url in
        ["", "x", "ftp://localhost/", "http://user:pw@localhost/", "http://a.example/", "http://0.0.0.0:9/"]
    {
        let done = wrong(&rig, &["--server", url, "status", "1"]);
        assert!(!done.err.contains("user:pw"));
    }
    assert!(wrong(&rig, &["status", "1", "--server", "http://a.example"]).err.contains("--allow-http"));
}

#[test]
fn a_ca_file_that_cannot_be_used_is_1_with_a_line_for_each() {
    let rig = rig(Generation::Y2021);
    rig.file("no.pem", b"nothing");
    for file in ["missing.pem", "no.pem"] {
        let done = rig.run(&["--json", "--ca-file", file, "export", "a", "b", "--workspace", "1"]);
        let kinds: Vec<_> = done.lines().iter().map(|line| line["error"]["kind"].clone()).collect();
        assert_eq!((done.code, kinds), (Some(1), vec![Value::from("io"), "io".into()]));
    }
}

#[cfg(unix)]
#[test]
fn an_endless_file_is_1() {
    let rig = rig(Generation::Y2021);
    let export = ["--json", "export", "a", "--workspace", "1"];
    for option in ["--ca-file", "--token-file", "--password-file"] {
        let done = rig.run(&[&export[..], &[option, "/dev/zero"]].concat());
        assert_eq!(done.failure(), failure(1, "failed", "io", None), "{option}");
        assert!(done.err.contains("longer than"), "{done:?}");
    }
}

#[test]
fn the_help_keeps_its_columns_in_a_narrow_terminal() {
    for (args, words) in [
        (&["--help"][..], "seatable.io,\n                       unless --server is given;"),
        (&["-h"], "seatable.io,\n                       unless --server is given;"),
        (&["help", "backup"], "began, in\n                                  UTC\n"),
    ] {
        let done = bare(args).env("COLUMNS", "80").output().unwrap();
        assert!(String::from_utf8_lossy(&done.stdout).contains(words), "{args:?}");
    }
}
