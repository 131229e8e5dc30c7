//! The manual.

use super::*;

/// The pages in a folder, by their names.
fn pages() -> Vec<(String, String)> {
    let dir = TempDir::new().unwrap();
    let folder = dir.path().join("man/man1");
    for _ in 0..2 {
        let done = bare(&["man".as_ref(), "--output".as_ref(), folder.as_os_str()]).output().unwrap();
        assert!(done.status.success() && done.stdout.is_empty() && done.stderr.is_empty());
    }
    let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let name = |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().to_owned();
    let mut pages: Vec<_> = files.map(|file| (name(&file), fs::read_to_string(&file).unwrap())).collect();
    pages.sort();
    pages
}

/// The pages that a page mentions.
fn mentioned(page: &str) -> BTreeSet<String> {
    let words = page.split_whitespace().filter_map(|word| word.trim_end_matches(',').strip_suffix("(1)"));
    words.filter(|name| !name.is_empty()).map(|name| name.replace('\\', "") + ".1").collect()
}

#[test]
fn the_manual_is_one_page_with_the_usual_sections() {
    let page = String::from_utf8(bare(&["man"]).output().unwrap().stdout).unwrap();
    let headings: Vec<_> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
    let usual = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "\"GLOBAL OPTIONS\"", "COMMANDS"];
    assert_eq!(headings, [&usual[..], &["\"EXIT STATUS\"", "ENVIRONMENT", "EXAMPLES"]].concat());
    assert!(page.contains(".TP\n\\fB143\\fR\nstopped by SIGTERM\n"));
    assert!(page.contains(".TP\n\\fBSEATABLE_TOKEN\\fR\ntoken of the account"));
    assert!(page.contains(".TP\n\\fBexport\\fR\nExport bases into .dtable files"));
    assert_eq!((page.matches(".TH ").count(), mentioned(&page)), (1, BTreeSet::new()));
}

#[test]
fn each_command_has_a_page_in_a_folder_and_no_other_page_is_mentioned() {
    let pages = pages();
    let names: BTreeSet<_> = pages.iter().map(|(name, _)| name.clone()).collect();
    assert!(names.contains("seatable-io.1") && names.contains("seatable-io-export.1"), "{names:?}");
    assert!(!names.contains("seatable-io-help.1"));
    let mut others = names.clone();
    others.remove("seatable-io.1");
    for (name, page) in &pages {
        let title =
            format!(".TH {} 1  \"seatable-io {}\"", name.trim_end_matches(".1"), env!("CARGO_PKG_VERSION"));
        assert!(page.contains(&title) && page.is_ascii(), "{name}");
        let main = BTreeSet::from(["seatable-io.1".to_owned()]);
        assert_eq!(mentioned(page), if name == "seatable-io.1" { others.clone() } else { main });
    }
}

#[test]
fn the_page_of_a_command_has_its_usage_and_its_own_sections() {
    let pages = pages();
    let page =
        |command| &pages.iter().find(|(name, _)| *name == format!("seatable-io-{command}.1")).unwrap().1;
    assert!(page("import").contains("import [OPTIONS] \\-\\-workspace <ID> <FILE>"));
    let page = page("backup");
    assert!(page.contains(".SH FILES\n") && page.contains(".TP\n\\fBDIR/backup.jsonl\\fR\nthe catalogue"));
    assert_eq!(page.matches(".SH NOTES\n").count(), 1);
    assert!(page.contains(".PP\n\\-\\-changed relies"), "{page}");
}

#[test]
fn groff_has_no_complaint_about_the_pages() {
    for (name, page) in pages() {
        let mut groff = Command::new("groff");
        groff
            .args(["-man", "-ww", "-Tutf8"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .stdin(Stdio::piped());
        let Ok(mut child) = groff.spawn() else { return eprintln!("skipped: groff is not installed") };
        child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
        let errors = child.wait_with_output().unwrap().stderr;
        assert!(errors.is_empty(), "{name}: {}", String::from_utf8_lossy(&errors));
    }
}

#[test]
fn a_folder_that_cannot_be_written_to_is_1_and_names_the_page() {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("seatable-io.1")).unwrap();
    let done = bare(&["man".as_ref(), "--output".as_ref(), dir.path().as_os_str()]).output().unwrap();
    assert_eq!(done.status.code(), Some(1));
    assert!(String::from_utf8(done.stderr).unwrap().contains("seatable-io.1: it is a folder"));
}
