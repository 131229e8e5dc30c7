//! The commands of the book, unchanged, in a shell.

use super::guide::{APART, PROGRAM, RUN, pages, shell_blocks};
use super::rehearsal::{Server, folder};
use super::*;

/// The page with the command that gets a token.
const PAGE: &str = include_str!("../../../../docs/src/first-export.md");

/// The blocks with this mark.
fn blocks(marked: &str) -> Vec<String> {
    let pages = pages();
    let all = pages.iter().flat_map(|(_, page)| shell_blocks(page));
    all.filter(|(mark, _)| *mark == marked).map(|(_, block)| block.to_owned()).collect()
}

/// The account in the book, without the base that cannot be imported under its name.
fn sandbox() -> Sandbox {
    let groups = [(7, 50, "Own"), (204, 48, "Sales"), (310, 49, "Restored")];
    let sandbox =
        groups.iter().fold(Sandbox::new(Generation::Current), |sandbox, (workspace, group, name)| {
            sandbox.with_group(*workspace, *group, name)
        });
    let bases = [(1, "Notes"), (204, "Sales"), (204, "Orders")];
    bases
        .iter()
        .fold(sandbox, |sandbox, (workspace, name)| sandbox.with_base(*workspace, name, sample_dtable(5000)))
}

/// The account in the book.
fn account() -> Rig {
    Rig::new(sandbox().with_base(1, "Budget 2026/27", sample_dtable(5000)))
}

/// A script of the book with the paths, the server and the times of this test.
fn script(rig: &Rig, block: &str) -> String {
    let dir = rig.dir.path().to_str().unwrap();
    let here = [("/var/backups/seatable", "copies"), ("/etc/seatable-backup/token", "token")];
    let block = here.iter().fold(block.to_owned(), |text, (there, here)| text.replace(there, here));
    let catalogue = fs::read_to_string(format!("{dir}/copies/backup.jsonl")).unwrap_or_default();
    let copies = catalogue
        .split('"')
        .filter_map(|text| Some((text, text.strip_suffix(".dtable")?.rsplit_once('/')?.0)));
    let block = copies.fold(block, |block, (file, folder)| {
        block.replace(&format!("{folder}/2026-11-23T020000Z.dtable"), file)
    });
    let block = block.replace("https://cloud.seatable.io", &rig.server.url());
    let block = block.replace("2026-11-20", "2099-11-20");
    format!("set -e\nseatable-io() {{ {PROGRAM} \"$@\"; }}\nrunuser() {{ shift 3; \"$@\"; }}\n{block}")
}

fn run(rig: &Rig, block: &str) -> Done {
    let mut shell = Command::new("bash");
    shell
        .args(["-c", &script(rig, block)])
        .current_dir(rig.dir.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin");
    rig.done(shell.output().unwrap())
}

#[test]
fn every_command_of_the_book_works() {
    let rig = account();
    rig.file("token", (rig.server.token() + "\n").as_bytes());
    let scripts = blocks(RUN);
    assert_eq!(scripts.len(), 14, "{scripts:?}");
    for block in scripts {
        let done = run(&rig, &block);
        assert_eq!(done.code, Some(0), "{block}\n{done:?}");
    }
    let state = rig.server.state();
    let names: BTreeSet<_> =
        state.bases.values().filter(|base| base.workspace == 310).map(|base| &base.name[..]).collect();
    assert!(
        names.iter().eq(&["Budget 2026-27", "Orders", "Sales", "Sales (old)", "Sales (restored)"]),
        "{names:?}"
    );
    let done = rig.run(&["backup", "copies", "--base", "Sales", "--workspace", "204", "--keep", "1"]);
    assert!(done.err.contains("1 exported"), "{done:?}");
    let notes = rig.dir.path().join("copies/1 personal/Notes");
    assert!(done.code == Some(0) && fs::read_dir(notes).unwrap().count() == 0, "{done:?}");
    assert_eq!(rig.run(&["verify", "copies"]).code, Some(0));
}

#[test]
fn every_command_of_the_book_that_needs_servers_of_its_own_works() {
    let scripts = blocks(APART);
    assert_eq!(scripts.len(), 4, "{scripts:?}");
    for block in scripts {
        let (rig, other) = (Rig::new(sandbox()), Rig::new(sandbox().with_token("07be4".repeat(8))));
        assert_eq!(rig.run(&["backup", "copies", "--init"]).code, Some(0));
        let token = if block.contains("new.example.com") { other.server.token() } else { rig.server.token() };
        let tokens =
            [("token", token), ("cloud-token", rig.server.token()), ("own-token", other.server.token())];
        for (name, token) in tokens {
            rig.file(name, token.as_bytes());
        }
        let names = ["https://seatable.example.com", "https://new.example.com"];
        let block = names.iter().fold(block, |block, name| block.replace(name, &other.server.url()));
        let account = "export SEATABLE_SERVER=https://cloud.seatable.io SEATABLE_TOKEN_FILE=token\n";
        let done = run(&rig, &format!("{account}{block}"));
        assert_eq!(done.code, Some(0), "{block}\n{done:?}");
    }
}

#[test]
fn the_book_finds_bases_without_a_copy_and_does_not_mistake_a_failure_for_good_news() {
    let rig = account();
    let scripts = blocks(RUN);
    let check = scripts.iter().find(|block| block.contains("--max-age 26h")).unwrap();
    assert_eq!(run(&rig, check).code, Some(1), "there is no folder");
    rig.run(&["backup", "copies", "--init"]);
    assert_eq!(run(&rig, check).code, Some(0));
    let catalogue = fs::read_to_string(rig.dir.path().join("copies/backup.jsonl")).unwrap();
    rig.file("copies/backup.jsonl", catalogue.replace("\"started\":\"20", "\"started\":\"19").as_bytes());
    let done = run(&rig, check);
    assert!(done.code == Some(10) && done.err.matches("older than --max-age").count() == 4, "{done:?}");
}

#[test]
fn the_guide_gets_a_token_for_a_password() {
    let block = PAGE.split("```sh\n").find(|text| text.contains("/api2/auth-token/ |")).unwrap();
    let server = Server::new(folder(&["a"]), &[]);
    let script = block.split("```").next().unwrap().replace("https://cloud.seatable.io", &server.url);
    if Command::new("curl").arg("--version").output().is_err() {
        return eprintln!("skipped: curl is not installed");
    }
    let token = |password: &str| {
        let mut shell = Command::new("bash");
        shell.args(["-c", &script]).current_dir(server.dir.path()).env_clear().env("PATH", "/usr/bin:/bin");
        shell.stdout(Stdio::piped()).stderr(Stdio::piped());
        with_input(shell, format!("{password}\n").as_bytes());
        fs::read_to_string(server.dir.path().join("token")).unwrap().trim_end().to_owned()
    };
    assert_eq!([token(&server.token), token("sandbox")], [server.token.clone(), String::new()]);
}
