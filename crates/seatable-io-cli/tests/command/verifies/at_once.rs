//! `verify` is stopped, or loses a copy, while it reads two.

use super::*;

/// A base whose line does not fit into a pipe: whoever prints it waits for the reader.
fn long_line() -> Vec<u8> {
    let names: Vec<_> = (0..2000).map(|at| format!("files/{at}{}", "x".repeat(100))).collect();
    lacking(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn a_copy_that_disappears_while_others_are_checked_is_reported() {
    use std::io::Read as _;
    let rig = rig(Current);
    let names = ["a.dtable", "b.dtable", "c.dtable", "d.dtable"];
    for name in names {
        rig.file(name, &long_line());
    }
    let mut child = rig.start(&[&["--json", "verify", "--jobs", "2"], &names[..]].concat());
    let mut out = vec![0];
    // From the first byte on, nothing more than a second copy is checked until the line is read.
    child.stdout.as_mut().unwrap().read_exact(&mut out).unwrap();
    fs::remove_file(rig.dir.path().join("d.dtable")).unwrap();
    child.stdout.as_mut().unwrap().read_to_end(&mut out).unwrap();
    let done = Done { out, ..rig.end(child) };
    let failed = done.lines().into_iter().find(|line| line["status"] == "failed").unwrap();
    assert_eq!((failed["input"].as_str(), failed["error"]["kind"].as_str()), (Some("d.dtable"), Some("io")));
    assert!(
        done.code == Some(1) && done.err.contains("3 good (") && done.err.contains("), 1 bad, in "),
        "{done:?}"
    );
}

#[test]
fn ctrl_c_ends_all_checks_that_run_at_once() {
    let rig = rig(Current);
    let names = ["a.dtable", "b.dtable", "c.dtable"];
    for name in names {
        fs::File::create(rig.dir.path().join(name)).unwrap().set_len(64 << 30).unwrap();
    }
    let child = rig.start(&[&["--json", "verify", "--jobs", "2"], &names[..]].concat());
    let open = || {
        let files = fs::read_dir(format!("/proc/{}/fd", child.id())).unwrap().filter_map(Result::ok);
        files
            .filter_map(|file| fs::read_link(file.path()).ok())
            .filter(|file| file.extension().is_some())
            .count()
    };
    until(|| open() == 2);
    signal(&child, "INT");
    let done = rig.end(child);
    assert_eq!((done.code, each(&done.lines(), "/status")), (Some(130), vec!["cancelled"; 3]));
    assert!(done.err.contains("\n3 not checked, in "), "{done:?}");
}
