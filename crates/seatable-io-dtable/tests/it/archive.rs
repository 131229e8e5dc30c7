//! Files that are a `.dtable` file, and files that are not.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use seatable_io_dtable::{Archive, ArchiveError, check_archive};
use seatable_io_sandbox::sample_dtable;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

pub(crate) fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub(crate) fn check(bytes: &[u8]) -> Result<(), ArchiveError> {
    check_archive(Cursor::new(bytes))
}

/// The same bytes with every `from` replaced by a `to` of the same length.
pub(crate) fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for at in 0..=bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
    bytes
}

#[test]
fn a_whole_base_is_good() {
    check(&sample_dtable(5000)).unwrap();
    let content = b" {\"a\": [[], \"]{\\\"[\", {\"b\": 1}], \"tables\" : null}\n";
    check(&zip_of(&[("content.json", content), ("asset/files/a.png", b"x")])).unwrap();
}

#[test]
fn assets_are_counted_by_their_folders() {
    let names =
        ["images/a", "external-apps/files/b", "external-apps/images/c.dtable", "custom/d", "customs.DTable"];
    let names = names.map(|name| format!("asset/{name}"));
    let entries: Vec<_> = names.iter().map(|name| (&**name, &b"12"[..])).collect();
    let others: [(&str, &[u8]); 3] = [("content.json", b"{}"), ("forms.json", b"3"), ("x.dtable", b"4")];
    let archive = Archive::open(Cursor::new(zip_of(&[&entries[..], &others].concat()))).unwrap();
    let held = archive.held_assets();
    assert_eq!((held.count, held.bytes, held.of_apps, held.custom, held.dtables), (5, 10, 2, 1, 2));
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_noticed() {
    let whole = sample_dtable(600);
    for len in 0..whole.len() {
        assert!(check(&whole[..len]).is_err(), "{len} of {} bytes", whole.len());
    }
}

#[test]
fn a_zip_without_content_is_not_a_base() {
    for zip in [zip_of(&[]), zip_of(&[("my content.json", b"{}")]), zip_of(&[("Content.json", b"{}")])] {
        let error = check(&zip).unwrap_err();
        assert!(matches!(error, ArchiveError::NoContent) && error.is_not_a_base(), "{error}");
    }
}

#[test]
fn a_second_content_json_is_noticed() {
    let zip = replaced(&zip_of(&[("content.json", b"{}"), ("content.jsoN", b"{}")]), b"jsoN", b"json");
    assert!(matches!(check(&zip).unwrap_err(), ArchiveError::Duplicate));
}

#[test]
fn fact_12_a_base_that_nobody_has_opened_is_not_a_base_and_the_error_says_why() {
    for json in ["\"\"", " \"\"\n"] {
        let error = check(&zip_of(&[("content.json", json.as_bytes())])).unwrap_err();
        assert!(error.is_not_a_base());
        assert_eq!(error.to_string(), "its content.json is \"\": nobody has opened the base yet");
    }
}

#[test]
fn content_without_tables_is_not_a_base() {
    let others = ["null", "[]", "{}", "7", "\"tables\"", "\" \"", "\"\\\"\"", "[{\"tables\": []}]"];
    let inner = [r#"{"a": {"tables": []}}"#, r#"{"Tables": []}"#, r#"{"tables2": []}"#, r#"{"a": "tables"}"#];
    let escaped = [r#"{"\"tables": []}"#, r#"{"a\"tables": []}"#];
    for json in others.into_iter().chain(inner).chain(escaped) {
        let error = check(&zip_of(&[("content.json", json.as_bytes())])).unwrap_err();
        assert!(matches!(error, ArchiveError::NoTables) && error.is_not_a_base(), "{json}: {error}");
    }
}

#[test]
fn content_that_is_not_json_is_not_a_base() {
    for json in [&b""[..], b"nothing", b"{} {}", b"{\"a\":"] {
        let error = check(&zip_of(&[("content.json", json)])).unwrap_err();
        assert!(matches!(error, ArchiveError::NotJson) && error.is_not_a_base(), "{error}");
    }
}

#[test]
fn content_that_is_no_longer_json_is_damaged() {
    let error = check(&replaced(&sample_dtable(600), b"{\"version", b"}\"version")).unwrap_err();
    assert!(!error.is_not_a_base(), "{error}");
}

#[test]
fn content_with_another_checksum_is_damaged() {
    let error = check(&replaced(&sample_dtable(600), b"Table1", b"Table2")).unwrap_err();
    assert_eq!(error.to_string(), "its entry content.json is damaged");
    assert!(!error.is_not_a_base());
}

#[test]
fn every_damaged_byte_of_compressed_content_is_noticed() {
    let json = format!("{{\"a\": {:?}}}", (0..500).collect::<Vec<_>>());
    let zip = zip_of(&[("content.json", json.as_bytes())]);
    let data = 30 + "content.json".len();
    for at in data..data + 600 {
        let mut damaged = zip.clone();
        damaged[at] ^= 0x10;
        assert!(matches!(check(&damaged).unwrap_err(), ArchiveError::Entry(_)), "byte {at}");
    }
}

#[test]
fn deep_nesting_is_refused_instead_of_stored() {
    let bomb = zip_of(&[("content.json", "[".repeat(2000).as_bytes())]);
    assert_eq!(check(&bomb).unwrap_err().to_string(), "its content.json is nested too deeply");
}

#[test]
fn no_more_than_64_mib_are_read_to_find_the_directory() {
    struct Counted<F>(F, u64);
    impl<F: Read> Read for Counted<F> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let len = self.0.read(buffer)?;
            self.1 += len as u64;
            Ok(len)
        }
    }
    impl<F: Seek> Seek for Counted<F> {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
    let file = tempfile::tempfile().unwrap();
    file.set_len(300 << 20).unwrap();
    let mut file = Counted(file, 0);
    assert!(matches!(check_archive(&mut file).unwrap_err(), ArchiveError::Zip));
    assert!(file.1 < 65 << 20, "{} bytes read", file.1);
}

#[test]
fn a_file_that_cannot_be_read_is_not_called_damaged() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("device error"))
        }
    }
    impl Seek for Broken {
        fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
            Ok(1000)
        }
    }
    assert_eq!(check_archive(Broken).unwrap_err().to_string(), "cannot read the file: device error");
}

#[test]
fn an_error_does_not_repeat_the_words_of_a_library() {
    let whole = zip_of(&[("content.json", b"{\"tables\": []}")]);
    assert_eq!(check(&whole[..9]).unwrap_err().to_string(), "the file is not a complete zip");
}

#[test]
fn fact_25_content_in_a_folder_is_named_with_that_folder() {
    for (entry, folder) in [("Sales/content.json", "Sales/"), ("a\\b\\content.json", "a\\b\\")] {
        let error = check(&zip_of(&[
            ("old content.json", b""),
            ("_/._content.json", b""),
            (entry, b"{\"tables\": []}"),
        ]))
        .unwrap_err();
        assert!(error.is_not_a_base());
        assert_eq!(error.to_string(), format!("its content.json is inside `{folder}`"));
    }
}

#[test]
fn the_content_can_be_read_while_it_is_checked() {
    let content = format!("{{\"tables\": [{}]}}", "{},".repeat(50_000) + "{}");
    let zip = zip_of(&[("content.json", content.as_bytes()), ("forms.json", b"{}")]);
    let (mut archive, mut text) = (Archive::open(Cursor::new(&zip)).unwrap(), Vec::new());
    archive.base(|bytes| text.extend_from_slice(bytes)).unwrap();
    assert!(text == content.as_bytes());
    assert!(archive.names().eq(["content.json", "forms.json"]));
}
