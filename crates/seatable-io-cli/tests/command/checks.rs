//! Files that are checked before they are sent, and imports that are proven.

use seatable_io_sandbox::Generation::{Current, Y2021};
use seatable_io_sandbox::workbook;

use super::accounts::{backup, each};
use super::*;

/// A base with two rows in two tables.
const BASE: &str = r#"{"tables": [
    {"_id": "0000", "name": "Bugs", "rows": [{"_id": "r1", "0000": "Crash"}, {"_id": "r2", "0000": "Typo"}],
     "columns": [{"key": "0000", "name": "Title", "type": "text"}]},
    {"_id": "0001", "name": "Team", "rows": [{"_id": "m1", "0000": "Ada"}],
     "columns": [{"key": "0000", "name": "Name", "type": "text"}]}]}"#;

const STORED: u16 = 0;

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

/// A zip of entries that claim to be packed by these methods.
fn zip(entries: &[(&str, u16, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, method, bytes) in entries {
        let len = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let name_len = u16::try_from(name.len()).unwrap().to_le_bytes();
        let crc = crc32(bytes).to_le_bytes();
        let about =
            [&[20, 0, 0, 0], &method.to_le_bytes()[..], &[0; 4], &crc, &len, &len, &name_len, &[0; 2]]
                .concat();
        let offset = u32::try_from(file.len()).unwrap().to_le_bytes();
        directory.extend([&b"PK\x01\x02\x14\0"[..], &about, &[0; 10], &offset, name.as_bytes()].concat());
        file.extend([&b"PK\x03\x04"[..], &about, name.as_bytes(), bytes].concat());
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let [len, start] = [directory.len(), file.len()].map(|len| u32::try_from(len).unwrap().to_le_bytes());
    [&file[..], &directory, b"PK\x05\x06\0\0\0\0", &count, &count, &len, &start, &[0; 2]].concat()
}

fn base(content: &str) -> Vec<u8> {
    zip(&[("content.json", STORED, content.as_bytes())])
}

fn import(rig: &Rig, more: &[&str]) -> Done {
    rig.run(&[&["--json", "import", "--workspace", "1"], more].concat())
}

/// The words and the hint of the refusal of a file.
fn refused(name: &str, bytes: &[u8]) -> [String; 2] {
    let rig = rig(Current);
    rig.file(name, bytes);
    let done = import(&rig, &[name]);
    assert_eq!(done.failure(), failure(5, "failed", "bad_file", None), "{done:?}");
    assert!(rig.nothing_asked());
    let line = done.line();
    let text = |key: &str| line["error"][key].as_str().unwrap().to_owned();
    let words = text("message");
    [
        words.strip_prefix(name).unwrap().strip_suffix("; nothing was sent").unwrap().trim().to_owned(),
        text("hint"),
    ]
}

#[test]
fn fact_25_a_base_that_a_server_cannot_unpack_is_refused_with_the_entry_and_a_hint() {
    let packed = |method| {
        refused("a.dtable", &zip(&[("content.json", STORED, BASE.as_bytes()), ("asset/x", method, b"1")]))
    };
    let words = |method: &str| {
        format!("cannot be imported: its entry asset/x is packed with {method}, which servers cannot read")
    };
    assert_eq!(packed(9), [words("Deflate64"), "pack it again with Deflate".to_owned()]);
    assert_eq!(packed(93), [words("Zstandard"), "pack it again with Deflate".to_owned()]);
    assert_eq!(
        refused("a.dtable", &zip(&[("Sales/content.json", STORED, BASE.as_bytes())])),
        [
            "cannot be imported: its content.json is inside `Sales/`",
            "pack the contents of the folder, not the folder"
        ]
    );
    let mut encrypted = base(BASE);
    for (sign, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let at = encrypted.windows(4).position(|window| window == sign).unwrap();
        encrypted[at + flags] |= 1;
    }
    let [words, hint] = refused("a.dtable", &encrypted);
    assert!(words.contains("its entry content.json is encrypted"), "{words}");
    assert_eq!(hint, "pack it again without a password");
}

#[test]
fn fact_21_a_file_that_becomes_an_empty_base_is_refused() {
    for content in ["{}", "[]", "null"] {
        let words = "is not a .dtable file: its content.json contains no tables";
        assert_eq!(refused("a.dtable", &base(content)), [words, "export it again"], "{content}");
    }
    let [words, hint] = refused("a.dtable", &base("\"\""));
    assert_eq!(words, "is not a .dtable file: its content.json is \"\": nobody has opened the base yet");
    assert_eq!(hint, "open the base in a browser, then export it again");
}

#[test]
fn facts_14_and_25_a_csv_that_a_server_cannot_import_as_a_whole_is_refused() {
    let more = "current servers import no more";
    for (bytes, words, hint) in [
        (b"a\nb\nM\xfcller".to_vec(), "line 3 is not UTF-8", "save it as UTF-8"),
        (b"a\nb\0".to_vec(), "line 2 contains a NUL byte", "remove the NUL byte"),
        ("a\n".repeat(50_001).into(), "it has more than 50,000 rows", more),
        (",".repeat(500).into(), "line 1 has more than 500 columns", more),
        (vec![b'a'; 11 << 20], "it is larger than 11 MiB", more),
        (
            "x".repeat(131_073).into(),
            "a field that ends in line 1 has more than 131,072 characters",
            "shorten",
        ),
    ] {
        let [found, advice] = refused("a.csv", &bytes);
        assert_eq!(found, format!("cannot be imported: {words}"));
        assert!(advice.contains(hint), "{advice}");
    }
}

#[test]
fn fact_14_an_xlsx_that_a_server_cannot_import_is_refused() {
    let [words, hint] = refused("a.xlsx", b"\xd0\xcf\x11\xe0 an encrypted one");
    assert_eq!(words, "is not an .xlsx file: not a zip archive, or cut off");
    assert_eq!(hint, "save it again as a workbook, without a password");
    assert_eq!(refused("a.xlsx", &base(BASE))[0], "is not an .xlsx file: the zip contains no workbook");
    assert!(refused("a.xlsx", &vec![0; 11 << 20])[1].starts_with("split it into several files"));
}

#[test]
fn assets_that_the_file_lacks_are_counted_and_named_with_v() {
    let rig = rig(Current);
    let assets = [("files/a.pdf", Some(&b"1"[..])), ("files/b.pdf", None), ("images/c.png", None)];
    rig.file("a.dtable", &dtable_with_assets("x", &assets));
    let done = import(&rig, &["a.dtable", "--check"]);
    assert!(
        done.code == Some(0) && done.err.contains("a.dtable: warning: 2 assets are missing\n"),
        "{done:?}"
    );
    assert_eq!((&done.line()["assets_missing"], &done.line()["checked"]["same"]), (&2.into(), &true.into()));
    assert!(!done.err.contains("b.pdf"));
    let err = import(&rig, &["a.dtable", "--name", "b", "-v"]).err;
    assert!(
        ["missing asset/files/b.pdf", "missing asset/images/c.png"].iter().all(|it| err.contains(it)),
        "{err}"
    );
    assert!(!err.contains("missing asset/files/a.pdf"), "{err}");
}

#[test]
fn fact_25_files_that_a_server_does_not_find_are_something_to_look_at() {
    let rig = rig(Current);
    rig.file(
        "a.dtable",
        &zip(&[("content.json", STORED, BASE.as_bytes()), (r"asset\files\x", STORED, b"1")]),
    );
    let done = import(&rig, &["a.dtable", "-q"]);
    assert_eq!((done.code, &done.line()["status"]), (Some(10), &"finished".into()));
    assert!(done.err.contains("1 entry of the zip has backslashes in its name"), "{done:?}");
    assert!(done.err.contains("\nhint: pack it again with / "), "{done:?}");
}

#[test]
fn fact_25_a_copy_with_such_files_is_something_to_look_at_too() {
    let bases = [("a", r"files\x"), ("b", "files/x")];
    let with = |sandbox: Sandbox, (name, asset): &(&str, &str)| {
        sandbox.with_base(1, name, dtable_with_assets(name, &[(*asset, Some(b"1"))]))
    };
    let rig = Rig::new(bases.iter().fold(Sandbox::new(Current), with));
    backup(&rig, &[]);
    let done = rig.run(&["--json", "restore", "b", "--all", "--workspace", "1", "--suffix", "2"]);
    let looked: Vec<_> = done.lines().iter().map(|line| line["attention"].is_object()).collect();
    assert_eq!((done.code, looked), (Some(10), vec![true, false]), "{done:?}");
    assert!(done.err.contains("1 entry of the zip has backslashes in its name"), "{done:?}");
}

#[test]
fn fact_25_a_file_that_is_separated_by_tabs_is_warned_about() {
    let rig = rig(Current);
    rig.file("tabs.csv", b"a\tb\n1\t2\n");
    rig.file("commas.csv", b"a,b\n1,2\n");
    let done = import(&rig, &["tabs.csv", "commas.csv"]);
    assert!(done.code == Some(0) && done.err.contains("tabs.csv: warning: the file seems to be"), "{done:?}");
    assert!(!done.err.contains("commas.csv: warning"), "{done:?}");
}

#[test]
fn an_import_is_proven_by_every_generation() {
    for generation in Generation::ALL {
        let rig = rig(generation);
        rig.file("a.dtable", &base(BASE));
        rig.file("b.dtable", &dtable_with_assets("x", &[("files/a.pdf", Some(b"1"))]));
        rig.file("c.csv", b"a;b.c;a\n1;\"two\nlines\";z\n\n2;\"p, q\";\n");
        let done = import(&rig, &["a.dtable", "b.dtable", "c.csv", "--check"]);
        let lines = done.lines();
        let checked =
            serde_json::json!({"same": true, "differences": [], "cut": false, "counts": [], "error": null});
        assert!(lines.len() == 3 && lines.iter().all(|line| line["checked"] == checked), "{done:?}");
        assert!(done.code == Some(0) && done.err.contains("3 the same"), "{done:?}");
        assert_eq!(rig.left(), ["a.dtable", "b.dtable", "c.csv"]);
    }
}

#[test]
fn a_workbook_is_proven() {
    let rig = rig(Current);
    let rows: &[&[&str]] = &[&["part", "", "count"], &["bolt", "", "7"], &["nut", "z", "0.10"]];
    rig.file("a.xlsx", &workbook("R/D", rows));
    let done = import(&rig, &["a.xlsx", "--check"]);
    assert!(done.code == Some(0) && done.line()["checked"]["same"] == true, "{done:?}");
    rig.server.with(|sandbox, _| sandbox.add_fault("synchronous-import:lose-rows".parse().unwrap()));
    let done = import(&rig, &["a.xlsx", "--name", "b", "--check"]);
    assert!(done.code == Some(10) && done.err.contains("lost 1 row: row \"nut\" of \"R_D\"\n"), "{done:?}");
}

#[test]
fn without_check_nothing_is_exported() {
    let rig = rig(Current);
    rig.file("a.dtable", &base(BASE));
    assert_eq!(import(&rig, &["a.dtable"]).line()["checked"], Value::Null);
    assert_eq!(rig.asked(Call::SynchronousExport), 0);
    let done = import(&rig, &["a.dtable", "--name", "b", "--check", "--no-wait"]);
    assert_eq!(done.failure(), failure(2, "failed", "usage", None));
    assert_eq!(rig.asked(Call::StartImport), 1);
}

#[test]
fn fact_21_rows_that_are_lost_are_found_in_the_right_base() {
    for generation in Generation::ALL {
        let rig = rig(generation);
        rig.server.with(|sandbox, _| sandbox.add_fault("import/b:lose-rows".parse().unwrap()));
        for name in ["a.dtable", "b.dtable", "c.dtable"] {
            rig.file(name, &base(BASE));
        }
        let done = import(&rig, &["a.dtable", "b.dtable", "c.dtable", "--check", "-q"]);
        let same: Vec<_> = done.lines().iter().map(|line| line["checked"]["same"].clone()).collect();
        assert_eq!((done.code, same), (Some(10), vec![true.into(), false.into(), Value::from(true)]));
        let line = &done.lines()[1];
        assert_eq!((&line["status"], &line["error"]), (&"finished".into(), &Value::Null));
        assert_eq!(
            line["checked"]["counts"],
            serde_json::json!([{"part": "row", "change": "removed", "count": 2}])
        );
        let lost: Vec<_> =
            line["checked"]["differences"].as_array().unwrap().iter().map(|it| &it["row"]).collect();
        assert_eq!(lost, ["r2", "m1"]);
        let words = "b.dtable: the new base \"b\" differs: lost 2 rows: row \"Typo\" of \"Bugs\", row \"Ada\" of \"Team\"\nhint: ";
        assert!(done.err.starts_with(&format!("seatable-io: {words}")), "-q: {done:?}");
    }
}

#[test]
fn assets_that_are_lost_are_found() {
    let rig = rig(Current).fault(Call::SynchronousExport, FaultKind::FewerAssets { number: 1 });
    let assets = [("files/a.pdf", Some(&b"1"[..])), ("files/b.pdf", Some(&b"2"[..]))];
    rig.file("a.dtable", &dtable_with_assets("x", &assets));
    let done = import(&rig, &["a.dtable", "--check"]);
    assert_eq!(
        (done.code, &done.line()["checked"]["counts"]),
        (Some(10), &serde_json::json!([{"part": "asset", "change": "removed", "count": 1}]))
    );
    assert!(done.err.contains("differs: lost 1 asset: asset \"a.pdf\"\n"), "{done:?}");
}

#[test]
fn texts_of_a_csv_that_a_server_drops_are_found() {
    for generation in Generation::ALL {
        let rig = rig(generation);
        rig.file("a.csv", b"who,done\nAda,yes\nBo,maybe\nCy,no\nDi,yes\n");
        rig.file("b.csv", b"who,done\nAda,yes,beyond\nBo,no\n");
        let done = import(&rig, &["a.csv", "b.csv", "--check"]);
        assert_eq!(done.code, Some(10));
        assert!(
            done.err.contains("\"false\" instead of \"maybe\" in \"done\" of row \"Bo\" of \"a\""),
            "{done:?}"
        );
        assert!(done.err.contains("differs: lost 1 column: column \"Field3\" of \"b\""), "{done:?}");
        assert_eq!(done.lines()[0]["checked"]["differences"][0]["row"], "3");
    }
}

#[test]
fn an_import_that_cannot_be_proven_is_finished_and_10() {
    let empty = rig(Y2021).fault(Call::StartImport, FaultKind::Fail { message: String::new() });
    let shut = rig(Current).fault(Call::SynchronousExport, FaultKind::PermissionDenied);
    let no_zip = rig(Y2021).fault(Call::StartExport, FaultKind::FailEmpty);
    for (rig, why) in
        [(empty, "page or a message"), (shut, "Permission denied"), (no_zip, "the zip archive is empty")]
    {
        rig.file("a.dtable", &base(BASE));
        let done = import(&rig, &["a.dtable", "--check", "-q"]);
        let line = done.line();
        assert_eq!(
            (done.code, &line["status"], &line["checked"]["same"]),
            (Some(10), &"finished".into(), &Value::Null)
        );
        assert!(
            line["checked"]["error"].as_str().unwrap().contains(why) && line["base"].is_object(),
            "{done:?}"
        );
        assert!(done.err.contains("the import of \"a\" is not proven: "), "{done:?}");
        assert!(done.err.contains("\nhint: look at \"a\" in a browser"), "{done:?}");
    }
}

#[test]
fn a_failed_import_is_not_checked() {
    let rig = rig(Current).fault(Call::StartImport, FaultKind::PermissionDenied);
    rig.file("a.dtable", &base(BASE));
    let done = import(&rig, &["a.dtable", "--check"]);
    assert_eq!(done.failure(), failure(3, "failed", "auth", Some(403)));
    assert_eq!((&done.line()["checked"], rig.asked(Call::SynchronousExport)), (&Value::Null, 0));
}

#[test]
fn a_rehearsal_says_of_each_base_whether_it_came_back() {
    let sandbox = Sandbox::new(Current).with_group(9, 3, "scratch");
    let rig = Rig::new(
        ["a", "b", "c"]
            .iter()
            .fold(sandbox, |sandbox, name| sandbox.with_base(1, name, dtable_with_assets(name, &[]))),
    );
    assert_eq!(backup(&rig, &[]).code, Some(0));
    rig.server.with(|sandbox, _| sandbox.add_fault("import/b%20(rehearsal):lose-rows".parse().unwrap()));
    let restore =
        ["--json", "restore", "b", "--all", "--workspace", "9", "--suffix", " (rehearsal)", "--check"];
    let done = rig.run(&restore);
    assert!(done.code == Some(10) && done.err.contains("\n3 restored ("), "{done:?}");
    assert!(done.err.contains("), 2 the same, 1 differs, in "), "{done:?}");
    let differs: Vec<_> = done.lines().into_iter().filter(|line| line["checked"]["same"] == false).collect();
    assert_eq!(each(&differs, "/base/name"), ["b (rehearsal)"]);
    assert_eq!(rig.run(&restore).code, Some(5), "the names are taken");
    let dry = rig.run(&[&restore[..], &["--dry-run"]].concat());
    assert_eq!((dry.code, &dry.lines()[0]["checked"]), (Some(0), &Value::Null));
}
