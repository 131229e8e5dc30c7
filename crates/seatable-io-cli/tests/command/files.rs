//! Sent and received files.

use super::*;

#[test]
fn a_file_that_is_not_a_base_is_5_and_not_sent() {
    let whole = sample_dtable(5000);
    let empty_zip = [&b"PK\x05\x06"[..], &[0; 18]].concat();
    for (name, bytes) in [
        ("a.dtable", &b"no zip at all"[..]),
        ("a.dtable", &empty_zip),
        ("a.dtable", b""),
        ("a.dtable", &whole[..4000]),
        ("a.dtable", &whole[..whole.len() - 4]),
        ("a.zip", &whole),
        ("a", &whole),
        ("a.csv", b""),
    ] {
        let rig = rig(Generation::Y2021);
        rig.file(name, bytes);
        let done = rig.run(&["--json", "import", name, "--workspace", "1"]);
        assert_eq!(done.failure(), failure(5, "failed", "bad_file", None), "{name}");
        assert!(rig.nothing_asked() && done.err.contains(name));
    }
}

#[test]
fn an_unreadable_file_is_1() {
    let rig = rig(Generation::Y2021);
    fs::create_dir(rig.dir.path().join("b.dtable")).unwrap();
    for file in ["missing.dtable", "b.dtable"] {
        let done = rig.run(&["--json", "import", file, "--workspace", "1"]);
        assert_eq!(done.failure(), failure(1, "failed", "io", None));
        assert!(done.line()["error"]["message"].as_str().unwrap().contains(file));
    }
    assert!(rig.nothing_asked());
}

#[test]
fn an_existing_file_is_left_alone() {
    for generation in Generation::ALL {
        let rig = rig(generation).base("a");
        let file = rig.file("a.dtable", b"mine");
        for more in [&["--output", "a.dtable"][..], &["--output-dir", "."], &[]] {
            let done = rig.run(&[&["--json", "export", "a", "--workspace", "1"], more].concat());
            assert_eq!(done.failure(), failure(1, "failed", "io", None));
            assert_eq!(done.line()["error"]["hint"], "--force replaces it");
        }
        assert!(rig.nothing_asked() && fs::read(&file).unwrap() == b"mine");
        assert_eq!(rig.run(&["export", "a", "--workspace", "1", "--force"]).code, Some(0));
        assert_eq!((fs::metadata(&file).unwrap().len(), rig.left()), (5000, vec!["a.dtable".to_owned()]));
    }
}

#[test]
fn an_impossible_output_is_1() {
    let rig = rig(Generation::Y2021).base("a");
    rig.file("file", b"");
    let [device, name] = if cfg!(windows) { ["NUL", "a?b"] } else { ["/dev/null", &"x".repeat(300)] };
    for output in ["no/such/folder.dtable", ".", "file/a.dtable", "new/", device, name] {
        let done = rig.run(&["--json", "export", "a", "--workspace", "1", "--force", "--output", output]);
        assert_eq!(done.failure(), failure(1, "failed", "io", None), "{output}");
        assert_eq!(done.err.matches(&format!("{output}:")).count(), 1, "{done:?}");
    }
    assert!(rig.nothing_asked());
    assert_eq!(rig.left(), ["file"]);
}

#[test]
fn a_file_that_is_larger_than_max_size_is_5_and_never_begun() {
    for generation in Generation::ALL {
        let rig = rig(generation).base("a");
        let export = ["--json", "export", "a", "--workspace", "1", "--max-size"];
        let done = rig.run(&[&export[..], &["4kB"]].concat());
        assert_eq!(done.failure(), failure(5, "failed", "bad_file", None), "{done:?}");
        assert!(done.err.contains("has 5000 bytes, and the limit is 4000"), "{done:?}");
        assert!(done.err.contains("hint: allow larger files with a larger --max-size"), "{done:?}");
        assert!(rig.left().is_empty());
        assert_eq!(rig.run(&[&export[..], &["5000"]].concat()).code, Some(0));
    }
}

#[test]
fn two_bases_do_not_become_one_file() {
    let rig = rig(Generation::Y2021).base("a/b").base("a:b");
    let done = rig.run(&["--json", "export", "a/b", "a:b", "a:b", "--workspace", "1", "--force"]);
    assert_eq!(
        (done.code, rig.left()),
        (Some(2), vec!["a%2Fb.dtable".to_owned(), "a%3Ab.dtable".to_owned()])
    );
    assert_eq!(done.lines()[2]["error"]["kind"], "usage");
}

#[test]
fn standard_output_gets_the_file_and_nothing_else() {
    for generation in Generation::ALL {
        let rig = rig(generation).base("a");
        let done = rig.run(&["export", "a", "--workspace", "1", "--output", "-"]);
        assert_eq!((done.code, &done.out[..]), (Some(0), &sample_dtable(5000)[..]));
        assert!(rig.left().is_empty());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_1_and_results_go_to_standard_error() {
    let rig = rig(Generation::Y2021).base("a");
    rig.file("b.dtable", &sample_dtable(0));
    for (args, result) in [
        (&["export", "a", "--workspace", "1", "--output", "-"][..], ""),
        (&["import", "b.dtable", "--workspace", "1"], "b.dtable: imported as \"b\""),
        (&["--json", "export", "a", "--workspace", "1"], "{\"operation\":\"export\",\"status\":\"finished\""),
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let done = rig.end(rig.command(args).stdout(full).spawn().unwrap());
        assert_eq!(done.code, Some(1), "{done:?}");
        assert!(done.err.contains("No space left") && done.err.contains(result), "{done:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_closed_standard_output_is_1_and_nothing_is_requested() {
    let rig = rig(Generation::Y2021).base("a");
    let program = env!("CARGO_BIN_EXE_seatable-io");
    for (args, code) in [("--output -", 1), ("", 1), ("-q --output -", 1), ("-q --json", 1), ("-q", 0)] {
        assert!(rig.nothing_asked());
        let line = format!("exec '{program}' export a --workspace 1 {args} >&-");
        let done = rig.end(rig.shell(&line).spawn().unwrap());
        assert_eq!(
            (done.code, done.err.contains("standard output is closed")),
            (Some(code), code == 1),
            "{done:?}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn dev_null_is_not_a_closed_standard_output() {
    let rig = rig(Generation::Y2021).base("a");
    let null = fs::File::options().read(true).write(true).open("/dev/null").unwrap();
    let child = rig.command(&["export", "a", "--workspace", "1"]).stdout(null).spawn().unwrap();
    assert_eq!(rig.end(child).code, Some(0));
}

#[test]
fn a_closed_pipe_is_1_without_a_panic() {
    let rig = rig(Generation::Y2021);
    rig.file("b.dtable", &sample_dtable(0));
    let mut child = rig.start(&["--json", "import", "b.dtable", "--workspace", "1"]);
    drop(child.stdout.take());
    assert_eq!(rig.end(child).code, Some(1));
    let mut child = bare(&["man"]).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait_with_output().unwrap().stderr.is_empty());
}

/// No thread gets a stack this large.
#[cfg(target_os = "linux")]
#[test]
fn every_input_has_a_line_if_no_thread_can_be_created() {
    let rig = rig(Generation::Y2021);
    let mut command = rig.command(&["--json", "import", "a", "b", "c", "--workspace", "1", "--jobs", "64"]);
    let done = rig.done(command.env("RUST_MIN_STACK", (1_u64 << 47).to_string()).output().unwrap());
    assert_eq!((done.code, done.lines().len()), (Some(1), 3), "{done:?}");
}
