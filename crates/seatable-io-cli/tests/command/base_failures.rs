//! `backup` of bases that fail or change, and after a signal.

use seatable_io_sandbox::Generation::Current;

use super::accounts::*;
use super::*;

#[test]
fn a_base_that_fails_does_not_stop_the_others() {
    let sandbox = Sandbox::new(Current)
        .with_base(1, "a", sample_dtable(5000).slice(..3000))
        .with_protected_base(1, "b", sample_dtable(900), "p");
    let rig = Rig::new(sandbox).base("c");
    let done = backup(&rig, &["--jobs", "3", "--timeout", "20s"]);
    let mut lines = done.lines();
    lines.sort_by_key(|line| line["input"].as_str().unwrap().to_owned());
    assert_eq!(each(&lines, "/status"), ["failed", "failed", "finished"]);
    assert_eq!(each(&lines, "/error/kind"), ["unavailable", "auth", "-"]);
    assert!(done.err.contains("1 exported (4.88 KiB), 2 failed, in "), "{done:?}");
    assert_eq!((done.code, files(&rig).len()), (Some(9), 1), "that of the first in the list");
    assert!(is_good(&rig));
}

#[test]
fn a_copy_with_a_damaged_entry_never_gets_its_name() {
    let mut bytes = sample_dtable(5000);
    let mut damaged = bytes.to_vec();
    damaged[2000] ^= 1;
    bytes = damaged.into();
    let rig = Rig::new(Sandbox::new(Current).with_base(1, "a", bytes));
    let done = backup(&rig, &["--timeout", "20s"]);
    assert_eq!(done.failure().1, "failed");
    assert!(done.err.contains("asset/files/sample.bin is damaged"), "{done:?}");
    assert!(files(&rig).is_empty() && catalogue(&rig).is_empty());
}

#[test]
fn the_message_says_why_a_file_cannot_be_used() {
    let mut base = sample_dtable(5000);
    let mut bytes = base.to_vec();
    // The methods of the last entry, in its own header and in the directory: Deflate64.
    for (header, place) in [(b"PK\x03\x04", 8), (b"PK\x01\x02", 10)] {
        let at = bytes.windows(4).rposition(|bytes| bytes == header).unwrap();
        bytes[at + place] = 9;
    }
    base = bytes.into();
    let rig = Rig::new(Sandbox::new(Current).with_base(1, "a", base));
    let message = backup(&rig, &["--timeout", "20s"]).line()["error"]["message"].to_string();
    assert!(message.contains(" is damaged (its entry "), "{message}");
    assert!(message.contains(" is packed with Deflate64, which servers cannot read), after "), "{message}");
}

#[test]
fn assets_that_are_missing_are_counted_and_warned_about() {
    let rig = Rig::new(Sandbox::new(Current).with_base(1, "a", lacking()));
    let done = backup(&rig, &[]);
    assert_eq!(
        (done.code, &done.line()["assets_missing"], &catalogue(&rig)[0]["assets_missing"]),
        (Some(0), &1.into(), &1.into())
    );
    assert!(done.err.contains("1 personal/a: warning: 1 asset is missing\n"), "{done:?}");
    let done = rig.run(&["--json", "verify", "b"]);
    assert_eq!((done.code, &done.line()["assets_missing"]), (Some(0), &1.into()));
    assert!(done.err.contains("warning: 1 asset is missing\n"), "{done:?}");
    assert!(!backup(&rig, &["--no-assets"]).err.contains("warning"));
}

#[test]
fn the_password_is_for_encrypted_bases() {
    let rig =
        Rig::new(Sandbox::new(Current).with_protected_base(1, "b", sample_dtable(900), "p#1")).base("c");
    rig.file("password", b"p#1\n");
    let done = backup(&rig, &["--password-file", "password"]);
    assert_eq!(each(&done.lines(), "/status"), ["finished", "finished"]);
    assert_eq!(rig.server.state().log.iter().filter(|entry| entry.target.contains("p%231")).count(), 1);
}

#[test]
fn options_that_older_servers_lack_are_rejected() {
    for generation in [Generation::Y2020, Generation::Y2021] {
        let rig = rig(generation).base("a");
        rig.file("password", b"p");
        for more in [&["--no-assets"][..], &["--password-file", "password"]] {
            assert_eq!(backup(&rig, more).failure(), failure(2, "failed", "usage", Some(404)));
        }
        assert!(files(&rig).is_empty());
    }
}

#[test]
fn a_copy_without_assets_is_good() {
    let rig = rig(Current).base("a");
    let line = backup(&rig, &["--no-assets"]).line();
    assert!(line["bytes"].as_u64().unwrap() < 5000 && line["assets_missing"] == 0, "{line}");
    assert!(is_good(&rig));
}

/// While the export of the first base waits because of a 429, the server becomes another.
fn meanwhile(other: Sandbox) -> (Done, Rig) {
    let busy = Fault::new(Call::StartExport, FaultKind::Busy { retry_after: 1 });
    let rig = rig(Generation::Y2021).base("a").base("b");
    rig.server.with(|sandbox, _| sandbox.add_fault(busy));
    init(&rig);
    let child = rig.start(&["--json", "backup", "b"]);
    until(|| rig.asked(Call::StartExport) == 1);
    rig.server.with(|sandbox, _| *sandbox = other);
    (rig.end(child), rig)
}

#[test]
fn a_base_that_vanishes_or_is_renamed_after_the_listing_fails_and_the_others_go_on() {
    let sandbox = Sandbox::new(Generation::Y2021).with_base(1, "renamed", sample_dtable(5000));
    let (done, rig) = meanwhile(sandbox.with_base(1, "b", sample_dtable(900)));
    assert_eq!(each(&done.lines(), "/error/kind"), ["not_found", "-"]);
    assert_eq!((done.code, catalogue(&rig).len()), (Some(4), 1));
}

#[test]
fn a_base_that_has_the_name_of_another_is_not_mistaken_for_it() {
    let other = Sandbox::new(Generation::Y2021).with_seed(7).with_base(1, "a", sample_dtable(900));
    let (done, rig) = meanwhile(other);
    assert_eq!(each(&done.lines(), "/status"), ["failed", "failed"]);
    assert!(catalogue(&rig).is_empty() && files(&rig).is_empty(), "{done:?}");
}

#[test]
fn fact_26_a_base_that_is_too_slow_is_tried_again_when_all_others_are_done() {
    let late = Fault::new(Call::SynchronousExport, FaultKind::GatewayTimeout { acted: false });
    let rig = rig(Current).base("a").base("b").base("c");
    rig.server.with(|sandbox, _| sandbox.add_fault(late));
    let done = backup(&rig, &[]);
    assert_eq!((done.code, each(&done.lines(), "/name")), (Some(0), vec!["b", "c", "a"]), "{done:?}");
    let again = "1 personal/a: the server gave up after 60 seconds; it will be tried again, alone, when all";
    assert_eq!((done.err.matches(again).count(), done.err.matches("seatable-io:").count()), (1, 0));
    assert!(done.err.contains("\n3 exported (14.65 KiB), in ") && is_good(&rig), "{done:?}");
}

#[test]
fn the_seconds_of_a_base_that_is_tried_again_include_the_first_attempt() {
    let rig = rig(Current).base("a");
    for kind in [FaultKind::Busy { retry_after: 1 }, FaultKind::GatewayTimeout { acted: false }] {
        rig.server.with(|sandbox, _| sandbox.add_fault(Fault::new(Call::SynchronousExport, kind)));
    }
    let line = backup(&rig, &[]).line();
    assert!(line["status"] == "finished" && line["seconds"].as_f64().unwrap() >= 1.0, "{line}");
}

#[test]
fn fact_26_a_base_that_is_too_slow_twice_fails_with_a_hint() {
    let late = FaultKind::GatewayTimeout { acted: true };
    let rig = ["a", "b", "c"].iter().fold(rig(Current), |rig, name| rig.base(name));
    let rig = rig.fault(Call::SynchronousExport, late);
    let done = backup(&rig, &["--jobs", "3"]);
    assert_eq!((done.code, each(&done.lines(), "/name")), (Some(9), vec!["a", "b", "c"]));
    assert_eq!(each(&done.lines(), "/error/kind"), ["unavailable"; 3]);
    assert_eq!(
        (done.lines()[0]["error"]["http_status"].as_u64(), rig.asked(Call::SynchronousExport)),
        (Some(504), 6)
    );
    let error = &done.lines()[2]["error"];
    assert!(error["message"].as_str().unwrap().contains("after 60 seconds, also when"), "{done:?}");
    let helps = "try fewer --jobs, --no-assets, a quiet hour, or manage.py export_dtable on the server";
    assert_eq!(error["hint"], helps);
    assert!(files(&rig).is_empty());
}

#[test]
fn fact_12_a_base_that_is_too_large_names_no_assets() {
    let words = "Export failed. Base size is larger than 100 mb.".to_owned();
    let rig = rig(Current).base("a").fault(Call::SynchronousExport, FaultKind::Fail { message: words });
    let done = backup(&rig, &[]);
    assert_eq!(done.failure(), failure(5, "failed", "rejected", Some(400)));
    assert!(done.err.contains("larger than 100 mb)\nhint: --no-assets leaves out"), "{done:?}");
}

#[test]
fn fact_22_a_base_of_a_similar_name_is_not_mistaken_for_it() {
    let other = Sandbox::new(Current).with_base(1, "Müller", sample_dtable(900));
    let busy = Fault::new(Call::SynchronousExport, FaultKind::Busy { retry_after: 1 });
    let rig = rig(Current).base("muller");
    rig.server.with(|sandbox, _| sandbox.add_fault(busy));
    init(&rig);
    let child = rig.start(&["--json", "backup", "b"]);
    until(|| rig.asked(Call::SynchronousExport) == 1);
    rig.server.with(|sandbox, _| *sandbox = other);
    assert_eq!(rig.end(child).failure(), failure(4, "failed", "not_found", None));
    assert!(catalogue(&rig).is_empty() && files(&rig).is_empty());
}

#[cfg(unix)]
#[test]
fn a_signal_cancels_running_tasks_and_starts_nothing_more() {
    heed_hangups();
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let sandbox = Sandbox::new(Generation::Y2021).with_task_time(Duration::from_secs(60));
        let rig = ["a", "b", "c"].iter().fold(Rig::new(sandbox), |rig, name| rig.base(name));
        init(&rig);
        let child = rig.start(&["--json", "backup", "b", "--jobs", "2"]);
        until(|| rig.asked(Call::QueryStatus) > 1 && rig.asked(Call::StartExport) == 2);
        signal(&child, name);
        let done = rig.end(child);
        assert_eq!(
            (done.code, each(&done.lines(), "/status")),
            (Some(code), vec!["cancelled"; 3]),
            "{done:?}"
        );
        assert!(done.err.contains("\n3 cancelled, in "), "{done:?}");
        assert_eq!((rig.server.state().unfinished().count(), files(&rig).len()), (0, 0));
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_pause_at_once() {
    let rig = ["a", "b", "c"].iter().fold(rig(Current), |rig, name| rig.base(name));
    let rig = rig.fault(Call::SynchronousExport, FaultKind::Busy { retry_after: 1800 });
    init(&rig);
    let child = rig.start(&["--json", "backup", "b", "--jobs", "2"]);
    until(|| rig.asked(Call::SynchronousExport) > 0);
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "TERM");
    let done = rig.end(child);
    assert_eq!((done.code, each(&done.lines(), "/status")), (Some(143), vec!["cancelled"; 3]), "{done:?}");
}
