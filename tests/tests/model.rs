//! The machine cannot lose, double or lie: random stories. `SEATABLE_IO_CASES` is how many (2,000).

use proptest::prelude::*;
use seatable_io_task::{Call, Trouble};
use seatable_io_tests::{Lie, Story, live, live_with};

fn cases() -> u32 {
    std::env::var("SEATABLE_IO_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_story_breaks_a_promise(bytes in proptest::collection::vec(any::<u8>(), 7..170)) {
        let story = Story::from_bytes(&bytes);
        let (result, transcript) = live(&story);
        prop_assert!(result.is_ok(), "{}\nreplay: {bytes:?}\n{transcript}", result.unwrap_err().0);
        prop_assert_eq!(live(&story).1, transcript, "the same story went another way");
    }
}

/// Each row is a mutation of the table; stories must find it.
#[test]
fn a_mutated_table_is_found() {
    let lies = [
        (Call::StartImport, Trouble::Error500, None, "sent again"),
        (Call::StartImport, Trouble::Broken, None, "sent again"),
        (Call::StartImport, Trouble::Error504, None, "sent again"),
        (Call::StartImport, Trouble::Error5xx, None, "sent again"),
        (Call::StartImport, Trouble::NotUnderstood, None, "sent again"),
        (Call::Status, Trouble::Broken, None, "failed, but it worked"),
        (Call::Status, Trouble::Error5xx, None, "failed, but it worked"),
        (Call::Status, Trouble::Error504, None, "failed, but it worked"),
        (Call::Status, Trouble::NotUnderstood, None, "failed, but it worked"),
        (Call::Status, Trouble::UnknownTask, Some(r#"{"is_finished":true}"#), "a success that is none"),
        (Call::Cancel, Trouble::UnknownTask, Some(r#"{"success":true}"#), "cancelled, but it was imported"),
    ];
    for (call, trouble, told, found) in lies {
        let lie = Lie { call, trouble, told };
        let mut violations =
            (0..100_000).filter_map(|seed| live_with(&Story::from_seed(seed), Some(lie)).0.err());
        assert!(violations.any(|violation| violation.0.contains(found)), "{lie:?} was not found");
    }
}
