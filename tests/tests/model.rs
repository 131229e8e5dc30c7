//! The machine cannot lose, double or lie: random stories. `SEATABLE_IO_CASES` is how many (2,000).

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

/// Each row is a mutation of the table; stories must find it.
#[test]
fn a_mutated_table_is_found() {
    let finished = Some(r#"{"is_finished":true}"#);
    let success = Some(r#"{"success":true}"#);
    let empty_zip = Some("PK\u{5}\u{6}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
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
        (On::TableUpload, Met::Rejected, success, "a success that is none"),
        (On::Poll, Met::Broken, None, "an error that the wire does not show"),
        (On::Poll, Met::Transient, None, "an error that the wire does not show"),
        (On::Poll, Met::Error504, None, "an error that the wire does not show"),
        (On::Poll, Met::NotUnderstood, None, "an error that the wire does not show"),
        (On::Poll, Met::UnknownTask, finished, "a success that is none"),
        (On::Poll, Met::Rejected, finished, "a success that is none"),
        (On::Cancel, Met::UnknownTask, success, "an error that the wire does not show"),
        (On::StartExport, Met::Broken, None, "something still runs"),
        (On::Download, Met::NotUnderstood, empty_zip, "a success that is none"),
        (On::SynchronousExport, Met::Broken, empty_zip, "a success that is none"),
    ];
    for (on, met, told, found) in lies {
        let lie = Lie { on, met, told };
        let mut violations = (0..100_000).filter_map(|seed| live_with(&Story::from_seed(seed), lie).err());
        assert!(violations.any(|violation| violation.0.contains(found)), "{lie:?} was not found");
    }
}
