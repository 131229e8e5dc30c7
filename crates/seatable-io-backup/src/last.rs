use seatable_io_proto::BaseUuid;

use crate::catalogue::CopyRef;
use crate::{Catalogue, CopyPath, SavedCopy};

impl Catalogue {
    /// Returns the copy of this base that was recorded last. `size_of` returns the size of a file in the backup folder, or `None`
    /// if there is no such file; only copies whose file exists with its size count.
    ///
    /// After a clock was set back, that is not the one with the latest time.
    pub fn last_copy(
        &self,
        base: &BaseUuid,
        size_of: impl Fn(&CopyPath) -> Option<u64>,
    ) -> Option<SavedCopy> {
        let mut copies = self.records().saved_of(base.as_str());
        copies.find(|copy| copy.is_there(&size_of)).and_then(CopyRef::to_copy)
    }

    /// Returns the [last copy](Self::last_copy) of each base that has one.
    pub fn last_copies(&self, size_of: impl Fn(&CopyPath) -> Option<u64>) -> impl Iterator<Item = SavedCopy> {
        let last =
            self.records().bases().filter_map(move |mut copies| copies.find(|copy| copy.is_there(&size_of)));
        last.filter_map(CopyRef::to_copy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{catalogue, copy, there};

    /// Uuid and start of the last copies.
    fn last(catalogue: &Catalogue, size_of: impl Fn(&CopyPath) -> Option<u64>) -> Vec<(String, i64)> {
        let copies: Vec<_> = catalogue.last_copies(&size_of).collect();
        for copy in &copies {
            assert_eq!(catalogue.last_copy(&copy.base.uuid, &size_of).as_ref(), Some(copy));
        }
        copies.iter().map(|copy| (copy.base.uuid.to_string(), copy.started.as_unix())).collect()
    }

    #[test]
    fn each_base_has_its_last_copy_whatever_the_clock_said() {
        let copies =
            [copy("u", "a", 900), copy("v", "a b", 500), copy("u", "new name", 700), copy("v", "a b", 600)];
        assert_eq!(last(&catalogue(&copies), there), [("u".to_owned(), 700), ("v".to_owned(), 600)]);
        assert_eq!(catalogue(&copies).last_copy(&BaseUuid::new("w").unwrap(), there), None);
    }

    #[test]
    fn a_copy_that_was_removed_or_whose_file_is_gone_or_cut_is_not_the_last_one() {
        let copies = [copy("u", "a", 100), copy("u", "a", 200), copy("u", "a", 300), copy("u", "a", 400)];
        let mut catalogue = catalogue(&copies);
        catalogue.remove(&copies[3].file);
        let of = |file: &CopyPath, cut: Option<u64>| if *file == copies[2].file { cut } else { there(file) };
        assert_eq!(last(&catalogue, there), [("u".to_owned(), 300)]);
        assert_eq!(last(&catalogue, |file| of(file, Some(99))), [("u".to_owned(), 200)]);
        assert_eq!(last(&catalogue, |file| of(file, None)), [("u".to_owned(), 200)]);
        assert_eq!(last(&catalogue, |_| None), []);
    }
}
