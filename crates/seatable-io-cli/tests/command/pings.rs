//! `backup --ping-file`: a monitoring service is informed of each run.

use seatable_io_sandbox::Generation::Current;

use super::accounts::*;
use super::ping_services::Service;
use super::*;

/// Two bases, of which one cannot be exported.
fn half_broken() -> Rig {
    let rig = rig(Current).base("a").base("b");
    rig.server.with(|sandbox, _| sandbox.add_fault("any/b:403*always".parse().unwrap()));
    rig
}

#[test]
fn a_good_run_reports_its_start_and_then_its_summary() {
    let (rig, service) = (rig(Current).base("a"), Service::good());
    let done = service.back_up(&rig, &[]);
    assert_eq!((done.code, service.paths()), (Some(0), vec!["start".to_owned(), "0".to_owned()]));
    let seen = service.seen();
    assert_eq!(seen[0].body, "");
    assert!(seen[1].body.starts_with("1 exported (4.88 KiB), in ") && seen[1].body.lines().count() == 1);
    let head = &seen[1].head;
    assert!(head.contains("\r\ncontent-type: text/plain; charset=utf-8\r\n"), "{head}");
    assert!(head.contains("\r\nuser-agent: seatable-io/"), "{head}");
    assert!(!done.err.contains("ping"), "{done:?}");
}

#[test]
fn a_failed_base_is_reported_with_its_exit_code_and_its_words_also_if_they_are_not_printed() {
    for more in [&[][..], &["-q"], &["--json"], &["-v"]] {
        let (rig, service) = (half_broken(), Service::good());
        assert_eq!(service.back_up(&rig, more).code, Some(3));
        assert_eq!(service.paths(), ["start", "3"]);
        let body = service.seen().remove(1).body;
        assert!(body.starts_with("1 exported (4.88 KiB), 1 failed, in "), "{body}");
        assert!(body.contains("\nseatable-io: 1 personal/b: ") && !body.contains("personal/a"), "{body}");
    }
}

#[test]
fn a_run_that_ends_before_anything_is_exported_is_reported_too() {
    let (rig, service) = (rig(Current).base("a"), Service::good());
    assert_eq!(service.back_up(&rig, &["--base", "no"]).code, Some(4));
    let again = || rig.run(&["backup", "b", "--ping-file", "ping"]).code;
    rig.server.with(|sandbox, _| sandbox.add_fault("any:503-maintenance@7200*always".parse().unwrap()));
    assert_eq!(again(), Some(9));
    fs::remove_file(rig.dir.path().join("b/backup.jsonl")).unwrap();
    assert_eq!(again(), Some(1));
    assert_eq!(service.paths(), ["start", "4", "start", "9", "start", "1"]);
    let bodies = [1, 3, 5].map(|at| service.seen()[at].body.clone());
    for (body, words) in bodies.iter().zip(["base no", "503", "backup folder"]) {
        assert!(body.starts_with("seatable-io: ") && body.contains(words), "{body}");
    }
    assert!(bodies[2].contains("\nhint: "), "{bodies:?}");
}

#[test]
fn a_run_that_a_person_should_look_at_is_a_failure_there() {
    let (rig, service) = (rig(Current).base("a"), Service::good());
    backup(&rig, &[]);
    rig.server.with(|sandbox, _| *sandbox = Sandbox::new(Current).with_base(1, "a", lacking()));
    assert_eq!(service.back_up(&rig, &[]).code, Some(10));
    assert!(
        service.paths() == ["start", "10"] && service.seen()[1].body.contains("the new copy lacks 1 asset")
    );
}

#[cfg(unix)]
#[test]
fn a_signal_is_reported_with_its_exit_code() {
    heed_hangups();
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let rig = Rig::new(Sandbox::new(Generation::Y2021).with_task_time(Duration::from_secs(60))).base("a");
        let service = Service::good();
        init(&rig);
        rig.file("ping", service.url.as_bytes());
        let child = rig.start(&["backup", "b", "--ping-file", "ping"]);
        until(|| rig.asked(Call::QueryStatus) > 0);
        signal(&child, name);
        assert_eq!(rig.end(child).code, Some(code));
        assert_eq!(service.paths(), ["start", &code.to_string()]);
        assert!(service.seen()[1].body.starts_with("1 cancelled, in "));
    }
}

#[cfg(unix)]
#[test]
fn a_signal_during_the_listing_has_its_exit_code_too() {
    let (rig, service) =
        (rig(Current).base("a").fault(Call::ListAdministered, FaultKind::Silent), Service::good());
    init(&rig);
    rig.file("ping", service.url.as_bytes());
    let child = rig.start(&["backup", "b", "--ping-file", "ping"]);
    until(|| rig.asked(Call::ListAdministered) > 0);
    signal(&child, "TERM");
    assert_eq!(
        (rig.end(child).code, service.paths()),
        (Some(143), vec!["start".to_owned(), "143".to_owned()])
    );
}

#[test]
fn two_runs_report_to_two_urls_from_a_file_and_from_the_environment() {
    let (rig, of_file, of_env) = (rig(Current).base("a"), Service::good(), Service::good());
    init(&rig);
    rig.file("ping", of_file.url.as_bytes());
    let run = |args: &[&str]| {
        let mut command = rig.command(args);
        let done = rig.done(command.env("SEATABLE_PING_URL", &of_env.url).output().unwrap());
        of_file.shows_no_secret(&rig, &done);
        of_env.shows_no_secret(&rig, &done);
        done.code
    };
    assert_eq!(run(&["backup", "b"]), Some(0));
    assert_eq!((of_file.paths().len(), of_env.paths()), (0, vec!["start".to_owned(), "0".to_owned()]));
    assert_eq!(run(&["backup", "b", "--ping-file", "ping", "--base", "no"]), Some(4));
    assert_eq!((of_file.paths(), of_env.paths().len()), (vec!["start".to_owned(), "4".to_owned()], 2));
}

#[test]
fn other_commands_and_dry_runs_report_nothing() {
    let (rig, service) = (rig(Current).base("a"), Service::good());
    assert_eq!(service.back_up(&rig, &["--dry-run"]).code, Some(0));
    for args in [&["backup", "b", "-n"][..], &["list"], &["verify", "b"]] {
        let mut command = rig.command(args);
        rig.done(command.env("SEATABLE_PING_URL", &service.url).output().unwrap());
    }
    assert!(service.seen().is_empty());
}

#[test]
fn the_query_of_a_url_stays() {
    let (rig, service) = (rig(Current).base("a"), Service::good());
    init(&rig);
    let mut command = rig.command(&["backup", "b"]);
    command.env("SEATABLE_PING_URL", format!("{}/?create=1", service.url)).output().unwrap();
    assert_eq!(service.paths(), ["start?create=1", "0?create=1"]);
}

#[test]
fn a_long_text_is_cut_at_100_kilobytes() {
    let (rig, service) = (rig(Current), Service::good());
    for at in 0..500 {
        rig.server
            .with(|sandbox, _| sandbox.add_base(1, &format!("{at} {}", "ß".repeat(110)), sample_dtable(0)));
    }
    let rig = rig.fault(Call::SynchronousExport, FaultKind::PermissionDenied);
    let rig = rig.fault(Call::StartExport, FaultKind::PermissionDenied);
    assert_eq!(service.back_up(&rig, &["-q", "-j", "4"]).code, Some(3));
    let body = service.seen().remove(1).body;
    assert!((99_990..=100_000).contains(&body.len()), "{}", body.len());
    assert!(body.starts_with("500 failed, in ") && body.ends_with("\n[the rest was cut]\n"));
}

#[test]
fn a_ping_file_that_cannot_be_used_is_reported_before_anything_is_asked() {
    let rig = rig(Current).base("a");
    init(&rig);
    for (text, code, words) in [
        ("ftp://hc.example/5ec7e7", 2, "begins with neither https:// nor http://"),
        ("http://hc.example/5ec7e7", 2, "is not encrypted\nhint: use https, or add --allow-http"),
        ("\n", 2, "ping is empty\nhint: write the ping URL into it"),
        ("5ec7e7 5ec7e7", 2, "the ping URL in ping cannot be understood\nhint: write one line like https://"),
    ] {
        rig.file("ping", text.as_bytes());
        let done = rig.run(&["backup", "b", "--ping-file", "ping"]);
        assert!(
            done.code == Some(code) && done.err.contains(words) && !done.err.contains("5ec7e7"),
            "{done:?}"
        );
    }
    assert_eq!(rig.run(&["backup", "b", "--ping-file", "none"]).code, Some(1));
    for (option, variable) in [("--token-file", None), ("--password-file", None), ("", Some("-"))] {
        let all = ["backup", "b", "--ping-file", "-", option, "-"];
        let mut command = rig.command(if variable.is_some() { &all[..4] } else { &all[..] });
        let both =
            rig.done(command.envs(variable.map(|file| ("SEATABLE_TOKEN_FILE", file))).output().unwrap());
        assert!(both.code == Some(2) && both.err.contains("only one of --token-file"), "{both:?}");
    }
    assert!(rig.nothing_asked());
}

#[cfg(target_os = "linux")]
#[test]
fn plain_http_to_another_address_must_be_allowed_by_the_option_or_its_variable() {
    let (rig, service) = (rig(Current).base("a"), Service::good());
    init(&rig);
    let url = service.url.replace("127.0.0.1", "0.0.0.0");
    let run = |args: &[&str], allowed: &str| {
        let mut command = rig.command(args);
        command
            .env("SEATABLE_PING_URL", &url)
            .env("SEATABLE_ALLOW_HTTP", allowed)
            .output()
            .unwrap()
            .status
            .code()
    };
    assert_eq!((run(&["backup", "b"], "0"), service.paths().len()), (Some(2), 0));
    assert_eq!((run(&["backup", "b"], "1"), service.paths().len()), (Some(0), 2));
    assert_eq!((run(&["backup", "b", "--allow-http"], "0"), service.paths().len()), (Some(0), 4));
}
