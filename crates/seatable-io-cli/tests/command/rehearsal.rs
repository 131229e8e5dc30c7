//! Rehearsals of an administrator with `sandbox`, through the command alone.

use std::io::{BufRead, BufReader};

use super::*;

/// The command `sandbox`, until it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    pub(crate) token: String,
    pub(crate) dir: TempDir,
}

impl Server {
    /// A server with the `.dtable` files of `DIR/bases`.
    pub(crate) fn new(dir: TempDir, options: &[&str]) -> Server {
        let mut command = bare(&["sandbox", "--json", "--account", "bases"]);
        let mut child = command.args(options).current_dir(dir.path()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        Server { url: text("url"), token: text("token"), child, dir }
    }

    pub(crate) fn run(&self, args: &[&str]) -> Done {
        let mut command = bare(args);
        command.env("SEATABLE_SERVER", &self.url).env("SEATABLE_TOKEN", &self.token);
        let output = command.current_dir(self.dir.path()).output().unwrap();
        Done {
            code: output.status.code(),
            out: output.stdout,
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn export(&self, name: &str) -> Option<i32> {
        self.run(&["export", name, "--workspace", "1", "--output-dir", "out", "--force"]).code
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// A folder with these bases, each with one asset.
pub(crate) fn folder(names: &[&str]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for name in names {
        let path = dir.path().join(format!("bases/{name}.dtable"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, dtable_with_assets(name, &[("files/a.pdf", Some(b"a"))])).unwrap();
    }
    dir
}

#[test]
fn a_file_server_is_down_for_a_while() {
    for generation in ["2020", "2021", "current"] {
        let options = ["--generation", generation, "--fault", "any:no-assets*2+1"];
        let server = Server::new(folder(&["a"]), &options);
        let missing = || {
            assert_eq!(server.export("a"), Some(0));
            server.run(&["verify", "--json", "out/a.dtable"]).line()["assets_missing"].clone()
        };
        assert_eq!([missing(), missing(), missing(), missing()], [0, 1, 1, 0], "{generation}");
    }
}

#[test]
fn one_base_fails_and_the_others_do_not() {
    let server = Server::new(folder(&["a", "b", "c"]), &["--fault", "synchronous-export/b:403*always"]);
    assert_eq!(["a", "b", "c", "b"].map(|name| server.export(name)), [0, 3, 0, 3].map(Some));
}

#[test]
fn a_server_under_a_new_address_has_the_same_bases() {
    let bases = |server: &Server| {
        let lines = server.run(&["list", "--json"]).lines();
        let base = |line: &Value| (line["workspace_id"].clone(), line["base"]["uuid"].clone());
        lines.iter().map(base).collect::<Vec<_>>()
    };
    let before = Server::new(folder(&["a", "team/b"]), &[]);
    let after = Server::new(folder(&["a", "team/b"]), &["--prefix", "/seatable"]);
    assert_ne!(before.url, after.url);
    assert_eq!((bases(&before).len(), bases(&before)), (2, bases(&after)));
}

#[test]
fn tasks_are_slow_on_a_current_server_too() {
    let server = Server::new(folder(&["a"]), &["--task-seconds", "1"]);
    fs::write(server.dir.path().join("t.csv"), "a,b\n1,2\n").unwrap();
    for args in [&["export", "a", "--workspace", "1"][..], &["import", "t.csv", "--workspace", "1"]] {
        let began = Instant::now();
        assert_eq!(server.run(args).code, Some(0), "{args:?}");
        assert!(began.elapsed() >= Duration::from_secs(1), "{args:?}");
    }
}

#[test]
fn the_help_lists_every_fault() {
    let output = bare(&["sandbox", "--help"]).output().unwrap();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&String::from_utf8(output.stdout).unwrap()).contains(&words(Fault::LIST)));
}

#[test]
fn a_fault_that_can_never_happen_is_wrong_usage() {
    let fault = ["--generation", "2020", "--fault", "import:500", "--fault", "synchronous-export:500"];
    let output = bare(&[&["sandbox"], &fault[..]].concat()).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert!(err.contains("`synchronous-export:500` can never happen: a 2020 server"), "{err}");
    assert!(err.contains("\nhint: "), "{err}");
}
