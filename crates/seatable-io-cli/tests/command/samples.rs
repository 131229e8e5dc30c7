//! The samples of output in the book.

use seatable_io_sandbox::Generation::Current;
use seatable_io_sandbox::dtable_of;
use serde_json::json;

use super::accounts::*;
use super::guide::pages;
use super::*;

/// The words of a text, without numbers, sizes and times.
fn words(text: &str) -> Vec<&str> {
    let words = text.split([' ', ',', '\n']).filter(|word| word.chars().all(char::is_alphabetic));
    words.filter(|word| !["", "h", "min", "s"].contains(word)).collect()
}

/// Checks that the book has a sample with this text, and that each is a part of this output apart from its numbers.
pub(crate) fn in_the_book(text: &str, output: &str) {
    let (pages, output) = (pages(), words(output));
    let prose = pages.iter().flat_map(|(_, page)| page.split("```").step_by(2));
    let code = prose.flat_map(|prose| prose.split('`').skip(1).step_by(2));
    let samples: Vec<_> = code.filter(|code| code.contains(text)).map(words).collect();
    assert!(!samples.is_empty(), "{text}");
    for sample in samples {
        assert!(output.windows(sample.len()).any(|part| part == sample), "{sample:?} is not in {output:?}");
    }
}

#[test]
fn the_book_has_the_last_lines_of_backup_and_of_restore() {
    let sandbox = Sandbox::new(Current).with_group(9, 3, "scratch");
    let with = |sandbox: Sandbox, name: &&str| sandbox.with_base(1, name, dtable_with_assets(name, &[]));
    let rig = Rig::new(["a", "b", "c", "d"].iter().fold(sandbox, with));
    let fault = |text: &str| rig.server.with(|sandbox, _| sandbox.add_fault(text.parse().unwrap()));
    backup(&rig, &[]);
    age(&rig, 86_400);
    fault("synchronous-export/c:403");
    in_the_book(" exported (", &backup(&rig, &["--keep", "1", "--exclude", "d"]).err);
    fault("import/a%20(new):403");
    fault("import/b%20(new):lose-rows");
    let restore = ["restore", "b", "--all", "--workspace", "9", "--suffix", " (new)", "--check"];
    in_the_book(" restored (", &rig.run(&restore).err);
}

/// A file with a table of these orders.
fn orders(rows: &[(u8, &str, u8)]) -> impl AsRef<[u8]> {
    let column = |key, name, kind| json!({ "key": key, "name": name, "type": kind });
    let columns = [column("0000", "Number", "text"), column("0001", "Pieces", "number")];
    let row = |(id, number, pieces): &_| json!({ "_id": format!("row{id}"), "0000": number, "0001": pieces });
    let rows: Vec<_> = rows.iter().map(row).collect();
    let table = json!({ "_id": "0000", "name": "Orders", "columns": columns, "rows": rows });
    let content = json!({ "version": 1, "format_version": 9, "tables": [table] });
    dtable_of(content.to_string().as_bytes(), &[])
}

#[test]
fn the_book_has_the_output_of_show_and_of_diff() {
    let rig = rig(Generation::Current);
    let all = [(1, "2026-041", 12), (2, "2026-042", 3), (3, "2026-043", 40)];
    rig.file("october.dtable", orders(&all).as_ref());
    rig.file("november.dtable", orders(&[all[0], (2, "2026-042", 5), (4, "2026-044", 7)]).as_ref());
    let page = include_str!("../../../../docs/src/reading.md");
    let show = rig.run(&["show", "november.dtable"]);
    assert!(page.contains(&format!("$ seatable-io show november.dtable\n{}```", show.out())), "{show:?}");
    let figure = include_str!("../../../../docs/src/diff.svg");
    let diff = rig.run(&["diff", "october.dtable", "november.dtable"]);
    let lines: Vec<_> = diff.out().lines().chain(diff.err.lines()).collect();
    assert!(
        lines.len() == 4 && lines.iter().all(|line| figure.contains(&format!(">{line}</text>"))),
        "{diff:?}"
    );
}
