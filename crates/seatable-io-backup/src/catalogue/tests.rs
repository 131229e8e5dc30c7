use super::*;
use crate::removal_line;
use crate::testing::{at, catalogue, copy};

#[test]
fn copies_are_read_in_the_order_in_which_they_were_recorded() {
    let copies = [copy("u", "b", 2), copy("u", "b", 1), copy("v", "a", 3)];
    let read = catalogue(&copies);
    assert!(read.copies().eq(copies) && read.broken().is_empty() && read.ending() == Ending::LineFeed);
}

#[test]
fn a_removed_copy_does_not_count_until_it_is_recorded_again() {
    let copy = copy("u", "a", 1);
    let removed = copy.line() + &removal_line(&copy.file, at(2));
    let read = Catalogue::read(removed.as_bytes());
    assert_eq!((read.copies().count(), read.removed().collect::<Vec<_>>()), (0, vec![copy.file.clone()]));
    let again = Catalogue::read((removed + &copy.line()).as_bytes());
    assert_eq!((again.copies().count(), again.removed().count()), (1, 0));
}

#[test]
fn a_later_line_about_the_same_file_counts() {
    let (first, mut second) = (copy("u", "a", 1), copy("u", "a", 1));
    second.bytes = 7;
    let read = catalogue(&[first, second.clone()]);
    assert_eq!((read.copies().collect::<Vec<_>>(), read.removed().count()), (vec![second], 0));
}

#[test]
fn a_torn_line_records_nothing() {
    let (first, second) = (copy("u", "a", 1).line(), copy("u", "a", 2).line());
    let whole = format!("{first}{second}");
    for len in 0..=whole.len() {
        let read = Catalogue::read(&whole.as_bytes()[..len]);
        // A line that lacks only its line feed is whole.
        let ends = [0, first.len() - 1, first.len(), whole.len() - 1, whole.len()];
        let ending = match ends.iter().rposition(|end| *end <= len).unwrap() {
            0 if len == 0 => Ending::LineFeed,
            0 => Ending::Torn(0),
            2 if len > first.len() => Ending::Torn(first.len() as u64),
            2 | 4 => Ending::LineFeed,
            _ => Ending::NoLineFeed,
        };
        assert_eq!(read.ending(), ending, "{len}");
        let lines = usize::from(len >= first.len() - 1) + usize::from(len >= whole.len() - 1);
        assert_eq!((read.copies().count(), read.broken().len()), (lines, 0), "{len}");
    }
}

#[test]
fn a_last_line_without_its_line_feed_counts_like_any_other() {
    let copy = copy("u", "a", 1);
    let removal = removal_line(&copy.file, at(2));
    let read = Catalogue::read((copy.line() + removal.trim_end()).as_bytes());
    assert_eq!((read.copies().count(), read.removed().count()), (0, 1));
    let read = Catalogue::read(b"{}\n{}");
    assert_eq!((read.broken().len(), read.ending()), (2, Ending::NoLineFeed), "broken, but not torn");
    for torn in ["{", "\0\0", "{\"file\":\"a.dtable\"", "{}{"] {
        let read = Catalogue::read((copy.line() + torn).as_bytes());
        assert_eq!(
            (read.broken().len(), read.ending()),
            (0, Ending::Torn(copy.line().len() as u64)),
            "{torn}"
        );
    }
}

#[test]
fn additions_of_editors_change_nothing() {
    let line = copy("u", "a", 1).line();
    let edited = format!("\u{feff}{}\r\n\r\n{}\r\n", line.trim_end(), copy("u", "a", 2).line().trim_end());
    let read = Catalogue::read(edited.as_bytes());
    assert_eq!((read.copies().count(), read.broken(), read.ending()), (2, &[][..], Ending::LineFeed));
    let read = Catalogue::read("\u{feff}{".as_bytes());
    assert_eq!(read.ending(), Ending::Torn(3));
}

#[test]
fn a_broken_line_is_named_and_the_others_count() {
    let good = copy("u", "a", 1).line();
    let lines = [
        "\0\0\0",
        "[1]",
        "{}",
        r#"{"file": "../a.dtable"}"#,
        r#"{"file": "a.dtable", "removed": "then"}"#,
        r#"{"file": "a.dtable"}"#,
        r#"{"file": "a.dtable", "removed": null}"#,
        "",
    ];
    let read = Catalogue::read(format!("{good}{}\n{good}", lines.join("\n")).as_bytes());
    let broken: Vec<_> = read.broken().iter().map(|line| (line.number, line.reason)).collect();
    let (no_object, names_none) = ("it is not a JSON object", "it names no file");
    assert_eq!(
        broken,
        [
            (2, no_object),
            (3, no_object),
            (4, names_none),
            (5, "its file is not within the folder"),
            (6, "its time of removal is not a time"),
            (7, "it does not describe a copy"),
            (8, "its time of removal is not a time"),
        ]
    );
    assert_eq!(read.copies().count(), 1);
    assert_eq!(read.broken()[0].to_string(), "line 2 of the catalogue is broken: it is not a JSON object");
}

#[test]
fn a_broken_line_about_a_copy_removes_nothing() {
    let copy = copy("u", "a", 1);
    for rest in [r#","removed":"then"}"#, r#","removed":null}"#, "}"] {
        let line = format!(r#"{{"file":"{}"{rest}"#, copy.file);
        let read = Catalogue::read(format!("{}{line}\n", copy.line()).as_bytes());
        let counts = (read.copies().count(), read.removed().count(), read.broken().len());
        assert_eq!(counts, (1, 0, 1), "{line}");
    }
}

#[test]
fn a_removal_of_an_unrecorded_file_deletes_nothing() {
    let read = Catalogue::read(removal_line(&copy("u", "a", 1).file, at(2)).as_bytes());
    assert_eq!((read.removed().count(), read.broken().len()), (0, 0));
}

#[test]
fn unknown_keys_are_no_error() {
    let line = copy("u", "a", 1).line().replacen('{', r#"{"by":"a later version","#, 1);
    assert_eq!(Catalogue::read(line.as_bytes()).copies().count(), 1);
}

#[test]
fn unrecorded_copies_are_found_however_accents_are_written() {
    let read = catalogue(&[copy("u", "Größe", 1)]);
    let found = [
        "204 personal/Gro\u{308}ße/1970-01-01T000001Z.dtable",
        "b.dtable",
        "backup.jsonl",
        "204 personal/a/.tmp",
        "a.dtable",
    ];
    assert_eq!(read.unrecorded(found), ["a.dtable", "b.dtable"]);
    let decomposed = catalogue(&[copy("u", "Gro\u{308}ße", 1)]);
    assert!(decomposed.unrecorded(["204 personal/Größe/1970-01-01T000001Z.dtable"]).is_empty());
}

#[test]
fn a_removed_copy_that_still_exists_is_unrecorded() {
    let copy = copy("u", "a", 1);
    let read = Catalogue::read((copy.line() + &removal_line(&copy.file, at(2))).as_bytes());
    assert_eq!(read.unrecorded([copy.file.as_str()]), [copy.file.as_str()]);
}

#[test]
fn copies_are_returned_as_they_were_recorded() {
    let odd = |change: &dyn Fn(&mut SavedCopy)| {
        let mut copy = copy("u", "a", 1);
        change(&mut copy);
        copy
    };
    let file = |text: &str| CopyPath::new(text).unwrap();
    let copies = [
        copy("u", "a", 1),
        copy("u", "b", 2),
        copy("v", "a", 3),
        copy("u", "a", 4),
        odd(&|copy| copy.file = file("a.dtable")),
        odd(&|copy| copy.file = file("a/1970-01-01T000001Z-2.dtable")),
        odd(&|copy| copy.file = file("1970-01-01T000001Z.dtable")),
        odd(&|copy| (copy.file, copy.base.name) = (file("b.dtable"), "1\n2\n".to_owned())),
        odd(&|copy| (copy.file, copy.base.name) = (file("a/b.dtable"), String::new())),
        odd(&|copy| (copy.file, copy.base.updated_at) = (file("a/c.dtable"), Some(String::new()))),
        odd(&|copy| (copy.file, copy.base.updated_at) = (file("a/d.dtable"), Some("\n".to_owned()))),
        odd(&|copy| (copy.file, copy.server) = (file("a/e.dtable"), "a 1 ä".to_owned())),
        odd(&|copy| (copy.file, copy.workspace) = (file("a/f.dtable"), " 1 2".to_owned())),
        odd(&|copy| (copy.file, copy.workspace_id) = (file("a/g.dtable"), u64::MAX)),
        odd(&|copy| (copy.file, copy.assets_missing) = (file("a/h.dtable"), u64::MAX)),
    ];
    let read = catalogue(&copies);
    assert_eq!(read.copies().collect::<Vec<_>>(), copies);
    assert!(copies.iter().all(|copy| read.contains(&copy.file)));
    let (v, u): (Vec<_>, Vec<_>) = copies.into_iter().partition(|copy| copy.base.uuid.as_str() == "v");
    assert!(read.copies_of(&"u".parse().unwrap()).eq(u.into_iter().rev()), "the last one first");
    assert!(read.copies_of(&"v".parse().unwrap()).eq(v));
}

#[test]
fn a_file_that_is_recorded_again_belongs_to_the_last_base() {
    let mut second = copy("v", "a", 1);
    second.bytes = 7;
    let mut read = catalogue(&[copy("u", "a", 1), second.clone()]);
    let count = |read: &Catalogue, base: &str| read.copies_of(&base.parse().unwrap()).count();
    assert_eq!((count(&read, "u"), count(&read, "v"), read.removed().count()), (0, 1, 0));
    read.remove(&second.file);
    assert!(read.is_removed(&second.file) && !read.contains(&second.file));
    assert_eq!((count(&read, "v"), read.removed().collect::<Vec<_>>()), (0, vec![second.file.clone()]));
    read.insert(&second);
    assert_eq!((count(&read, "v"), read.removed().count()), (1, 0));
    assert!(!read.is_removed(&second.file) && !read.is_removed(&copy("u", "b", 1).file));
}

#[test]
fn a_copy_is_found_by_its_file_until_it_is_removed() {
    let copies = [copy("u", "a", 1), copy("u", "a", 2), copy("v", "b", 1)];
    let mut read = catalogue(&copies);
    read.remove(&copies[0].file);
    assert_eq!(
        [0, 1, 2].map(|number| read.copy(&copies[number].file)),
        [None, Some(copies[1].clone()), Some(copies[2].clone())]
    );
    read.remove(&copies[2].file);
    assert_eq!(
        read.bases().map(|base| base.to_string()).collect::<Vec<_>>(),
        ["u"],
        "those that have copies"
    );
}

#[test]
fn texts_with_the_same_hash_are_distinguished() {
    let one_hash = |one: &str, other: &str| assert!(texts::hash(one) == texts::hash(other) && one != other);
    let workspace = |workspace: &str, started| {
        let mut copy = copy("u", "a", started);
        workspace.clone_into(&mut copy.workspace);
        copy
    };
    one_hash("u58659", "u67268");
    one_hash("204 personal/a8795/1970-01-01T000001Z.dtable", "204 personal/a43205/1970-01-01T000001Z.dtable");
    one_hash("204 25 https://seatable.example/w8669", "204 25 https://seatable.example/w54246");
    for copies in [
        [copy("u58659", "a", 1), copy("u67268", "b", 2)],
        [copy("u", "a8795", 1), copy("u", "a43205", 1)],
        [workspace("w8669", 1), workspace("w54246", 2)],
    ] {
        let mut read = catalogue(&copies);
        assert!(read.copies().eq(copies.clone()));
        for base in copies.iter().map(|copy| &copy.base.uuid) {
            let own: Vec<_> = copies.iter().rev().filter(|copy| copy.base.uuid == *base).cloned().collect();
            assert!(read.copies_of(base).eq(own));
        }
        read.remove(&copies[0].file);
        assert!(read.copies().eq(copies[1..].to_vec()) && read.copies_of(&copies[1].base.uuid).count() == 1);
    }
}
