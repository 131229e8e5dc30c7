//! `sandbox` and `demo`.

use std::io::{BufRead, BufReader};

use super::*;

#[cfg(unix)]
#[test]
fn a_sandbox_serves_until_ctrl_c() {
    let args = ["sandbox", "--json", "--generation", "2020", "--fault", "import:429@1", "--prefix", "/x"];
    let mut child = bare(&args).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("a.dtable"), sample_dtable(0)).unwrap();
    let mut import =
        bare(&["--server", line["url"].as_str().unwrap(), "import", "a.dtable", "--workspace", "1"]);
    import.env("SEATABLE_TOKEN", line["token"].as_str().unwrap()).current_dir(dir.path());
    let output = import.output().unwrap();
    assert!(output.status.success() && String::from_utf8(output.stderr).unwrap().contains("429"));
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_sandbox_says_what_faults_there_are() {
    let output = bare(&["sandbox", "--fault", "any:help"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("upload-cut"));
}

#[test]
fn the_demo_shows_every_generation() {
    let began = Instant::now();
    let output = bare(&["demo"]).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && began.elapsed() < Duration::from_secs(10), "{out}");
    assert_eq!(out.matches("the same as went in").count(), 3);
    assert_eq!(out.matches("→ DELETE ").count(), 3);
    assert!(!out.contains('\u{1b}'));
}

#[test]
fn the_demo_backs_up_an_account_and_leaves_nothing() {
    let dir = TempDir::new().unwrap();
    let mut demo = bare(&["demo"]);
    let demo = demo.envs(["TMPDIR", "TMP"].map(|name| (name, dir.path()))).env("HTTP_PROXY", "no proxy");
    let out = String::from_utf8(demo.output().unwrap().stdout).unwrap();
    let account = out.split("A whole account").nth(1).unwrap();
    let lines = ["    4 exported (", "    4 good\n", "is damaged", "    1 restored (", "All good"];
    assert!(lines.iter().all(|line| account.matches(line).count() == 1), "{out}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

/// No thread gets a stack this large.
#[cfg(target_os = "linux")]
#[test]
fn where_no_thread_can_be_created_there_is_no_panic() {
    for command in ["demo", "sandbox"] {
        let output = bare(&[command]).env("RUST_MIN_STACK", (1_u64 << 47).to_string()).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && !err.contains("panicked"), "{err}");
    }
}
