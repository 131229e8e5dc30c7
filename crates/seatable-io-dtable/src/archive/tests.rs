use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

/// A base whose `content.json` unpacks to 900 bytes, and an asset that unpacks to 200.
fn base(content: u64, all: u64) -> Archive<Cursor<Vec<u8>>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in
        [("content.json", format!("{:<900}", r#"{"tables":[]}"#)), ("asset/a", "a".repeat(200))]
    {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    let mut archive = Archive::open(zip.finish().unwrap()).unwrap();
    (archive.budget.content, archive.budget.all) = (content, all);
    archive
}

#[test]
fn the_bytes_read_from_the_content_are_limited() {
    assert!(base(900, 900).base(|_| ()).is_ok());
    assert!(matches!(base(899, 900).base(|_| ()), Err(ArchiveError::LongContent)));
    assert!(matches!(base(900, 899).base(|_| ()), Err(ArchiveError::Ratio)));
}

#[test]
fn the_bytes_read_from_all_entries_are_limited() {
    assert!(base(900, 1100).check_entries().is_ok());
    assert!(matches!(base(899, 1100).check_entries(), Err(ArchiveError::LongContent)));
    assert!(matches!(base(900, 1099).check_entries(), Err(ArchiveError::Ratio)));
}

#[test]
fn content_that_was_found_good_is_not_read_again() {
    let mut archive = base(900, 1100);
    for _ in 0..2 {
        archive.base(|_| ()).and_then(|_| archive.check_entries()).unwrap();
    }
    let mut archive = base(900, 1099);
    let checked = archive.base(|_| ()).and_then(|_| archive.check_entries());
    assert!(matches!(checked, Err(ArchiveError::Ratio)));
}

#[test]
fn a_file_that_cannot_be_sought_or_ends_is_damaged_and_any_other_error_is_one_of_reading() {
    use std::io::ErrorKind::{InvalidData, InvalidInput, PermissionDenied, UnexpectedEof};
    for (kind, is_damage) in
        [(InvalidData, true), (InvalidInput, true), (UnexpectedEof, true), (PermissionDenied, false)]
    {
        let error = || limits::Unreadable::wrap(kind.into());
        let [zip, entry] = [broken_zip(zip::result::ZipError::Io(error())), unread("a", error())];
        assert_eq!(matches!(zip, ArchiveError::Zip), is_damage, "{zip:?}");
        assert_eq!(matches!(entry, ArchiveError::Entry(_)), is_damage, "{entry:?}");
    }
    assert!(matches!(unread("a", io::Error::other("of a decoder")), ArchiveError::Entry(_)));
}
