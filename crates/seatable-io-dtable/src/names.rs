//! Names that differ in more than case.

use std::collections::{BTreeMap, BTreeSet};

/// Returns each name, or another one where it is empty or a name before it differs only in case.
///
/// `names` are pairs of a name and an ID, which is appended to a name that is not unique. `reserved` names are taken.
pub(crate) fn unique<'a>(
    names: impl IntoIterator<Item = (&'a str, &'a str)>,
    reserved: &[&str],
) -> Vec<String> {
    let mut taken: BTreeSet<_> = reserved.iter().map(|name| folded(name)).collect();
    // The number that comes next, so that many equal names need little time.
    let mut numbers = BTreeMap::new();
    let unique = |(name, id): (&str, &str)| {
        let with_id = if name.is_empty() { id.to_owned() } else { format!("{name} ({id})") };
        if let Some(free) =
            [name, &with_id].into_iter().find(|name| !name.is_empty() && taken.insert(folded(name)))
        {
            return free.to_owned();
        }
        let next = numbers.entry(folded(&with_id)).or_insert(2_u64);
        loop {
            let numbered = format!("{with_id} {next}").trim_start().to_owned();
            *next = next.saturating_add(1);
            if taken.insert(folded(&numbered)) {
                return numbered;
            }
        }
    };
    names.into_iter().map(unique).collect()
}

/// Returns the same text for names that differ only in case: `ß`, `SS` and `ſs` are one.
fn folded(name: &str) -> String {
    name.to_uppercase().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_its_id_or_a_number() {
        let names = [
            ("Plan", "a"),
            ("plan", "b"),
            ("", "c"),
            ("_id", "d"),
            ("PLAN", "b"),
            ("", ""),
            ("plan (b)", "x"),
            ("plan", "B"),
            ("Straße", "e"),
            ("STRASSE", "f"),
        ];
        let expected = [
            "Plan",
            "plan (b)",
            "c",
            "_id (d)",
            "PLAN (b) 2",
            "2",
            "plan (b) (x)",
            "plan (B) 3",
            "Straße",
            "STRASSE (f)",
        ];
        assert_eq!(unique(names, &["_ID"]), expected);
    }
}
