//! The official JavaScript client, `dtable-web-api` from npm, in an old and a new version, against each generation of the
//! sandbox. Without Node.js, npm or its registry, the test reports that it is skipped.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use seatable_io_sandbox::{Fault, Generation, Sandbox, SandboxServer, sample_dtable};

/// 1.0.149: exports with `GET`.
const OLD: &str = "dtable-web-api-1";
/// 5.2.7: exports with `POST` and an empty form.
const NEW: &str = "dtable-web-api-5";

const SCRIPT: &str = "lives.js";

/// Returns the folder with the script and both clients, or `None` if they cannot be installed.
fn installed() -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("javascript");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("javascript");
    fs::create_dir_all(&folder).expect("a folder");
    for name in ["package.json", "package-lock.json", SCRIPT] {
        fs::copy(source.join(name), folder.join(name)).expect("a file");
    }
    if let Err(error) = Command::new("node").arg("--version").output() {
        return skipped(&format!("there is no Node.js: {error}"));
    }
    let npm = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"])
        .args(["--fetch-retries=1", "--fetch-timeout=20000"])
        .current_dir(&folder)
        .output();
    match npm {
        Ok(output) if output.status.success() => Some(folder),
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr);
            // The lock file is wrong, or not what npm delivers.
            assert!(!errors.contains("EUSAGE") && !errors.contains("EINTEGRITY"), "{errors}");
            let why = errors.lines().find(|line| line.starts_with("npm error")).unwrap_or_default();
            skipped(&format!("npm could not install it: {why}"))
        }
        Err(error) => skipped(&format!("there is no npm: {error}")),
    }
}

/// Reports a skipped test despite the test runner, which hides the output of passing tests.
fn skipped<T>(why: &str) -> Option<T> {
    let _ = writeln!(io::stderr(), "skipped: the JavaScript client is not tested: {why}");
    None
}

/// Returns the responses that the client sees, one line for each call.
fn life(folder: &Path, client: &str, generation: Generation) -> String {
    let files = tempfile::tempdir().expect("a folder");
    let path = |name: &str| files.path().join(name);
    for name in ["imported.dtable", "slow.dtable"] {
        fs::write(path(name), sample_dtable(100_000)).expect("a file");
    }
    let slow: Fault = "import:slow@60000+2".parse().expect("a fault");
    let sandbox = Sandbox::new(generation).with_base(1, "stock", sample_dtable(100_000)).with_fault(slow);
    let server = SandboxServer::start(sandbox).expect("a sandbox");
    let content = if generation == Generation::Y2020 {
        "/api/v2.1/dtable-export-content/"
    } else {
        "/dtable-export-content/"
    };
    let output = Command::new("node")
        .args([SCRIPT, client, &server.url(), content])
        .args([path("imported.dtable"), path("slow.dtable")])
        .current_dir(folder)
        .env("TOKEN", server.token())
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .output()
        .expect("Node.js");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{client} on {generation}: {errors}");
    let imported =
        server.state().base(1, "imported").and_then(|base| base.upload.clone()).expect("an upload");
    assert!(imported.to_bytes().expect("bytes") == sample_dtable(100_000), "{client} on {generation}");
    String::from_utf8(output.stdout).expect("text")
}

/// Returns the lines that the client should print.
fn expected(client: &str, generation: Generation) -> String {
    let unknown = if generation == Generation::Current { 404 } else { 400 };
    let export = match (client, generation) {
        (OLD, Generation::Current) | (NEW, Generation::Y2020 | Generation::Y2021) => {
            "export: 405 detail".to_owned()
        }
        // A current server redirects a request with a token to its login page.
        _ => {
            let content = if generation == Generation::Current { "something else" } else { "the file" };
            format!("export: 200 table task_id\nstatus: 200 is_finished true\ncontent: 200 {content}")
        }
    };
    format!(
        "import: 200 table task_id\n\
         status: 200 is_finished true\n\
         unknown task: {unknown} error_msg\n\
         import again: 400 error_msg\n\
         {export}\n\
         slow import: 200 table task_id\n\
         status: 200 is_finished false\n\
         cancel: 200 success\n\
         cancel again: 400 error_msg\n\
         wrong token: 401 detail\n"
    )
}

#[test]
fn the_official_javascript_client_works_with_the_sandbox_as_with_servers() {
    let Some(folder) = installed() else { return };
    for client in [OLD, NEW] {
        for generation in Generation::ALL {
            assert_eq!(
                life(&folder, client, generation),
                expected(client, generation),
                "{client} on {generation}"
            );
        }
    }
}
