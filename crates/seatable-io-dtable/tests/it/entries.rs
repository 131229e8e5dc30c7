//! The entries of a zip: their places, methods, sizes and names.

use std::io::{Cursor, Write};

use seatable_io_dtable::{Archive, ArchiveError};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::archive::{check, replaced, zip_of};

/// Returns the position at which the directory of a zip describes the entry with this index.
fn header(zip: &[u8], index: usize) -> usize {
    let headers = zip.windows(4).enumerate().filter(|(_, bytes)| bytes == b"PK\x01\x02");
    headers.map(|(at, _)| at).nth(index).unwrap()
}

#[test]
fn an_entry_beyond_the_end_is_noticed() {
    let mut zip = zip_of(&[("content.json", b"{}"), ("asset/files/a", b"")]);
    // The directory begins where the last entry ends, which has two bytes: nothing, packed.
    let (data, last) = (header(&zip, 0), header(&zip, 1));
    let one_too_many = u32::try_from(zip.len() - (data - 2) + 1).unwrap();
    zip[last + 20..last + 24].copy_from_slice(&one_too_many.to_le_bytes());
    assert!(matches!(check(&zip).unwrap_err(), ArchiveError::Zip));
}

#[test]
fn a_flipped_bit_in_any_entry_is_found_by_reading_all_of_them() {
    let whole = zip_of(&[("content.json", b"{\"tables\": []}"), ("asset/files/a.txt", &[b'x'; 500])]);
    let entries = |bytes: &[u8]| Archive::open(Cursor::new(bytes)).and_then(|mut zip| zip.check_entries());
    entries(&whole).unwrap();
    let asset = whole.windows(17).position(|name| name == b"asset/files/a.txt").unwrap() + 17;
    let mut damaged = whole.clone();
    damaged[asset + 2] ^= 1;
    check(&damaged).unwrap();
    let error = entries(&damaged).unwrap_err();
    assert_eq!(error.to_string(), "its entry asset/files/a.txt is damaged");
}

#[test]
fn fact_25_an_entry_that_servers_cannot_read_is_named_with_the_reason() {
    let whole = zip_of(&[("content.json", b"{\"tables\": []}"), ("asset/a", b"x")]);
    let (local, directory) =
        (whole.windows(4).rposition(|it| it == b"PK\x03\x04").unwrap(), header(&whole, 1));
    let changed = |place: usize, value: u8| {
        let mut zip = whole.clone();
        (zip[local + 6 + place], zip[directory + 8 + place]) = (value, value);
        check(&zip).unwrap_err().to_string()
    };
    assert_eq!(changed(0, 1), "its entry asset/a is encrypted, which servers cannot read");
    for (method, name) in
        [(9, "Deflate64"), (93, "Zstandard"), (95, "XZ"), (98, "PPMd"), (6, "a rare method")]
    {
        assert_eq!(
            changed(2, method),
            format!("its entry asset/a is packed with {name}, which servers cannot read")
        );
    }
}

#[test]
fn a_name_that_is_not_the_utf_8_it_claims_to_be_is_named() {
    let whole = zip_of(&[("content.json", b"{\"tables\": []}"), ("asset/\u{e4}", b"x"), ("asset/ok", b"")]);
    check(&whole).unwrap();
    let wrong = replaced(&whole, "\u{e4}".as_bytes(), b"\xe4b");
    let error = check(&wrong).unwrap_err();
    assert!(!error.is_not_a_base() && !error.is_too_large());
    assert_eq!(
        error.to_string(),
        "the name of its entry asset/\u{fffd}b is not UTF-8, which servers cannot read"
    );
    // Without the claim it is code page 437, in which every byte is a character.
    let mut other = wrong.clone();
    other[header(&wrong, 1) + 9] &= !8;
    check(&other).unwrap();
}

/// A zip that Python has packed, since the zip crate only unpacks this method.
const PACKED_WITH_LZMA: &[u8] =
    b"PK\x03\x04?\x00\x02\x00\x0e\x00\x00\x00!\x5c\xea3=7$\x00\x00\x00\x10\x00\x00\x00\x0c\x00\x00\
    \x00content.json\x09\x04\x05\x00]\x00\x00\x80\x00\x00=\x88\x8a\x86S\xd1\x8b\xa0\xe59l7\xda3n\
    \xc3\x8c\xf4\x1c\x1a\x97\xff\xfd\xa2\xb0\x00PK\x01\x02?\x03?\x00\x02\x00\x0e\x00\x00\x00!\x5c\
    \xea3=7$\x00\x00\x00\x10\x00\x00\x00\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x01\
    \x00\x00\x00\x00content.jsonPK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00:\x00\x00\x00N\x00\x00\
    \x00\x00\x00";

#[test]
fn fact_25_servers_read_bzip2_and_lzma() {
    check(PACKED_WITH_LZMA).unwrap();
    for method in [CompressionMethod::Stored, CompressionMethod::Bzip2] {
        let options = SimpleFileOptions::default().compression_method(method);
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("content.json", options).unwrap();
        zip.write_all(b"{\"tables\": [{}]}").unwrap();
        check(&zip.finish().unwrap().into_inner()).unwrap();
    }
}

#[test]
fn lzma_that_needs_more_than_64_mib_of_memory_is_refused() {
    let with_window = |size: u32| {
        let mut zip = PACKED_WITH_LZMA.to_vec();
        zip[47..51].copy_from_slice(&size.to_le_bytes());
        check(&zip)
    };
    with_window(64 << 20).unwrap();
    let error = with_window((64 << 20) + 1).unwrap_err();
    assert!(error.is_too_large());
    assert_eq!(error.to_string(), "its entry content.json needs more than 64 MiB of memory to be unpacked");
}

#[test]
fn damage_is_not_called_a_problem_of_reading_whatever_the_method() {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Bzip2);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("content.json", options).unwrap();
    zip.write_all(b"{\"tables\": [{}]}").unwrap();
    for whole in [zip.finish().unwrap().into_inner(), PACKED_WITH_LZMA.to_vec()] {
        let end = whole.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
        let damaged = (51..end).map(|at| {
            let mut zip = whole.clone();
            zip[at] ^= 0x10;
            check(&zip)
        });
        // The decoders do not need every byte.
        let errors: Vec<_> = damaged.filter_map(Result::err).collect();
        assert!(
            errors.len() > 10 && errors.iter().all(|it| matches!(it, ArchiveError::Entry(_))),
            "{errors:?}"
        );
    }
}

#[test]
fn the_name_of_an_entry_is_short_and_on_one_line_in_a_message() {
    for (name, shown) in [
        ("Sales\n\u{1b}[2J/".to_owned(), r"Sales\n\u{1b}[2J/".to_owned()),
        ("é".repeat(199) + "/", "é".repeat(199) + "/"),
        ("é".repeat(60_000 / 2) + "/", "é".repeat(200) + "…"),
    ] {
        let error = check(&zip_of(&[(&(name + "content.json"), b"{\"tables\": []}")])).unwrap_err();
        assert_eq!(error.to_string(), format!("its content.json is inside `{shown}`"));
    }
}

#[test]
fn fact_25_names_with_backslashes_are_found() {
    let zip = zip_of(&[("content.json", b"{\"tables\": []}"), ("asset\\files\\x", b""), ("asset/y", b"")]);
    let archive = Archive::open(Cursor::new(zip)).unwrap();
    assert!(archive.with_backslashes().eq(["asset\\files\\x"]));
}

#[test]
fn entries_that_overlap_are_refused() {
    let zip = zip_of(&[("content.json", b"{\"tables\": []}"), ("asset/a", b"aaaa"), ("asset/b", b"aaaa")]);
    check(&zip).unwrap();
    let (first, second) = (header(&zip, 1), header(&zip, 2));
    let mut same = zip.clone();
    same.copy_within(first + 42..first + 46, second + 42);
    // One byte longer than it is, so that it reaches into the next entry or the directory.
    let longer = [first, second].map(|at| {
        let mut zip = zip.clone();
        zip[at + 20] += 1;
        zip
    });
    for zip in [&same, &longer[0], &longer[1]] {
        assert_eq!(check(zip).unwrap_err().to_string(), "entries of the zip overlap");
    }
}

#[test]
fn a_directory_that_announces_too_much_is_refused_at_once() {
    let zip = zip_of(&[("content.json", br#"{"tables":[]}"#), ("asset/a", b"a"), ("asset/b", b"b")]);
    let announcing = |sizes: [u32; 2]| {
        let mut zip = zip.clone();
        let directory = (0..zip.len()).filter(|at| zip[*at..].starts_with(b"PK\x01\x02"));
        let fields: Vec<_> = directory.skip(1).map(|at| at + 24).collect();
        for (field, size) in fields.into_iter().zip(sizes) {
            zip[field..field + 4].copy_from_slice(&size.to_le_bytes());
        }
        check(&zip).map_err(|error| error.to_string())
    };
    let most = (64 << 20) + 200 * u32::try_from(zip.len()).unwrap() - 13;
    assert_eq!(announcing([1, most - 1]), Ok(()));
    let ratio = Err("it unpacks to more than 200 times its size".to_owned());
    assert_eq!([announcing([1, most]), announcing([most, 1])], [ratio.clone(), ratio]);
}
