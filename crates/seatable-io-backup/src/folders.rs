use std::collections::{BTreeMap, BTreeSet};

use seatable_io_proto::{ListedBase, Owner};

use crate::Catalogue;
use crate::catalogue::OwnerKey;
use crate::names::{encode_name, folded, hash};

/// The folders in use. On any file system, folders differ that are not the same [`folded`].
#[derive(Default)]
pub(crate) struct Folders<'a> {
    /// The uuids of the bases that own a folder.
    bases: BTreeMap<String, Vec<&'a str>>,
    /// The outer folder of each owner of a server. An owner who is renamed keeps it.
    owners: BTreeMap<OwnerKey<'a>, String>,
    /// All outer folders.
    outer: BTreeSet<String>,
}

impl<'a> Folders<'a> {
    /// Reserves the folders with copies for the bases and the owners of these copies.
    pub(crate) fn of(catalogue: &'a Catalogue) -> Self {
        let mut folders = Folders::default();
        for (whose, owner) in catalogue.records().origins() {
            folders.of_base(whose.folder).push(whose.uuid);
            // A copy may be in no folder at all.
            let Some(outer) = whose.folder.split('/').next().filter(|outer| !outer.is_empty()) else {
                continue;
            };
            folders.outer.insert(folded(outer));
            if let Some(owner) = owner {
                folders.owners.insert(owner, outer.to_owned());
            }
        }
        folders
    }

    fn of_base(&mut self, folder: &str) -> &mut Vec<&'a str> {
        self.bases.entry(folded(folder)).or_default()
    }

    /// Returns the folder of a base, and reserves it. It has the name of the base, with the uuid appended if another base has
    /// that folder.
    pub(crate) fn assign(&mut self, listed: &'a ListedBase) -> String {
        let (name, uuid) = (&listed.base.name, listed.base.uuid.as_str());
        let workspace = match &listed.owner {
            Some(owner) => self.of_owner(owner, listed.workspace),
            None => encode_name(format!("{} {}", listed.workspace, listed.workspace_name).trim_end(), ""),
        };
        let folder = |more: &str| format!("{workspace}/{}", encode_name(&format!("{name}{more}"), ""));
        // Uuids that differ only in case have different hashes.
        let uuid_and_hash = format!(" {uuid} {}", hash(uuid));
        let candidates = [String::new(), format!(" {uuid}"), uuid_and_hash.clone()].into_iter();
        let mut candidates = candidates.chain((2_u64..).map(|number| format!("{uuid_and_hash} {number}")));
        let free = candidates.find_map(|more| Some(folder(&more)).filter(|folder| self.claim(folder, uuid)));
        free.unwrap_or_default()
    }

    /// Returns the outer folder of an owner, and reserves it: the one with copies, or a new one, which has the name of the owner and
    /// the workspace, with a hash of the identity appended if anyone else has that folder.
    fn of_owner(&mut self, owner: &'a Owner, workspace: u64) -> String {
        let key = (&*owner.id, workspace);
        if let Some(known) = self.owners.get(&key) {
            return known.clone();
        }
        let folder = |more: &str| encode_name(&format!("{} {workspace}{more}", owner.name), "");
        let with_hash = format!(" {}", hash(&owner.id));
        let is_new = |folder: &String| self.outer.insert(folded(folder));
        let new = ["", &with_hash].into_iter().map(folder).find(is_new);
        let new = new.unwrap_or_else(|| folder(&with_hash));
        self.owners.insert(key, new.clone());
        new
    }

    fn claim(&mut self, folder: &str, uuid: &'a str) -> bool {
        let owners = self.of_base(folder);
        let is_free = owners.iter().all(|owner| *owner == uuid);
        if is_free && owners.is_empty() {
            owners.push(uuid);
        }
        is_free
    }
}

#[cfg(test)]
mod tests;
