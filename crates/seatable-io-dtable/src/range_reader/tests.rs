use std::cell::RefCell;
use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::{Archive, check_archive};

const MIB: u64 = PIECE;

/// A file of `len` bytes in which no two places of one piece are alike, and the ranges that were asked for.
fn bytes(len: u64) -> Vec<u8> {
    (0..len).map(|place| u8::try_from((place ^ place >> 8 ^ place >> 16) & 0xff).unwrap()).collect()
}

/// Reads a range of bytes, and notes it.
fn noting<'a>(
    bytes: &'a [u8],
    asked: &'a RefCell<Vec<Range<u64>>>,
) -> impl FnMut(Range<u64>) -> io::Result<&'a [u8]> {
    |range| {
        asked.borrow_mut().push(range.clone());
        let at = |place| usize::try_from(place).unwrap();
        bytes.get(at(range.start)..at(range.end)).ok_or_else(|| io::Error::other("not within the file"))
    }
}

#[test]
fn a_file_is_read_in_pieces_in_their_order_and_each_once() {
    let (file, asked, mut read) = (bytes(2 * MIB + 1), RefCell::default(), Vec::new());
    let mut reader = RangeReader::new(2 * MIB + 1, noting(&file, &asked));
    while reader.read(&mut [0; 1]).unwrap() == 1 {
        reader.seek_relative(-1).unwrap();
        let count = reader.by_ref().take(1_000_001).read_to_end(&mut read).unwrap();
        assert!(count > 0);
    }
    assert!(read == file);
    assert_eq!(*asked.borrow(), [0..MIB, MIB..2 * MIB, MIB + 1..2 * MIB + 1]);
}

#[test]
fn the_end_of_a_file_is_one_piece() {
    let (file, asked, mut read) = (bytes(3 * MIB + 10), RefCell::default(), [0; 4]);
    let mut reader = RangeReader::new(3 * MIB + 10, noting(&file, &asked));
    for back in [i64::try_from(MIB).unwrap(), 22, 5000, 4] {
        reader.seek(SeekFrom::End(-back)).unwrap();
        reader.read_exact(&mut read).unwrap();
        let at = file.len() - usize::try_from(back).unwrap();
        assert_eq!(read, file[at..at + 4]);
    }
    assert_eq!(*asked.borrow(), [2 * MIB + 10..3 * MIB + 10]);
}

#[test]
fn seeks_within_a_piece_ask_for_no_range_and_seeks_back_to_another_do() {
    let (file, asked, mut read) = (bytes(4 * MIB), RefCell::default(), [0]);
    let mut reader = RangeReader::new(4 * MIB, noting(&file, &asked));
    for place in [MIB + 5, 2 * MIB - 1, MIB, 0, MIB - 1, 2 * MIB] {
        reader.seek(SeekFrom::Start(place)).unwrap();
        reader.read_exact(&mut read).unwrap();
        assert_eq!(read[0], file[usize::try_from(place).unwrap()], "{place}");
    }
    assert_eq!(*asked.borrow(), [MIB..2 * MIB, 0..MIB, 2 * MIB..3 * MIB]);
}

#[test]
fn a_file_shorter_than_a_piece_is_one_range_and_an_empty_one_is_none() {
    for (len, expected) in [(0, vec![]), (1, vec![0..1]), (MIB - 1, vec![0..MIB - 1]), (MIB, vec![0..MIB])] {
        let (file, asked, mut read) = (bytes(len), RefCell::default(), Vec::new());
        RangeReader::new(len, noting(&file, &asked)).read_to_end(&mut read).unwrap();
        assert!(read == file, "{len}");
        assert_eq!(*asked.borrow(), expected, "{len}");
    }
}

#[test]
fn all_three_kinds_of_seeks_move_from_their_own_place() {
    let mut reader = RangeReader::new(100, |_| -> io::Result<&[u8]> { unreachable!() });
    for (to, at) in [
        (SeekFrom::Start(7), 7),
        (SeekFrom::Current(3), 10),
        (SeekFrom::Current(-9), 1),
        (SeekFrom::End(-1), 99),
        (SeekFrom::End(4), 104),
        (SeekFrom::Current(0), 104),
        (SeekFrom::End(-100), 0),
        (SeekFrom::Start(u64::MAX), u64::MAX),
    ] {
        assert_eq!((reader.seek(to).unwrap(), reader.stream_position().unwrap()), (at, at), "{to:?}");
    }
}

#[test]
fn a_seek_before_the_start_or_beyond_the_largest_place_fails_and_moves_nothing() {
    let mut reader = RangeReader::new(100, |_| -> io::Result<&[u8]> { unreachable!() });
    reader.seek(SeekFrom::Start(5)).unwrap();
    for to in [SeekFrom::Current(-6), SeekFrom::End(-101), SeekFrom::Current(i64::MIN)] {
        assert_eq!(reader.seek(to).unwrap_err().kind(), ErrorKind::InvalidInput, "{to:?}");
        assert_eq!(reader.stream_position().unwrap(), 5);
    }
    reader.seek(SeekFrom::Start(u64::MAX)).unwrap();
    assert_eq!(reader.seek(SeekFrom::Current(1)).unwrap_err().kind(), ErrorKind::InvalidInput);
    let mut reader = RangeReader::new(u64::MAX, |_| -> io::Result<&[u8]> { unreachable!() });
    assert_eq!(reader.seek(SeekFrom::End(1)).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn nothing_is_asked_for_at_or_beyond_the_end_or_for_no_bytes() {
    let mut reader = RangeReader::new(100, |_| -> io::Result<&[u8]> { unreachable!() });
    assert_eq!(reader.read(&mut []).unwrap(), 0);
    for place in [100, 101, u64::MAX] {
        reader.seek(SeekFrom::Start(place)).unwrap();
        assert_eq!(reader.read(&mut [0; 10]).unwrap(), 0);
    }
}

#[test]
fn the_last_byte_of_the_largest_file_can_be_read() {
    let mut reader = RangeReader::new(u64::MAX, |range: Range<u64>| {
        assert_eq!(range, u64::MAX - MIB..u64::MAX);
        let mut bytes = vec![0; 1024 * 1024];
        bytes[1024 * 1024 - 1] = 7;
        Ok(bytes)
    });
    reader.seek(SeekFrom::End(-1)).unwrap();
    let mut read = [0; 2];
    assert_eq!((reader.read(&mut read).unwrap(), read), (1, [7, 0]));
    assert_eq!(reader.read(&mut read).unwrap(), 0);
}

#[test]
fn fewer_or_more_bytes_than_asked_for_are_errors_of_their_own_and_nothing_of_them_is_read() {
    for (returned, kind) in
        [(0, ErrorKind::UnexpectedEof), (9, ErrorKind::UnexpectedEof), (11, ErrorKind::InvalidData)]
    {
        let mut answers = vec![bytes(10), vec![1; returned]];
        let mut reader = RangeReader::new(10, |_| Ok(answers.pop().unwrap()));
        assert_eq!(reader.read(&mut [0; 10]).unwrap_err().kind(), kind, "{returned}");
        let mut read = Vec::new();
        assert_eq!(reader.read_to_end(&mut read).unwrap(), 10);
        assert_eq!(read, bytes(10));
    }
}

#[test]
fn after_an_error_the_piece_before_it_is_still_in_memory_and_the_failed_one_is_asked_for_again() {
    let file = bytes(3 * MIB);
    for places in [[4, MIB], [MIB, 4]] {
        let (mut is_down, mut asked) = (true, Vec::new());
        let mut reader = RangeReader::new(3 * MIB, |range: Range<u64>| {
            asked.push(range.start);
            let at = |place| usize::try_from(place).unwrap();
            let fails = range.start == MIB && std::mem::take(&mut is_down);
            if fails { Err(ErrorKind::TimedOut.into()) } else { Ok(&file[at(range.start)..at(range.end)]) }
        });
        let mut read = [0; 3];
        reader.read_exact(&mut read).unwrap();
        reader.seek(SeekFrom::Start(MIB)).unwrap();
        assert_eq!(reader.read(&mut read).unwrap_err().kind(), ErrorKind::TimedOut);
        for place in places {
            reader.seek(SeekFrom::Start(place)).unwrap();
            reader.read_exact(&mut read).unwrap();
            assert_eq!(read[..], file[usize::try_from(place).unwrap()..][..3], "{place}");
        }
        assert_eq!(asked, if places[0] == 4 { vec![0, MIB, MIB] } else { vec![0, MIB, MIB, 0] });
    }
}

#[test]
fn an_error_of_the_store_is_not_damage_of_the_file() {
    let error = check_archive(RangeReader::new(1000, |_| -> io::Result<&[u8]> {
        Err(ErrorKind::ConnectionReset.into())
    }));
    let Err(crate::ArchiveError::Read(error)) = error else { panic!("{error:?}") };
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

/// A base of `assets` files with `len` bytes each, which are not packed.
fn base(assets: usize, len: usize) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::STORE);
    zip.start_file("content.json", options).unwrap();
    zip.write_all(br#"{"tables":[]}"#).unwrap();
    for asset in 0..assets {
        zip.start_file(format!("asset/files/{asset}"), options).unwrap();
        zip.write_all(&vec![1; len]).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// How many ranges a check reads.
fn ranges(file: &[u8], check: impl FnOnce(&mut dyn ReadSeek)) -> u64 {
    let asked = RefCell::default();
    check(&mut RangeReader::new(file.len() as u64, noting(file, &asked)));
    let asked = asked.borrow();
    asked.len() as u64
}

trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

#[test]
fn a_check_reads_each_mib_once_and_the_end_and_the_content_again() {
    let file = base(500, 20_000);
    let mib = (file.len() as u64).div_ceil(MIB);
    assert_eq!(mib, 10);
    let checked = ranges(&file, |reader| check_archive(reader).unwrap());
    assert!(checked <= mib + 3, "{checked}");
    let checked = ranges(&file, |reader| {
        let mut archive = Archive::open(reader).unwrap();
        archive.base(|_| ()).and_then(|_| archive.check_entries()).unwrap();
    });
    assert!(checked <= 2 * mib + 4, "{checked}");
}

#[test]
fn a_check_skips_what_lies_within_long_entries() {
    let file = base(3, 5 << 20);
    let checked = ranges(&file, |reader| check_archive(reader).unwrap());
    assert!(checked <= 6, "{checked}");
}
