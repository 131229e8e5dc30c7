//! In random stories, the machine loses nothing, imports nothing twice and reports nothing false. `SEATABLE_IO_CASES` is the
//! number of stories (default 2,000).

use proptest::prelude::*;
use seatable_io_tests::{Lie, Met, On, Story, live, live_with, transcript};

fn cases() -> u32 {
    std::env::var("SEATABLE_IO_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_story_breaks_a_promise(bytes in proptest::collection::vec(any::<u8>(), 8..200)) {
        let story = Story::from_bytes(&bytes);
        let end = live(&story);
        prop_assert!(end.is_ok(), "{:?}\nreplay: {bytes:?}\n{}", end.unwrap_err().0, transcript(&story));
        prop_assert!(live(&story) == end, "the same story went another way\nreplay: {bytes:?}");
    }
}

/// A zip with one empty entry.
const ZIP: &str = "PK\u{3}\u{4}\u{14}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\u{1}\0\0\0aPK\u{1}\u{2}\u{14}\0\u{14}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\u{1}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0aPK\u{5}\u{6}\0\0\0\0\u{1}\0\u{1}\0\u{2f}\0\0\0\u{1f}\0\0\0\0\0";

/// Each row is a mutation of the table; stories must find it.
#[test]
fn a_mutated_table_is_found() {
    let finished = Some((200, r#"{"is_finished":true}"#));
    let success = Some((200, r#"{"success":true}"#));
    let failed = Some((413, r#"{"error_msg":"The base size exceeds the limit of 200MB."}"#));
    let unknown_in_2020 = Some((400, r#"{"error_msg":"task_id invalid."}"#));
    let unknown_now = Some((404, r#"{"error_msg":"task_id not found."}"#));
    let zip = Some((200, ZIP));
    let lies = [
        (On::Upload, Met::Error500, None, "sent again"),
        (On::Upload, Met::Broken, None, "sent again"),
        (On::Upload, Met::Error504, None, "sent again"),
        (On::Upload, Met::Transient, None, "sent again"),
        (On::Upload, Met::NotUnderstood, None, "sent again"),
        (On::TableUpload, Met::Error500, None, "sent again"),
        (On::TableUpload, Met::Broken, None, "sent again"),
        (On::TableUpload, Met::Error504, None, "sent again"),
        (On::TableUpload, Met::Transient, None, "sent again"),
        (On::TableUpload, Met::NotUnderstood, None, "sent again"),
        (On::TableUpload, Met::Rejected, success, "a false success"),
        (On::Poll, Met::Broken, failed, "an error that the wire does not show"),
        (On::Poll, Met::UnknownTask, failed, "an error that the wire does not show"),
        (On::Poll, Met::UnknownTask, unknown_in_2020, "an error that the wire does not show"),
        (On::Poll, Met::UnknownTask, unknown_now, "an error that the wire does not show"),
        (On::Poll, Met::UnknownTask, finished, "a false success"),
        (On::Poll, Met::Rejected, finished, "a false success"),
        (On::Cancel, Met::UnknownTask, success, "an error that the wire does not show"),
        (On::Cancel, Met::Broken, success, "an error that the wire does not show"),
        (On::StartExport, Met::Broken, None, "something still runs"),
        (On::Download, Met::NotUnderstood, zip, "a false success"),
        (On::SynchronousExport, Met::Broken, zip, "a false success"),
    ];
    for (on, met, reported, found) in lies {
        let lie = Lie { on, met, reported };
        let mut violations = (0..100_000).filter_map(|seed| live_with(&Story::from_seed(seed), lie).err());
        assert!(violations.any(|violation| violation.0.contains(found)), "{lie:?} was not found");
    }
}
