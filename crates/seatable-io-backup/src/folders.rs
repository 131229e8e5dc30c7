use std::collections::BTreeMap;

use seatable_io_proto::ListedBase;

use crate::Catalogue;
use crate::names::{encode_name, folded, hash};

/// The uuids of the bases that own a folder. On any file system, folders differ that are not the same [`folded`].
pub(crate) struct Folders<'a>(BTreeMap<String, Vec<&'a str>>);

impl<'a> Folders<'a> {
    /// Reserves the folders with copies for the bases of these copies.
    pub(crate) fn of(catalogue: &'a Catalogue) -> Self {
        let mut folders = Folders(BTreeMap::new());
        for whose in catalogue.records().origins() {
            folders.owners(whose.folder).push(whose.uuid);
        }
        folders
    }

    fn owners(&mut self, folder: &str) -> &mut Vec<&'a str> {
        self.0.entry(folded(folder)).or_default()
    }

    /// Returns the folder of a base, and reserves it. It has the name of the base, with the uuid appended if another base has
    /// that folder.
    pub(crate) fn assign(&mut self, listed: &'a ListedBase) -> String {
        let (name, uuid) = (&listed.base.name, listed.base.uuid.as_str());
        let workspace = encode_name(format!("{} {}", listed.workspace, listed.workspace_name).trim_end(), "");
        let folder = |more: &str| format!("{workspace}/{}", encode_name(&format!("{name}{more}"), ""));
        // Uuids that differ only in case have different hashes.
        let uuid_and_hash = format!(" {uuid} {}", hash(uuid));
        let candidates = [String::new(), format!(" {uuid}"), uuid_and_hash.clone()].into_iter();
        let mut candidates = candidates.chain((2_u64..).map(|number| format!("{uuid_and_hash} {number}")));
        let free = candidates.find_map(|more| Some(folder(&more)).filter(|folder| self.claim(folder, uuid)));
        free.unwrap_or_default()
    }

    fn claim(&mut self, folder: &str, uuid: &'a str) -> bool {
        let owners = self.owners(folder);
        let is_free = owners.iter().all(|owner| *owner == uuid);
        if is_free && owners.is_empty() {
            owners.push(uuid);
        }
        is_free
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::testing::{catalogue, copy, listing, personal};

    fn assigned(bases: &[(&str, &str)], catalogue: &Catalogue) -> Vec<String> {
        let listing = listing(&json!([personal(204, bases)]));
        let mut folders = Folders::of(catalogue);
        listing.bases.iter().map(|listed| folders.assign(listed)).collect()
    }

    #[test]
    fn a_folder_is_named_after_the_workspace_and_the_base() {
        let folders = assigned(&[("u", "Sales/2026"), ("v", "")], &Catalogue::default());
        assert_eq!(folders, ["204 personal/%-", "204 personal/Sales%2F2026"]);
    }

    #[test]
    fn names_that_some_file_system_considers_the_same_get_different_folders() {
        for (one, other) in [("Sales", "sales"), ("Gro\u{308}ße", "Größe"), ("STRASSE", "straße"), ("ſ", "S")]
        {
            let folders = assigned(&[("u", one), ("v", other)], &Catalogue::default());
            assert!(folders[0].len() < folders[1].len(), "{folders:?}");
            assert!(folders[1].ends_with(" u") || folders[1].ends_with(" v"), "{folders:?}");
        }
        let odd = assigned(&[("v", "A"), ("w", "a"), ("x", "a w")], &Catalogue::default());
        assert_eq!(odd, ["204 personal/A", "204 personal/a w", "204 personal/a w x"]);
    }

    #[test]
    fn uuids_that_differ_only_in_case_have_different_folders() {
        let bases = [("abc", "a"), ("abC", "A"), ("aBc", "a"), ("ABC", "A")];
        let folders = assigned(&bases, &Catalogue::default());
        let keys: BTreeSet<_> = folders.iter().map(|folder| folded(folder)).collect();
        assert_eq!(keys.len(), 4, "{folders:?}");
        let copies = [copy("abC", "x", 1), copy("aBc", "y", 2)];
        assert!(assigned(&bases, &catalogue(&copies)).iter().all(|folder| keys.contains(&folded(folder))));
    }

    #[test]
    fn a_folder_with_copies_of_another_base_is_not_shared() {
        let known = catalogue(&[copy("gone", "sales", 1), copy("v", "Plans", 2)]);
        let folders = assigned(&[("u", "Sales"), ("v", "Plans")], &known);
        assert_eq!(folders, ["204 personal/Plans", "204 personal/Sales u"]);
        let known = catalogue(&[copy("gone", "Sales", 1), copy("u", "Sales", 2)]);
        assert_eq!(assigned(&[("u", "Sales")], &known), ["204 personal/Sales u"], "nor is one that was");
    }

    #[test]
    fn a_folder_is_free_once_its_copies_are_removed() {
        let mut known =
            catalogue(&[copy("gone", "Sales", 1), copy("gone", "Sales", 2), copy("gone", "b", 3)]);
        known.remove(&copy("gone", "Sales", 1).file);
        assert_eq!(assigned(&[("u", "Sales")], &known), ["204 personal/Sales u"]);
        known.remove(&copy("gone", "Sales", 2).file);
        assert_eq!(assigned(&[("u", "Sales")], &known), ["204 personal/Sales"]);
    }

    #[test]
    fn folders_of_similar_names_are_distinguished() {
        let known = catalogue(&[copy("gone", "a64097", 1)]);
        assert_eq!(assigned(&[("u", "a101268")], &known), ["204 personal/a101268"]);
    }

    #[test]
    fn a_workspace_without_a_name_has_a_folder() {
        let listing = listing(&json!([{"id": 7, "table_list": [{"uuid": "u", "name": "a"}]}]));
        assert_eq!(Folders::of(&Catalogue::default()).assign(&listing.bases[0]), "7/a");
    }
}
