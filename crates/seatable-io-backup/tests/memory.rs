//! The memory that a catalogue needs.

use allocation_counter::measure;
use seatable_io_backup::{Catalogue, CatalogueReader};

/// Just below a power of two: a vector that grows doubles its capacity, but the system provides memory only when it is used.
const COPIES: usize = 8000;

/// The line of a copy of a base from a night.
fn line(base: usize, night: usize) -> String {
    let (day, hour, minute) = (night % 28 + 1, base / 60 % 24, base % 60);
    let (month, year) = (night / 28 % 12 + 1, 2000 + night / 336);
    let (date, second) = (format!("{year:04}-{month:02}-{day:02}"), base / 1440);
    let workspace = base % 17;
    format!(
        concat!(
            r#"{{"file":"{0} team {0}/Projects and plans {1}/{2}T{3:02}{4:02}{5:02}Z.dtable","server":"https://cloud.seatable.io/","#,
            r#""workspace_id":{0},"workspace":"team {0}","base":{{"uuid":"d09b6bcc-b6e5-4b8c-b9e2-{1:012}","#,
            r#""name":"Projects and plans {1}","updated_at":"{2}T00:00:00+08:00"}},"started":"{2}T{3:02}:{4:02}:{5:02}Z","#,
            r#""bytes":12345,"sha256":"{1:064}","assets_missing":0}}"#,
            "\n"
        ),
        workspace, base, date, hour, minute, second
    )
}

/// The bytes that a catalogue needs for each of these copies.
fn bytes_for_each(copies: impl Fn(usize) -> String) -> usize {
    let text: String = (0..COPIES).map(copies).collect();
    let mut read = None;
    let bytes = measure(|| read = Some(Catalogue::read(text.as_bytes()))).bytes_current;
    assert_eq!(read.unwrap().copies().count(), COPIES);
    usize::try_from(bytes).unwrap() / COPIES
}

#[test]
fn a_million_copies_of_any_bases_need_less_than_256_mib() {
    let nights_of_some = bytes_for_each(|index| line(index % 100, index / 100));
    let nights_of_one = bytes_for_each(|index| line(7, index));
    let one_night = bytes_for_each(|index| line(index, 7));
    let bytes = [nights_of_some, nights_of_one, one_night];
    assert!(bytes[0] < 150 && bytes[1] < 150 && bytes[2] < 330, "{bytes:?}");
}

#[test]
fn a_hundred_thousand_bases_that_fail_need_less_than_100_mib() {
    let line = |base: usize| {
        format!(
            concat!(
                r#"{{"base":{{"uuid":"d09b6bcc-b6e5-4b8c-b9e2-{0:012}","name":"Projects and plans {0}","updated_at":null}},"#,
                r#""workspace_id":1,"workspace":"team 1","folder":"1 team 1/Projects and plans {0}","event":"failed","#,
                r#""kind":"unavailable","http_status":429,"message":"the server answered 429 Too Many Requests.","#,
                r#""since":"2026-11-23T02:00:00Z"}}"#,
                "\n"
            ),
            base
        )
    };
    let text: String = (0..COPIES).map(line).collect();
    let mut read = None;
    let bytes = measure(|| read = Some(Catalogue::read(text.as_bytes()))).bytes_current;
    assert_eq!(read.unwrap().events().count(), COPIES);
    assert!(usize::try_from(bytes).unwrap() / COPIES < 1000, "{bytes}");
}

#[test]
fn a_line_that_is_too_long_needs_little_memory() {
    let peak = measure(|| {
        let mut reader = CatalogueReader::default();
        for _ in 0..1000 {
            reader.chunk(&[b'a'; 10_000]);
        }
        assert_eq!(reader.finish().broken().len(), 1);
    });
    assert!(peak.bytes_max < 256 * 1024, "{}", peak.bytes_max);
}

#[test]
fn many_broken_lines_need_little_memory() {
    let text = "{}\n".repeat(1_000_000);
    let mut read = None;
    let peak = measure(|| read = Some(Catalogue::read(text.as_bytes())));
    assert!(peak.bytes_max < 256 * 1024, "{}", peak.bytes_max);
}
