//! The machine cannot lose, double or lie: random stories, and every short one.
//! `SEATABLE_IO_CASES` is how many random stories (2,000).

use proptest::prelude::*;
use seatable_io_tests::{Story, live};

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
