use std::sync::Arc;

use http::StatusCode;
use serde::de::SeqAccess;

use crate::entry::Entry;
use crate::scalar::Scalar;
use crate::stream::Elements;
use crate::{Access, ListedBase, Listing, NotUnderstood, ReplyError};

/// How many bases a response may list, counting repeated ones, and how many workspaces.
const LIMIT: usize = 1_000_000;

/// A listing while it is read.
#[derive(Default)]
pub(crate) struct Collected {
    /// With its bases in the order of the response, and with repeated ones.
    listing: Listing,
    /// The number of entries that were not understood since the last place.
    unplaced: usize,
    /// How many bases and workspaces were read. Those beyond the limit are not kept.
    read: (usize, usize),
}

impl Collected {
    /// Returns the number of bases so far.
    pub(crate) fn mark(&self) -> usize {
        self.listing.bases.len()
    }

    /// Returns a list of bases, to be read.
    pub(crate) fn bases(&mut self, access: Access) -> Bases<'_> {
        Bases { all: self, access, has_others: false }
    }

    /// Adds a workspace to the names.
    pub(crate) fn workspace(&mut self, id: u64, name: Arc<str>) {
        self.read.1 = self.read.1.saturating_add(1);
        if self.read.1 <= LIMIT {
            self.listing.workspaces.insert(id, name);
        }
    }

    /// Returns how many entries were read of a list of a whole server.
    pub(crate) fn entries(&self) -> usize {
        self.read.0.saturating_add(self.listing.not_understood)
    }

    /// Adds an entry that should be a base. Unless it [is placed](is_placed), its place must be [set](Self::place) later.
    fn add(&mut self, mut entry: Entry, access: Access) {
        let (is_encrypted, in_storage) = (entry.is_encrypted.flag(), entry.in_storage.flag());
        let owner = if access == Access::ServerWide { entry.take_owner() } else { None };
        // A base without a name is listed (fact 28).
        if entry.name == Scalar::Null {
            entry.name = Scalar::Text(String::new());
        }
        let base = entry.base().filter(|base| base.workspace_id.is_some() || !is_placed(access));
        let Some(base) = base else {
            let not_understood = &mut self.listing.not_understood;
            let counted = if is_placed(access) { not_understood } else { &mut self.unplaced };
            *counted = counted.saturating_add(1);
            return;
        };
        self.read.0 = self.read.0.saturating_add(1);
        if self.read.0 > LIMIT {
            return;
        }
        let (workspace, workspace_name) = (base.workspace_id.unwrap_or_default(), Arc::default());
        if let Some(owner) = &owner {
            self.listing.workspaces.insert(workspace, Arc::clone(&owner.name));
        }
        let listed = ListedBase { base, workspace, workspace_name, owner, access, is_encrypted, in_storage };
        self.listing.bases.push(listed);
    }

    /// Forgets the bases since the mark, except for shared ones: another list repeats them.
    pub(crate) fn forget(&mut self, mark: usize) {
        self.unplaced = 0;
        self.listing.bases.extract_if(mark.., |listed| !listed.access.is_shared()).for_each(drop);
    }

    /// Sets the place of the bases since the mark, except for shared ones. `id` is the workspace of those that do not name it.
    pub(crate) fn place(&mut self, mark: usize, id: Option<u64>, name: &Arc<str>, access: Access) {
        let Listing { workspaces, bases, not_understood, .. } = &mut self.listing;
        *not_understood = not_understood.saturating_add(std::mem::take(&mut self.unplaced));
        let is_lost = |listed: &mut ListedBase| {
            if listed.access.is_shared() {
                return false;
            }
            let Some(workspace) = listed.base.workspace_id.or(id) else {
                *not_understood = not_understood.saturating_add(1);
                return true;
            };
            (listed.workspace, listed.access) = (workspace, access);
            workspaces.entry(workspace).or_insert_with(|| Arc::clone(name));
            false
        };
        bases.extract_if(mark.., is_lost).for_each(drop);
    }

    /// Returns the listing.
    ///
    /// # Errors
    ///
    /// Why it is not one, if reading it failed.
    pub(crate) fn finish(
        self,
        read: Result<(), ReplyError>,
        status: StatusCode,
    ) -> Result<Listing, ReplyError> {
        let fault = match self.read {
            (bases, _) if bases > LIMIT => "lists more than 1,000,000 bases",
            (_, workspaces) if workspaces > LIMIT => "lists more than 1,000,000 workspaces",
            _ => return read.map(|()| self.listing.complete()),
        };
        Err(NotUnderstood::new(status, fault).into())
    }
}

impl Listing {
    /// Combines two listings. A base is administered if either of them says so; if both list it alike, that of `self` is kept.
    /// If they name a workspace differently, the name in `other` is used.
    pub fn and(self, other: Listing) -> Listing {
        Listing::all([self, other])
    }

    /// Combines any number of listings, as [`and`](Self::and) does one after the other, but faster.
    pub fn all(listings: impl IntoIterator<Item = Listing>) -> Listing {
        let mut listings = listings.into_iter();
        let mut all = listings.next().unwrap_or_default();
        for other in listings {
            all.workspaces.extend(other.workspaces);
            all.bases.extend(other.bases);
            all.not_understood = all.not_understood.saturating_add(other.not_understood);
            all.unconfirmed |= other.unconfirmed;
            all.changing |= other.changing;
        }
        all.complete()
    }

    /// Keeps each base once, names its workspace, and sorts.
    fn complete(mut self) -> Listing {
        let Listing { workspaces, bases, .. } = &mut self;
        keep_best(bases);
        let shared: Arc<str> = "shared".into();
        for listed in &mut *bases {
            let own = workspaces.get(&listed.workspace).filter(|_| !listed.access.is_shared());
            listed.workspace_name = Arc::clone(own.unwrap_or(&shared));
        }
        bases.sort_unstable_by(|a, b| {
            (a.workspace, &a.base.name, &a.base.uuid).cmp(&(b.workspace, &b.base.name, &b.base.uuid))
        });
        bases.shrink_to_fit();
        self
    }
}

/// Returns whether the entry of a base alone shows where it is.
fn is_placed(access: Access) -> bool {
    access.is_shared() || access == Access::ServerWide
}

/// Keeps each base once: the one whose access is the best, the first of several. Sorts only numbers, because a sort of the
/// bases themselves would need half of their memory again, or lose their order.
fn keep_best(bases: &mut Vec<ListedBase>) {
    let mut order: Vec<usize> = (0..bases.len()).collect();
    let key = |index: &usize| bases.get(*index).map(|listed| (&listed.base.uuid, listed.access));
    order.sort_by(|a, b| key(a).cmp(&key(b)));
    order.dedup_by_key(|index| bases.get(*index).map(|listed| &listed.base.uuid));
    order.sort_unstable();
    let (mut index, mut order) = (0_usize, order.into_iter().peekable());
    bases.retain(|_| {
        let is_kept = order.next_if_eq(&index).is_some();
        index = index.saturating_add(1);
        is_kept
    });
}

/// A list of bases.
pub(crate) struct Bases<'a> {
    pub(crate) all: &'a mut Collected,
    pub(crate) access: Access,
    /// Whether the list may contain other things, such as views, which have no uuid.
    pub(crate) has_others: bool,
}

impl Elements for Bases<'_> {
    fn read<'de, A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let Some(entry) = list.next_element::<Entry>()? else { return Ok(false) };
        if entry.uuid != Scalar::Missing || !self.has_others {
            self.all.add(entry, self.access);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeSeed as _;

    use super::*;
    use crate::stream::List;

    /// Reads these bases after the given number of others.
    fn after(others: usize, json: &str) -> Result<usize, String> {
        let mut all = Collected { read: (others, LIMIT), ..Collected::default() };
        let mut bases = Bases { all: &mut all, access: Access::Shared, has_others: false };
        let read = List(&mut bases).deserialize(&mut serde_json::Deserializer::from_str(json));
        let read = read.map(drop).map_err(|_| NotUnderstood::new(StatusCode::OK, "is not JSON").into());
        let listing = all.finish(read, StatusCode::OK);
        listing.map(|listing| listing.bases.len()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_response_with_more_bases_than_the_limit_is_not_a_shorter_listing() {
        let base = r#"{"uuid": "u", "name": "a", "workspace_id": 7}"#;
        assert_eq!(after(LIMIT - 2, &format!("[{base}, {base}, 7, {{}}]")), Ok(1));
        let error = after(LIMIT - 2, &format!("[{base}, {base}, {base}]")).unwrap_err();
        assert_eq!(error, "the reply (200 OK) lists more than 1,000,000 bases");
        assert!(after(LIMIT - 2, &format!("[{base}, {base}")).unwrap_err().ends_with("is not JSON"));
    }
}
