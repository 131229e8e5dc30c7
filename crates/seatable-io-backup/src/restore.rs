use std::collections::BTreeMap;

use seatable_io_proto::{BaseUuid, FileName, Format, InputError};
use unicode_normalization::UnicodeNormalization as _;

use crate::{Catalogue, SavedCopy, Timestamp};

/// Which copies to restore, and under which names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestoreOptions {
    /// The names of the bases; all bases if this is `None`.
    pub bases: Option<Vec<String>>,
    /// Only copies from this workspace.
    pub from: Option<u64>,
    /// Only copies that began no later than this.
    pub until: Option<Timestamp>,
    /// What is appended to the names.
    pub suffix: String,
}

/// A copy to import.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restoration {
    /// The newest copy of the base: the one recorded last.
    pub copy: SavedCopy,
    /// The name to import it under, or why it cannot be imported under its name. Only if all bases are restored can this be
    /// an error, so that one of them does not stop the others.
    pub name: Result<FileName, InputError>,
}

/// Why nothing is restored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// There are no copies of these bases; of none at all, if no base was named.
    #[error("there is no copy of {}", list(.0))]
    NoCopy(Vec<String>),
    /// Several workspaces have a base of this name.
    #[error("{base} was copied from the workspaces {}: choose one of them", list(.workspaces))]
    Ambiguous {
        /// The name.
        base: String,
        /// The ids of the workspaces.
        workspaces: Vec<u64>,
    },
    /// A base cannot be imported under this name.
    #[error("{name}: {error}")]
    Name {
        /// The name with its suffix.
        name: String,
        /// What is wrong with it.
        #[source]
        error: InputError,
    },
}

fn list(names: &[impl ToString]) -> String {
    if names.is_empty() {
        return "any base".to_owned();
    }
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The newest copies by their names in NFC (fact 19), and then by workspace.
type ByName<'a> = BTreeMap<String, BTreeMap<u64, (usize, &'a SavedCopy)>>;

/// What to import: the newest copy of each base, in the order of the names given, or sorted by name.
///
/// Bases that had the same name in the same workspace, one after the other, count as one. Copies are not checked here.
pub fn restore(catalogue: &Catalogue, options: &RestoreOptions) -> Result<Vec<Restoration>, RestoreError> {
    let is_wanted = |copy: &SavedCopy| {
        options.from.is_none_or(|id| copy.workspace_id == id)
            && options.until.is_none_or(|until| copy.started <= until)
    };
    let copies = catalogue.copies().filter(|copy| is_wanted(copy));
    let newest: Vec<_> = if let Some(bases) = &options.bases {
        named(&copies, bases)?
    } else {
        let all = by_name(copies);
        if all.is_empty() {
            return Err(RestoreError::NoCopy(Vec::new()));
        }
        all.into_iter().map(|(name, found)| only(&name, &found)).collect::<Result<_, _>>()?
    };
    newest.into_iter().map(|copy| restoration(copy, options)).collect()
}

/// The newest copy under each of these names, even if the base was renamed later.
fn named<'a>(
    copies: &(impl Iterator<Item = &'a SavedCopy> + Clone),
    bases: &[String],
) -> Result<Vec<&'a SavedCopy>, RestoreError> {
    let mut names: Vec<String> = Vec::new();
    for base in bases {
        let name = base.nfc().collect();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let found = names.iter().map(|name| {
        let same = copies.clone().filter(|copy| copy.base.name.nfc().eq(name.chars()));
        (name, by_name(same).remove(name))
    });
    let (found, missing): (Vec<_>, Vec<_>) = found.partition(|(_, found)| found.is_some());
    if !missing.is_empty() {
        return Err(RestoreError::NoCopy(missing.into_iter().map(|(name, _)| name.clone()).collect()));
    }
    found.into_iter().filter_map(|(name, found)| Some(only(name, &found?))).collect()
}

fn by_name<'a>(copies: impl Iterator<Item = &'a SavedCopy>) -> ByName<'a> {
    let mut newest: BTreeMap<&BaseUuid, (usize, &SavedCopy)> = BTreeMap::new();
    for (place, copy) in copies.enumerate() {
        newest.insert(&copy.base.uuid, (place, copy));
    }
    let mut names = ByName::new();
    for (place, copy) in newest.into_values() {
        let workspaces = names.entry(copy.base.name.nfc().collect()).or_default();
        let known = workspaces.entry(copy.workspace_id).or_insert((place, copy));
        if known.0 < place {
            *known = (place, copy);
        }
    }
    names
}

fn only<'a>(
    name: &str,
    found: &BTreeMap<u64, (usize, &'a SavedCopy)>,
) -> Result<&'a SavedCopy, RestoreError> {
    let mut copies = found.values();
    match (copies.next(), copies.next()) {
        (Some((_, copy)), None) => Ok(copy),
        _ => Err(RestoreError::Ambiguous {
            base: name.to_owned(),
            workspaces: found.keys().copied().collect(),
        }),
    }
}

fn restoration(copy: &SavedCopy, options: &RestoreOptions) -> Result<Restoration, RestoreError> {
    let name = format!("{}{}", copy.base.name, options.suffix);
    match FileName::new(&name, Format::Dtable) {
        Err(error) if options.bases.is_some() => Err(RestoreError::Name { name, error }),
        name => Ok(Restoration { copy: copy.clone(), name }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, catalogue, copy, copy_in};

    fn restored(copies: &[SavedCopy], options: &RestoreOptions) -> Result<Vec<(String, i64)>, RestoreError> {
        let restored = restore(&catalogue(copies), options)?;
        let name = |it: &Restoration| {
            it.name.as_ref().map_or_else(ToString::to_string, |name| name.base().to_owned())
        };
        Ok(restored.iter().map(|it| (name(it), it.copy.started.as_unix())).collect())
    }

    fn named(bases: &[&str]) -> RestoreOptions {
        let bases = bases.iter().map(ToString::to_string).collect();
        RestoreOptions { bases: Some(bases), ..RestoreOptions::default() }
    }

    fn pairs(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
        expected.iter().map(|(name, started)| ((*name).to_owned(), *started)).collect()
    }

    #[test]
    fn the_newest_copy_of_each_base_is_restored() {
        let copies = [copy("u", "b", 1), copy("v", "a", 2), copy("u", "b", 3), copy("v", "a", 4)];
        assert_eq!(restored(&copies, &RestoreOptions::default()), Ok(pairs(&[("a", 4), ("b", 3)])));
        assert_eq!(restored(&copies, &named(&["b", "b"])), Ok(pairs(&[("b", 3)])));
        assert_eq!(restored(&copies, &named(&["b", "a"])), Ok(pairs(&[("b", 3), ("a", 4)])));
        let options =
            RestoreOptions { until: Some(at(2)), suffix: " (old)".to_owned(), ..RestoreOptions::default() };
        assert_eq!(restored(&copies, &options), Ok(pairs(&[("a (old)", 2), ("b (old)", 1)])));
    }

    #[test]
    fn a_name_in_several_workspaces_is_ambiguous_until_one_is_chosen() {
        let copies = [copy_in(7, "u", "a", 1), copy_in(8, "v", "a", 2), copy_in(8, "w", "b", 3)];
        for options in [RestoreOptions::default(), named(&["a"])] {
            let error = restored(&copies, &options).unwrap_err();
            assert_eq!(error.to_string(), "a was copied from the workspaces 7, 8: choose one of them");
            let chosen = RestoreOptions { from: Some(7), ..options };
            assert_eq!(restored(&copies, &chosen), Ok(pairs(&[("a", 1)])));
        }
        assert_eq!(restored(&copies, &named(&["b"])), Ok(pairs(&[("b", 3)])));
    }

    #[test]
    fn a_base_that_moved_to_another_workspace_is_one_base() {
        let copies = [copy_in(7, "u", "a", 1), copy_in(8, "u", "a", 2)];
        for options in [RestoreOptions::default(), named(&["a"])] {
            assert_eq!(restored(&copies, &options), Ok(pairs(&[("a", 2)])));
        }
    }

    #[test]
    fn a_base_that_was_made_anew_counts_as_the_one_before() {
        let copies = [copy("v", "a", 1), copy("u", "a", 2)];
        for options in [RestoreOptions::default(), named(&["a"])] {
            assert_eq!(restored(&copies, &options), Ok(pairs(&[("a", 2)])));
        }
    }

    #[test]
    fn the_newest_copy_is_the_one_recorded_last_whatever_the_clock_said() {
        for [first, last] in [["u", "u"], ["u", "v"], ["v", "u"]] {
            let copies = [copy(first, "a", 9), copy(last, "a", 2)];
            assert_eq!(restored(&copies, &RestoreOptions::default()), Ok(pairs(&[("a", 2)])));
        }
    }

    #[test]
    fn a_base_that_moved_is_restored_from_the_workspace_that_it_left_too() {
        let copies = [copy_in(7, "u", "a", 1), copy_in(8, "u", "a", 2)];
        for options in [RestoreOptions::default(), named(&["a"])] {
            let from = |id| restored(&copies, &RestoreOptions { from: Some(id), ..options.clone() });
            assert_eq!((from(7), from(8)), (Ok(pairs(&[("a", 1)])), Ok(pairs(&[("a", 2)]))));
        }
    }

    #[test]
    fn a_base_is_found_under_an_earlier_name_but_restored_once() {
        let copies = [copy("u", "before", 1), copy("u", "after", 2)];
        assert_eq!(restored(&copies, &named(&["before"])), Ok(pairs(&[("before", 1)])));
        assert_eq!(restored(&copies, &RestoreOptions::default()), Ok(pairs(&[("after", 2)])));
    }

    #[test]
    fn fact_19_names_are_compared_in_nfc() {
        let names = ["Gro\u{308}ße", "Gr\u{f6}ße"];
        for (saved, named_as) in [(names[0], names[1]), (names[1], names[0])] {
            for names in [&[named_as][..], &[saved, named_as]] {
                assert_eq!(restored(&[copy("u", saved, 1)], &named(names)), Ok(pairs(&[(saved, 1)])));
            }
        }
    }

    #[test]
    fn all_that_is_missing_is_named_at_once() {
        let copies = [copy("u", "a", 5)];
        let error = |options: &RestoreOptions| restored(&copies, options).unwrap_err().to_string();
        assert_eq!(error(&named(&["b", "a", "c"])), "there is no copy of b, c");
        let earlier = RestoreOptions { until: Some(at(4)), ..RestoreOptions::default() };
        assert_eq!(error(&earlier), "there is no copy of any base");
    }

    #[test]
    fn a_name_that_cannot_be_sent_is_found_before_anything_is_sent() {
        let copies = [copy("u", "a", 1), copy("v", "x/y", 2)];
        let error = restored(&copies, &named(&["a", "x/y"])).unwrap_err();
        assert!(matches!(error, RestoreError::Name { name, .. } if name == "x/y"));
        let long = RestoreOptions { suffix: "b".repeat(250), ..named(&["a"]) };
        assert!(matches!(restored(&copies, &long), Err(RestoreError::Name { .. })));
    }

    #[test]
    fn a_name_that_cannot_be_sent_does_not_stop_the_other_bases() {
        let copies = [copy("u", "a", 1), copy("v", "x/y", 2)];
        let all = restore(&catalogue(&copies), &RestoreOptions::default()).unwrap();
        assert_eq!(all.iter().map(|it| it.name.is_ok()).collect::<Vec<_>>(), [true, false]);
    }
}
