//! `sandbox` and `demo`.

use std::io::{BufRead, BufReader, Read as _};
use std::net::TcpStream;

use super::rehearsal::{Server, folder};
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
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// The whole response of the sandbox to a request with its token and these headers.
fn asked(server: &Server, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    let head =
        format!("GET {path} HTTP/1.1\r\nAuthorization: Token {}\r\nConnection: close\r\n", server.token);
    stream.write_all(format!("{head}{headers}\r\n").as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn the_page_of_another_site_gets_nothing_from_a_sandbox() {
    let server = Server::new(folder(&["secret"]), &[]);
    let port = server.url.rsplit_once(':').unwrap().1;
    let list = "/api/v2.1/workspaces/";
    for path in [
        "/",
        list,
        "/api2/auth-token/",
        "/server-info/",
        "*",
        "/api/v2.1/workspace/1/dtable/secret/export-dtable/",
    ] {
        for host in [&format!("Host: rebound.example:{port}\r\n"), "Host: rebound.example\r\n", ""] {
            let response = asked(&server, path, host);
            assert!(response.starts_with("HTTP/1.1 421 ") && !response.contains("secret"), "{response}");
        }
    }
    let own = format!("Host: localhost:{port}\r\n");
    let response = asked(&server, list, &format!("{own}Origin: http://rebound.example:{port}\r\n"));
    assert!(response.starts_with("HTTP/1.1 403 ") && !response.contains("secret"), "{response}");
    assert!(asked(&server, list, &own).contains("secret"));
}

#[test]
fn each_sandbox_has_a_token_of_its_own() {
    let tokens = [(), ()].map(|()| Server::new(folder(&["a"]), &[]).token.clone());
    assert!(tokens[0][..32] != tokens[1][..32] && tokens[0][32..] != tokens[1][32..], "{tokens:?}");
    let digits = |token: &String| token.bytes().filter(u8::is_ascii_hexdigit).count();
    assert_eq!(tokens.each_ref().map(digits), [40, 40]);
}

#[cfg(unix)]
#[test]
fn the_output_of_a_sandbox_can_be_pasted_into_another_terminal() {
    let dir = folder(&["a"]);
    let mut child =
        bare(&["sandbox", "--account", "bases", "--prefix", "/it's"]).current_dir(&dir).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let script = format!("{line}'{}' list", env!("CARGO_BIN_EXE_seatable-io"));
    let listed = Command::new("sh").args(["-c", &script]).output().unwrap();
    child.kill().unwrap();
    assert_eq!(child.wait_with_output().unwrap().stderr, b"", "loopback is worth no warning");
    assert!(String::from_utf8(listed.stdout).unwrap().starts_with("1  personal  a  "), "{line}");
}

#[test]
fn a_sandbox_beyond_loopback_warns_of_its_readers() {
    let mut child = bare(&["sandbox", "--listen", "0.0.0.0:0"]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    let err = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    assert!(err.starts_with("warning: 0.0.0.0 is not loopback: everyone on the network can read"), "{err}");
    let sets = if cfg!(windows) {
        "$env:SEATABLE_SERVER = 'http://127."
    } else {
        "export SEATABLE_SERVER=http://127."
    };
    assert!(line.starts_with(sets), "{line}");
}

#[test]
fn a_sandbox_lists_its_faults() {
    let output = bare(&["sandbox", "--fault", "any:help"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("upload-cut"));
}

#[test]
fn the_demo_shows_every_generation() {
    let output = output_of(bare(&["demo"]).spawn().unwrap());
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && out.contains("\nAll good: "), "{out}");
    // It does not wait for the slow import, nor for its cancellation.
    assert!(!out.contains("imported as \"slow\"") && !out.contains("again in"), "{out}");
    assert_eq!(out.matches("the same as went in").count(), 3);
    assert_eq!(out.matches(": > DELETE ").count(), 3);
    assert_eq!(out.matches("$ seatable-io -v import projects.dtable").count(), 3);
    assert!(!out.contains('\u{1b}'));
}

#[test]
fn the_demo_backs_up_an_account_and_leaves_nothing() {
    let dir = TempDir::new().unwrap();
    let mut demo = bare(&["demo"]);
    let demo = demo.envs(["TMPDIR", "TMP"].map(|name| (name, dir.path()))).env("HTTP_PROXY", "no proxy");
    let demo =
        demo.env("SEATABLE_TOKEN_FILE", "of another account").env("SEATABLE_CA_FILE", "of another server");
    let out = String::from_utf8(demo.output().unwrap().stdout).unwrap();
    let account = out.split("A whole account").nth(1).unwrap();
    let lines = ["    4 exported (", "    4 good (", "is damaged", "    1 restored (", "All good"];
    assert!(lines.iter().all(|line| account.matches(line).count() == 1), "{out}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

/// No thread gets a stack this large.
#[cfg(target_os = "linux")]
#[test]
fn there_is_no_panic_if_no_thread_can_be_created() {
    for command in ["demo", "sandbox"] {
        let output = bare(&[command]).env("RUST_MIN_STACK", (1_u64 << 47).to_string()).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && !err.contains("panicked"), "{err}");
    }
}
