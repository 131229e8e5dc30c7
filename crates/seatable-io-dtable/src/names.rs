//! Names that differ in more than case.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization as _;

/// Returns each name, or another one where it is empty, or where some file system or database considers a name before it the
/// same. NUL, which ends a name in some, becomes U+FFFD.
///
/// `names` are pairs of a name and an ID, which is appended to a name that is not unique. `reserved` names are taken.
pub(crate) fn unique(names: impl IntoIterator<Item = (String, String)>, reserved: &[&str]) -> Vec<String> {
    let mut taken: BTreeSet<_> = reserved.iter().map(|name| folded(name)).collect();
    // The number that comes next, so that many equal names need little time.
    let mut numbers = BTreeMap::new();
    let unique = |(name, id): (String, String)| {
        let [name, id] = [name, id].map(|text| text.replace('\0', "\u{fffd}"));
        let with_id = if name.is_empty() { id } else { format!("{name} ({id})") };
        if let Some(free) =
            [&name, &with_id].into_iter().find(|name| !name.is_empty() && taken.insert(folded(name)))
        {
            return free.clone();
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

/// Returns the same text for all names that some file system considers the same: regardless of case, and of how accents are
/// written.
fn folded(name: &str) -> String {
    let upper: String = name.nfd().flat_map(char::to_uppercase).collect();
    upper.chars().flat_map(char::to_lowercase).nfd().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[(&str, &str)], reserved: &[&str]) -> Vec<String> {
        unique(names.iter().map(|(name, id)| ((*name).to_owned(), (*id).to_owned())), reserved)
    }

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
        assert_eq!(named(&names, &["_ID"]), expected);
    }

    #[test]
    fn names_that_a_file_system_or_a_database_considers_the_same_are_told_apart() {
        let names = [
            ("\u{e4}", "1"),
            ("A\u{308}", "2"),
            ("straße", "3"),
            ("STRASSE", "4"),
            ("a\0b", "5"),
            ("a", "6"),
        ];
        let expected = ["\u{e4}", "A\u{308} (2)", "straße", "STRASSE (4)", "a\u{fffd}b", "a"];
        assert_eq!(named(&names, &[]), expected);
    }
}
