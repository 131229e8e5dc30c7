//! Variables that stand for options.

use seatable_io_sandbox::Generation::Current;

use super::*;

/// `list`, or another command, with these variables besides those of the rig.
fn with(rig: &Rig, variables: &[(&str, &str)], args: &[&str]) -> Done {
    let args: Vec<_> = ["--json"].iter().chain(args).collect();
    rig.done(rig.command(&args).envs(variables.iter().copied()).output().unwrap())
}

fn usage() -> (i32, String, String, Option<u64>) {
    failure(2, "failed", "usage", None)
}

#[test]
fn a_wrong_value_is_explained_with_the_name_of_its_variable() {
    let rig = rig(Current).base("a");
    for (name, value, words) in [
        ("SEATABLE_SERVER", "x", "SEATABLE_SERVER: "),
        ("SEATABLE_SERVER", "http://me:geheim@localhost/", "SEATABLE_SERVER: "),
        ("SEATABLE_TOKEN", "a b", "SEATABLE_TOKEN: "),
        (
            "SEATABLE_ALLOW_HTTP",
            "maybe",
            "invalid value 'maybe' for SEATABLE_ALLOW_HTTP: it must be 1 or 0\n",
        ),
        (
            "SEATABLE_TIMEOUT",
            "10x",
            "invalid value '10x' for SEATABLE_TIMEOUT: it must be a duration such as ",
        ),
        (
            "SEATABLE_MAX_SIZE",
            "1\u{1b}",
            r"invalid value '1\u{1b}' for SEATABLE_MAX_SIZE: it must be a size such as ",
        ),
    ] {
        let done = with(&rig, &[(name, value)], &["list"]);
        assert_eq!(done.failure(), usage(), "{name}");
        assert!(
            done.err.starts_with(&format!("seatable-io: {words}")) && done.err.contains("\nhint: "),
            "{done:?}"
        );
        assert!(rig.nothing_asked() && !done.err.contains("geheim"), "{done:?}");
    }
}

#[test]
fn an_option_wins_over_its_variable() {
    let rig = rig(Current).base("a");
    rig.file("token", rig.server.token().as_bytes());
    let url = rig.server.url();
    for (name, option) in [
        ("SEATABLE_SERVER", &["--server", &url][..]),
        ("SEATABLE_TOKEN", &["--token-file", "token"]),
        ("SEATABLE_TOKEN_FILE", &["--token-file", "token"]),
        ("SEATABLE_ALLOW_HTTP", &["--allow-http"]),
        ("SEATABLE_TIMEOUT", &["--timeout", "1m"]),
        ("SEATABLE_MAX_SIZE", &["--max-size", "1MB"]),
    ] {
        let wrong = [(name, "no such thing")];
        assert_ne!(with(&rig, &wrong, &["list"]).code, Some(0), "{name}");
        let done = with(&rig, &wrong, &[&["list"], option].concat());
        assert_eq!((done.code, &done.line()["base"]["name"]), (Some(0), &"a".into()), "{name}");
    }
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let rig = rig(Current).base("a");
    let names =
        ["TOKEN_FILE", "CA_FILE", "ALLOW_HTTP", "TIMEOUT", "MAX_SIZE"].map(|name| format!("SEATABLE_{name}"));
    let empty: Vec<_> = names.iter().map(|name| (&name[..], "")).collect();
    assert_eq!(with(&rig, &empty, &["list"]).code, Some(0));
    rig.file("token", rig.server.token().as_bytes());
    let tokens = [("SEATABLE_TOKEN", ""), ("SEATABLE_TOKEN_FILE", "token")];
    assert_eq!(with(&rig, &tokens, &["list"]).code, Some(0));
    let done = with(&rig, &[("SEATABLE_TOKEN", "")], &["list"]);
    assert!(done.failure() == usage() && done.err.contains("there is no token\n"), "{done:?}");
}

#[test]
fn two_variables_with_different_tokens_are_an_error_that_prints_neither() {
    let rig = rig(Current).base("a");
    rig.file("token", (rig.server.token() + "\n").as_bytes());
    rig.file("other", b"geheim");
    assert_eq!(with(&rig, &[("SEATABLE_TOKEN_FILE", "token")], &["list"]).code, Some(0));
    for other in [
        [("SEATABLE_TOKEN_FILE", "other")].as_slice(),
        &[("SEATABLE_TOKEN", "geheim"), ("SEATABLE_TOKEN_FILE", "token")],
    ] {
        let done = with(&rig, other, &["list"]);
        assert_eq!(done.failure(), usage());
        assert!(
            done.err
                .contains("SEATABLE_TOKEN_FILE and SEATABLE_TOKEN have different tokens\nhint: unset one"),
            "{done:?}"
        );
        assert!(
            rig.asked(Call::ListAdministered) == 1 && !format!("{done:?}").contains("geheim"),
            "{done:?}"
        );
    }
}

#[test]
fn a_file_that_a_variable_names_and_that_cannot_be_read_is_1() {
    let rig = rig(Current);
    for (name, words) in [
        ("SEATABLE_TOKEN_FILE", "SEATABLE_TOKEN_FILE: cannot read the token from missing: "),
        ("SEATABLE_CA_FILE", "SEATABLE_CA_FILE: cannot read missing: "),
    ] {
        let done = with(&rig, &[(name, "missing")], &["list"]);
        assert_eq!(done.failure(), failure(1, "failed", "io", None));
        assert!(done.err.contains(words) && rig.nothing_asked(), "{done:?}");
    }
    let done = with(&rig, &[("SEATABLE_CA_FILE", "missing")], &["list", "--ca-file", "lacking"]);
    assert!(done.code == Some(1) && done.err.contains("seatable-io: cannot read lacking: "), "{done:?}");
}

#[test]
fn standard_input_cannot_hold_the_token_and_a_password_whoever_says_so() {
    let rig = rig(Current);
    let export = ["export", "a", "--workspace", "1", "--password-file", "-"];
    let done = with(&rig, &[("SEATABLE_TOKEN_FILE", "-")], &export);
    assert!(done.failure() == usage() && done.err.contains("only one of --token-file"), "{done:?}");
    rig.file("token", rig.server.token().as_bytes());
    let from_file = [&export[..], &["--token-file", "token"]].concat();
    let done = with(&rig, &[("SEATABLE_TOKEN_FILE", "-")], &from_file);
    assert!(done.failure() == usage() && done.err.contains("standard input is empty"), "{done:?}");
}

#[test]
fn limits_and_http_of_the_environment_are_heeded() {
    let rig = rig(Current).base("a");
    let export = ["export", "a", "--workspace", "1", "--force"];
    assert_eq!(with(&rig, &[("SEATABLE_MAX_SIZE", "4kB")], &export).code, Some(5));
    assert_eq!(with(&rig, &[("SEATABLE_MAX_SIZE", "5kB")], &export).code, Some(0));
    let limit = [("SEATABLE_MAX_SIZE", "4kB")];
    assert_eq!(with(&rig, &limit, &[&export[..], &["--max-size", "5kB"]].concat()).code, Some(0));
    // No request leaves this machine.
    let http = |allow| {
        let variables = [
            ("SEATABLE_SERVER", "http://0.0.0.0:9/"),
            ("SEATABLE_ALLOW_HTTP", allow),
            ("SEATABLE_TIMEOUT", "1s"),
        ];
        with(&rig, &variables, &["list"])
    };
    let [yes, no, unset] = ["1", "0", ""].map(http);
    assert!(yes.code == Some(7) && yes.err.contains("after 1s: no connection"), "{yes:?}");
    assert_eq!([no.code, unset.code], [Some(2), Some(2)]);
    assert!(no.err.contains("SEATABLE_SERVER: ") && no.err.contains("--allow-http"), "{no:?}");
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_named_and_not_printed() {
    use std::os::unix::ffi::OsStrExt as _;
    let rig = rig(Current);
    for name in ["SEATABLE_SERVER", "SEATABLE_TOKEN", "SEATABLE_TIMEOUT"] {
        let mut command = rig.command(&["--json", "list"]);
        let done = rig.done(command.env(name, OsStr::from_bytes(b"geheim\xff")).output().unwrap());
        assert_eq!(done.failure(), usage());
        assert!(done.err.contains(&format!("{name} is not UTF-8\nhint: ")), "{done:?}");
        assert!(!done.err.contains("geheim"), "{done:?}");
    }
}
