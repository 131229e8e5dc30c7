//! Names that are told apart.

use std::collections::BTreeSet;

/// Returns each name, or another one where it is empty or a name before it differs only in case.
///
/// `names` are pairs of a name and an ID, which is appended to a name that is not unique. `reserved` names are taken.
pub(crate) fn unique<'a>(
    names: impl IntoIterator<Item = (&'a str, &'a str)>,
    reserved: &[&str],
) -> Vec<String> {
    let mut taken: BTreeSet<_> = reserved.iter().map(|name| name.to_lowercase()).collect();
    let unique = |(name, id): (&str, &str)| {
        let with_id = if name.is_empty() { id.to_owned() } else { format!("{name} ({id})") };
        let plain = Some(name.to_owned()).filter(|name| !name.is_empty());
        let numbered = (2_u64..).map(|number| format!("{with_id} {number}"));
        let mut candidates = plain.into_iter().chain([with_id.clone()]).chain(numbered);
        candidates.find(|name| !name.is_empty() && taken.insert(name.to_lowercase())).unwrap_or_default()
    };
    names.into_iter().map(unique).collect()
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
        ];
        let expected = ["Plan", "plan (b)", "c", "_id (d)", "PLAN (b) 2", " 2", "plan (b) (x)"];
        assert_eq!(unique(names, &["_ID"]), expected);
    }
}
