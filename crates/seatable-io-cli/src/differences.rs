//! The number of differences between two bases, in lines of `--json` and in sentences.

use seatable_io_ureq::dtable::{Comparison, Part};
use serde_json::{Value, json};

use crate::ui::count;

/// Returns how many parts differ in which way, for a line.
pub(crate) fn counts(comparison: &Comparison) -> Value {
    let counts = comparison.counts();
    counts.map(|(part, change, count)| json!({ "part": part, "change": change, "count": count })).collect()
}

/// Returns a number of parts in words: `1 row`, `2 rows`.
pub(crate) fn counted(part: Part, number: u64) -> String {
    count(number, &part.to_string())
}
