//! The last copies of bases.

use crate::catalogue::CopyRef;
use crate::{Catalogue, CopyPath, EventKind, SavedBase, SavedCopy};

/// A base that should have copies, and its last one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastCopyOf {
    /// The base, as it was last recorded.
    pub base: SavedBase,
    /// The name of its workspace.
    pub workspace: String,
    /// The copy that was recorded last, of those whose file exists with its size. After a clock was set back, that is not the one
    /// with the latest time.
    pub copy: Option<SavedCopy>,
}

impl Catalogue {
    /// Returns the last copy of each base. Bases that are gone or excluded are left out; those that failed before they had a copy
    /// are not.
    ///
    /// `size_of` returns the size of a file in the backup folder, or `None` if there is no such file.
    pub fn last_copies(
        &self,
        size_of: impl Fn(&CopyPath) -> Option<u64>,
    ) -> impl Iterator<Item = LastCopyOf> {
        let copied = self.records().bases().filter_map(move |mut copies| {
            let last = copies.clone().find(|copy| copy.is_there(&size_of)).and_then(CopyRef::to_copy);
            let SavedCopy { base, workspace, .. } = copies.next().and_then(CopyRef::to_copy)?;
            let event = self.event_of(&base.uuid).map(|event| &event.kind);
            let is_needed = !matches!(event, Some(EventKind::Gone | EventKind::Excluded));
            is_needed.then_some(LastCopyOf { base, workspace, copy: last })
        });
        let failed = self.events_without_copies();
        let failed = failed.filter(|event| matches!(event.kind, EventKind::Failed(_)));
        copied.chain(failed.map(|event| LastCopyOf {
            base: event.base.clone(),
            workspace: event.workspace.clone(),
            copy: None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{at, catalogue, copy, listing, personal, there};
    use crate::{Cause, Options, plan};

    /// The uuid of each base, its name, and the start of its last copy.
    type Last = (String, String, Option<i64>);

    fn last(catalogue: &Catalogue, size_of: impl Fn(&CopyPath) -> Option<u64>) -> Vec<Last> {
        let last = |last: LastCopyOf| {
            assert_eq!(last.workspace, "personal");
            let started = last.copy.map(|copy| copy.started.as_unix());
            (last.base.uuid.to_string(), last.base.name, started)
        };
        catalogue.last_copies(size_of).map(last).collect()
    }

    fn is(uuid: &str, name: &str, started: Option<i64>) -> Last {
        (uuid.to_owned(), name.to_owned(), started)
    }

    fn note(catalogue: &mut Catalogue, uuid: &str, name: &str, kind: EventKind) {
        let listing = listing(&json!([personal(204, &[(uuid, name)])]));
        let plans = plan(&listing, &Catalogue::default(), there, &Options::default(), at(7)).unwrap();
        catalogue.note(&plans[0].event(kind, at(7)));
    }

    #[test]
    fn each_base_has_its_last_copy_whatever_the_clock_said() {
        let copies =
            [copy("u", "a", 900), copy("v", "b", 500), copy("u", "new name", 700), copy("v", "b", 600)];
        let expected = [is("u", "new name", Some(700)), is("v", "b", Some(600))];
        let mut found = last(&catalogue(&copies), there);
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_copy_that_was_removed_or_whose_file_is_missing_or_cut_is_not_the_last_one() {
        let copies = [copy("u", "a", 100), copy("u", "a", 200), copy("u", "a", 300), copy("u", "a", 400)];
        let mut catalogue = catalogue(&copies);
        catalogue.remove(&copies[3].file);
        let of = |file: &CopyPath, cut: Option<u64>| if *file == copies[2].file { cut } else { there(file) };
        assert_eq!(last(&catalogue, there), [is("u", "a", Some(300))]);
        assert_eq!(last(&catalogue, |file| of(file, Some(99))), [is("u", "a", Some(200))]);
        assert_eq!(last(&catalogue, |file| of(file, None)), [is("u", "a", Some(200))]);
        assert_eq!(last(&catalogue, |_| None), [is("u", "a", None)], "it should have one");
    }

    #[test]
    fn bases_that_are_gone_or_excluded_need_no_copy_and_one_that_only_failed_does() {
        let copies = [copy("u", "a", 1), copy("v", "b", 2), copy("w", "c", 3), copy("x", "d", 4)];
        let mut catalogue = catalogue(&copies);
        let failed = || EventKind::Failed(Cause::new("auth", None, "no"));
        note(&mut catalogue, "v", "b", EventKind::Gone);
        note(&mut catalogue, "w", "c", EventKind::Excluded);
        note(&mut catalogue, "x", "d", failed());
        note(&mut catalogue, "y", "never", failed());
        note(&mut catalogue, "z", "never needed", EventKind::Excluded);
        let expected = [is("u", "a", Some(1)), is("x", "d", Some(4)), is("y", "never", None)];
        assert_eq!(last(&catalogue, there), expected);
    }
}
