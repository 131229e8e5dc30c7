//! The commands of `docs/backup.md`, unchanged.

use super::*;

const GUIDE: &str = include_str!("../../../../docs/backup.md");
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_seatable-io");

/// The blocks that are to be run.
fn blocks() -> Vec<&'static str> {
    let marked = GUIDE.split("<!-- run -->\n```sh\n").skip(1);
    marked.map(|text| text.split_once("```").unwrap().0).collect()
}

/// The account in the guide.
fn account() -> Rig {
    let sandbox =
        Sandbox::new(Generation::Current).with_group(204, 48, "Sales").with_group(310, 49, "Restored");
    let bases = [(1, "Notes"), (1, "Budget 2026/27"), (204, "Sales"), (204, "Orders")];
    Rig::new(
        bases.iter().fold(sandbox, |sandbox, (workspace, name)| {
            sandbox.with_base(*workspace, name, sample_dtable(5000))
        }),
    )
}

/// A script of the guide with the paths, the server and the times of this test.
#[cfg(unix)]
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

#[cfg(unix)]
fn run(rig: &Rig, block: &str) -> Done {
    let mut shell = Command::new("bash");
    shell
        .args(["-c", &script(rig, block)])
        .current_dir(rig.dir.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin");
    rig.done(shell.output().unwrap())
}

#[cfg(unix)]
#[test]
fn every_command_of_the_guide_works() {
    let rig = account();
    rig.file("token", (rig.server.token() + "\n").as_bytes());
    let scripts = blocks();
    assert_eq!(scripts.len(), 11);
    for block in scripts {
        let done = run(&rig, block);
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

#[cfg(unix)]
#[test]
fn the_guide_finds_bases_without_a_copy_and_does_not_mistake_a_failure_for_good_news() {
    let rig = account();
    let scripts = blocks();
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
fn the_guide_names_every_exit_code() {
    let codes = (0..=10).filter(|code| GUIDE.contains(&format!("\n| {code} | ")));
    assert!(codes.eq(0..=10) && GUIDE.contains("\n| 129, 130, 143 | "));
}
