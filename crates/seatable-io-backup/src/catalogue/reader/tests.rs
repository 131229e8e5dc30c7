use super::*;
use crate::testing::{copy, copy_in};

/// A line of this length about a copy, without a line feed.
fn line(len: usize) -> String {
    let line = copy("u", "a", 1).line();
    let rest = line.trim_end().strip_prefix('{').unwrap();
    let by = "a".repeat(len - rest.len() - r#"{"by":"",""#.len() + 1);
    format!(r#"{{"by":"{by}",{rest}"#)
}

/// The number of copies, the broken lines, and the ending.
fn read(text: &str) -> (usize, Vec<(usize, &'static str)>, Ending) {
    let read = Catalogue::read(text.as_bytes());
    let broken = read.broken().iter().map(|line| (line.number, line.reason)).collect();
    (read.copies().count(), broken, read.ending())
}

#[test]
fn a_line_has_at_most_64_kib() {
    for mark in ["", "\u{feff}"] {
        assert_eq!(line(65_536).len(), 65_536);
        assert_eq!(read(&format!("{mark}{}\n", line(65_536))), (1, vec![], Ending::LineFeed));
        assert_eq!(read(&format!("{mark}{}", line(65_536))), (1, vec![], Ending::NoLineFeed));
        let too_long = vec![(1, "it is longer than 64 KiB")];
        assert_eq!(read(&format!("{mark}{}\n", line(65_537))), (0, too_long.clone(), Ending::LineFeed));
        assert_eq!(read(&format!("{mark}{}\r\n", line(65_536))), (0, too_long, Ending::LineFeed));
    }
}

#[test]
fn the_lines_around_a_too_long_line_count() {
    let text = format!("{}\n{}\n{}\n", line(400), "a".repeat(200_000), copy("v", "b", 2).line());
    assert_eq!(read(&text), (2, vec![(2, "it is longer than 64 KiB")], Ending::LineFeed));
}

#[test]
fn nothing_is_cut_off_if_the_last_line_is_too_long() {
    for last in ["{".repeat(65_537), "\0".repeat(1_000_000), " ".repeat(65_537), line(65_537)] {
        let text = format!("{}\n{last}", line(400));
        assert_eq!(read(&text), (1, vec![(2, "it is longer than 64 KiB")], Ending::NoLineFeed));
    }
    let text = format!("{}\n{}", line(400), "{".repeat(65_536));
    assert_eq!(read(&text), (1, vec![], Ending::Torn(401)));
}

#[test]
fn a_torn_line_begins_after_all_the_others() {
    assert_eq!(read(&format!("{0}\n{0}\n\n{{", line(400))).2, Ending::Torn(803));
}

#[test]
fn a_byte_order_mark_counts_in_the_file_and_only_at_its_beginning() {
    assert_eq!(read("\u{feff}").2, Ending::LineFeed);
    assert_eq!(Catalogue::read(b"\xEF\xBB").ending(), Ending::Torn(0));
    assert_eq!(read(&format!("\u{feff}{}\n{{", line(400))).2, Ending::Torn(404));
    let text = format!("\n\u{feff}{}\n", line(400));
    assert_eq!(read(&text), (0, vec![(2, "it is not a JSON object")], Ending::LineFeed));
}

#[test]
fn the_first_100_broken_lines_are_named_and_the_others_counted() {
    let more = |lines: usize| {
        let read = Catalogue::read("{}\n".repeat(lines).as_bytes());
        (read.broken().len(), read.broken().last().map(|line| line.number), read.more_broken())
    };
    assert_eq!([more(100), more(103)], [(100, Some(100), 0), (100, Some(100), 3)]);
}

#[test]
fn no_written_line_is_too_long() {
    // Control characters need six bytes in JSON; servers have URLs of at most 2048 bytes, and names of 255 characters.
    let name = "\u{1}".repeat(255);
    let mut copy = copy_in(u64::MAX, &"\"".repeat(255), &name, 1);
    copy.file = CopyPath::within(&format!("{0}/{0}", "a".repeat(255)), &"a".repeat(255));
    (copy.workspace, copy.base.updated_at) = (name, Some("\u{1}".repeat(64)));
    (copy.server, copy.bytes, copy.assets_missing) = ("a".repeat(2048), u64::MAX, u64::MAX);
    assert!(copy.line().len() < LONGEST_LINE / 4, "{}", copy.line().len());
}
