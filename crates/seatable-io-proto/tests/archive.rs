//! [`ArchiveWatch`] against the `zip` crate.

use std::io::{Cursor, Write as _};

use proptest::collection::vec;
use proptest::prelude::*;
use seatable_io_proto::{ArchiveFault, ArchiveWatch};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

fn archive(files: &[Vec<u8>], comment: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (index, file) in files.iter().enumerate() {
        let method = [CompressionMethod::Stored, CompressionMethod::Deflated][index % 2];
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(format!("asset/{index}"), options).unwrap();
        writer.write_all(file).unwrap();
    }
    writer.set_raw_comment(comment.into()).unwrap();
    writer.finish().unwrap().into_inner()
}

/// The same archive with its numbers in a zip64 end record, which has `extra` bytes of its own.
fn zip64(archive: &[u8], extra: &[u8]) -> Vec<u8> {
    let at = archive.windows(4).rposition(|window| window == b"PK\x05\x06").unwrap();
    let (directory, end) = archive.split_at(at);
    let wide = |range: std::ops::Range<usize>| {
        let mut number = [0; 8];
        number[..range.len()].copy_from_slice(&end[range]);
        number
    };
    let mut zip64 = directory.to_vec();
    zip64.extend(b"PK\x06\x06");
    zip64.extend((44 + extra.len() as u64).to_le_bytes());
    zip64.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    zip64.extend([wide(8..10), wide(10..12), wide(12..16), wide(16..20)].concat());
    zip64.extend(extra);
    zip64.extend(b"PK\x06\x07\0\0\0\0");
    zip64.extend((at as u64).to_le_bytes());
    zip64.extend([1, 0, 0, 0]);
    zip64.extend([&end[..8], &[0xff; 12], &end[20..]].concat());
    zip64
}

fn watch<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Result<(), ArchiveFault> {
    let mut watch = ArchiveWatch::new(None);
    chunks.into_iter().for_each(|chunk| {
        watch.chunk(chunk);
    });
    watch.finish()
}

fn opens(bytes: &[u8]) -> bool {
    ZipArchive::new(Cursor::new(bytes)).is_ok()
}

#[test]
fn the_longest_comment_fits_behind_a_zip64_record() {
    let whole = archive(&[b"{}".to_vec()], &vec![b'P'; 65_535]);
    let whole64 = zip64(&whole, b"");
    for bytes in [&whole, &whole64] {
        assert!(opens(bytes));
        assert_eq!(watch([bytes.as_slice()]), Ok(()));
        assert_eq!(watch(bytes.chunks(1)), Ok(()));
    }
}

#[test]
fn a_comment_may_look_like_an_end_record() {
    let inner = archive(&[], b"");
    let whole = archive(&[b"{}".to_vec()], &inner);
    assert_eq!(watch([whole.as_slice()]), Ok(()));
}

#[test]
fn an_inner_archive_is_not_mistaken_for_the_whole() {
    let inner = archive(&[b"{}".to_vec()], b"");
    let outer = archive(&[inner.clone(), b"more".to_vec()], b"");
    let end = outer.windows(inner.len()).position(|window| window == inner).unwrap() + inner.len();
    let cut = &outer[..end];
    assert!(opens(cut), "the zip crate ignores the bytes before the inner archive");
    assert_eq!(watch([cut]), Err(ArchiveFault::Broken));
}

#[test]
fn other_kinds_of_files_are_recognised_at_once() {
    for bytes in
        [b"<!DOCTYPE html>".as_slice(), b"{\"error_msg\"", b"\x1f\x8b\x08", b"Rar!", b"PK\x07\x08", b"\0"]
    {
        assert!(!ArchiveWatch::new(None).chunk(bytes));
        assert_eq!(watch([bytes]), Err(ArchiveFault::NotZip));
    }
}

prop_compose! {
    fn archives()(
        files in vec(vec(any::<u8>(), 0..60), 1..4),
        comment in vec(any::<u8>(), 0..30),
        extra in vec(any::<u8>(), 0..20),
        is_zip64: bool,
    ) -> Vec<u8> {
        let plain = archive(&files, &comment);
        if is_zip64 { zip64(&plain, &extra) } else { plain }
    }
}

proptest! {
    #[test]
    fn a_whole_archive_is_whole_in_every_chunking(archive in archives(), sizes in vec(1..50_usize, 1..20)) {
        prop_assert!(opens(&archive));
        let mut rest = archive.as_slice();
        let chunks = sizes.iter().cycle().map_while(|size| {
            let (chunk, after) = rest.split_at((*size).min(rest.len()));
            rest = after;
            (!chunk.is_empty()).then_some(chunk)
        });
        prop_assert_eq!(watch(chunks), Ok(()));
    }

    #[test]
    fn an_archive_cut_at_any_length_is_not_whole(archive in archives()) {
        for len in 0..archive.len() {
            prop_assert!(!opens(&archive[..len]));
            prop_assert!(watch([&archive[..len]]).is_err());
        }
    }

    #[test]
    fn no_bytes_may_precede_or_follow_an_archive(archive in archives(), padding in vec(any::<u8>(), 1..40)) {
        prop_assert!(watch([padding.as_slice(), &archive]).is_err());
        prop_assert!(watch([archive.as_slice(), &padding]).is_err());
        prop_assert_eq!(watch([archive.as_slice(), &archive]), Err(ArchiveFault::Broken));
    }

    #[test]
    fn bytes_that_are_missing_or_doubled_are_noticed(
        archive in archives(), a: prop::sample::Index, b: prop::sample::Index,
    ) {
        let (a, b) = (a.index(archive.len()), b.index(archive.len()));
        let (from, to) = (a.min(b), a.max(b) + 1);
        prop_assert!(watch([&archive[..from], &archive[to..]]).is_err());
        prop_assert!(watch([&archive[..to], &archive[from..]]).is_err());
    }

    #[test]
    fn any_bytes_are_judged_alike_in_every_chunking(
        start in prop::sample::select(vec![b"".as_slice(), b"PK\x03\x04", b"PK\x05\x06"]),
        bytes in vec(prop_oneof![any::<u8>(), prop::sample::select(b"PK\x05\x06\x07\0".to_vec())], 0..200),
        size in 1..50_usize,
    ) {
        let bytes = [start, &bytes].concat();
        prop_assert_eq!(watch([bytes.as_slice()]), watch(bytes.chunks(size)));
        prop_assert_eq!(watch([bytes.as_slice()]), watch(bytes.chunks(1)));
    }
}
