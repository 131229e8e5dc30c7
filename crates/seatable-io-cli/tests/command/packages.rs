//! The files below `packaging`.

use super::guide::PROGRAM;
use super::*;

/// The root of the repository.
fn root() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", ".."].iter().collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn unit(name: &str) -> String {
    read(&format!("packaging/systemd/{name}"))
}

#[test]
fn systemd_understands_every_unit() {
    let dir = TempDir::new().unwrap();
    let names: Vec<_> = fs::read_dir(root().join("packaging/systemd"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 4);
    for name in &names {
        let text = unit(name.to_str().unwrap());
        let text = text.replace("ExecStart=seatable-io", &format!("ExecStart={PROGRAM}"));
        fs::write(dir.path().join(name), text).unwrap();
    }
    let mut verify = Command::new("systemd-analyze");
    verify.arg("verify").args(names.iter().map(|name| dir.path().join(name)));
    match verify.output() {
        // The test runner hides what passing tests print.
        Err(_) => _ = writeln!(std::io::stderr(), "skipped: systemd-analyze is not installed"),
        Ok(output) => {
            let err = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.success() && !err.contains("seatable-backup"), "{err}");
        }
    }
}

#[test]
fn a_template_is_the_unit_of_one_account_with_the_name_of_the_account() {
    let of_one =
        unit("seatable-backup.service").replace("of a SeaTable account", "of the SeaTable account %i");
    let of_one = of_one.replace("/var/backups/seatable", "/var/backups/seatable-%i");
    let of_one = of_one.replace("/etc/seatable-backup/token", "/etc/seatable-backup/%i.token");
    let server = "Environment=SEATABLE_SERVER=https://cloud.seatable.io\n";
    assert_eq!(
        of_one.replace(server, "EnvironmentFile=/etc/seatable-backup/%i.env\n"),
        unit("seatable-backup@.service")
    );
    let of_one = unit("seatable-backup.timer").replace("of a SeaTable account", "of the SeaTable account %i");
    assert_eq!(of_one, unit("seatable-backup@.timer"));
}

#[test]
fn a_unit_waits_for_its_disk_writes_nowhere_else_and_calls_no_code_but_0_a_success() {
    for (name, folder) in [("", "/var/backups/seatable"), ("@", "/var/backups/seatable-%i")] {
        let text = unit(&format!("seatable-backup{name}.service"));
        for key in ["RequiresMountsFor=", "ReadWritePaths="] {
            let values: Vec<_> = text.lines().filter_map(|line| line.strip_prefix(key)).collect();
            assert_eq!(values, [folder], "{name} {key}");
        }
        assert!(text.contains(&format!("ExecStart=seatable-io -q backup {folder} --token-file ")));
        assert!(!text.contains("\nSuccessExitStatus="));
    }
}

#[cfg(unix)]
#[test]
fn the_command_of_the_unit_backs_up() {
    let rig = rig(Generation::Current).base("a");
    rig.file("token", rig.server.token().as_bytes());
    assert_eq!(rig.run(&["backup", "copies", "--init"]).code, Some(0));
    let text = unit("seatable-backup.service");
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    let options = value("Environment=\"OPTIONS=").trim_end_matches('"').to_owned();
    let line = value("ExecStart=seatable-io").replace("/var/backups/seatable", "copies");
    let line = format!("{PROGRAM}{line}");
    let mut shell = rig.shell(&line);
    let shell = shell
        .env_remove("SEATABLE_TOKEN")
        .env("CREDENTIALS_DIRECTORY", rig.dir.path())
        .env("OPTIONS", options);
    let done = rig.done(shell.output().unwrap());
    assert_eq!((done.code, done.out(), &done.err[..]), (Some(0), "", ""), "{done:?}");
}

#[test]
fn the_image_is_built_of_every_member_and_has_the_version_of_the_command() {
    let image = format!("seatable-io:{}", env!("CARGO_PKG_VERSION"));
    let (docker, compose) =
        (read("packaging/container/Dockerfile"), read("packaging/container/seatable-io.yml"));
    assert!(docker.contains(&format!(" {image} ")) && compose.contains(&format!(":-{image}}}")));
    let ignored = read("packaging/container/Dockerfile.dockerignore");
    let manifest = read("Cargo.toml");
    let (_, members) = manifest.split_once("\nmembers = [").unwrap();
    for member in members.split_once(']').unwrap().0.split(", ") {
        let folder = member.trim_matches('"').split('/').next().unwrap();
        assert!(docker.contains(&format!("\nCOPY {folder} {folder}\n")), "{folder}");
        assert!(ignored.lines().any(|line| line == format!("!{folder}")), "{folder}");
    }
}
