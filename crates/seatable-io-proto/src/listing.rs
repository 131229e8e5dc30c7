use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Base;

/// The largest number of bytes of a listing to read. 10,000 bases need several MiB.
pub(crate) const LISTING_LIMIT: usize = 64 * 1024 * 1024;

/// The bases that an account sees, and its workspaces. Each base is listed once, and views are not.
///
/// A response with more than 1,000,000 bases, counting repeated ones, or with more than 1,000,000 workspaces is not
/// understood. Reading a response needs memory only for the entries that are understood: at most a few times its size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Listing {
    /// The names of the workspaces of the account and of its groups, by ID. Workspaces of other owners are not listed. A name of more
    /// than 255 characters is cut, and then ends in `…`.
    pub workspaces: BTreeMap<u64, Arc<str>>,
    /// The bases, sorted by workspace, name and uuid.
    pub bases: Vec<ListedBase>,
    /// How many entries could not be understood, so that bases may be missing.
    pub not_understood: usize,
    /// Whether the server did not list the bases that the account administers, so that bases may be missing, or may not be
    /// administered by the account.
    #[serde(default)]
    pub unconfirmed: bool,
    /// Whether the list of a whole server changed each time it was read, so that bases may be missing, or may be gone.
    #[serde(default)]
    pub changing: bool,
}

/// A base in a [`Listing`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListedBase {
    /// The base as the server describes it.
    pub base: Base,
    /// The workspace through which the base is exported; if the base is shared, that of its owner.
    pub workspace: u64,
    /// The name of that workspace; `shared` if it belongs to someone else. In the list of a whole server, the name of the owner.
    pub workspace_name: Arc<str>,
    /// Who owns the workspace. Only in the list of a whole server.
    #[serde(default)]
    pub owner: Option<Owner>,
    /// Why the account sees the base.
    pub access: Access,
    /// Whether an export needs a password. `None` from 2020 and 2021 servers.
    pub is_encrypted: Option<bool>,
    /// Whether the server keeps the base in its storage service. `None` from 2020 and 2021 servers.
    pub in_storage: Option<bool>,
}

/// The owner of a workspace: a user, or a group.
///
/// Two owners may have the same name, and an owner can be renamed; the `id` stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Owner {
    /// The e-mail address of a user as the server has it, `group ` and the ID of a group, or, if the server shows neither, `workspace `
    /// and the ID of the workspace.
    pub id: Arc<str>,
    /// The name that people read, cut after 255 characters; the `id` if the server shows none, as for some deleted users.
    pub name: Arc<str>,
}

/// Why an account sees a base. If there are several reasons, the first one in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Access {
    /// The base is in the account's own workspace.
    Personal,
    /// The base is in the workspace of a group that the account administers. 2020 servers do not show who administers a
    /// group, so there this is any group of the account.
    Administered,
    /// The base is in the workspace of a group that others administer.
    Member,
    /// Someone shared the base with the account.
    Shared,
    /// Someone shared the base with a group of the account.
    SharedWithGroup,
    /// The account administers the whole server.
    ServerWide,
}

impl Access {
    /// Returns whether the account administers the base.
    pub fn is_administered(self) -> bool {
        matches!(self, Access::Personal | Access::Administered | Access::ServerWide)
    }

    /// Returns whether someone else shared the base.
    pub fn is_shared(self) -> bool {
        matches!(self, Access::Shared | Access::SharedWithGroup)
    }
}

impl Listing {
    /// Returns whether nothing indicates that bases are missing.
    pub fn is_complete(&self) -> bool {
        self.not_understood == 0 && !self.unconfirmed && !self.changing
    }

    /// Returns an empty listing of a server that did not list the bases that the account administers.
    pub fn unconfirmed() -> Self {
        Listing { unconfirmed: true, ..Listing::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{names, reply};
    use crate::{ListAdministered, ListWorkspaces};

    fn workspaces(json: &str) -> Listing {
        reply::<ListWorkspaces>(200, &format!(r#"{{"workspace_list": [{json}]}}"#)).unwrap()
    }

    fn administered(json: &str) -> Listing {
        reply::<ListAdministered>(200, json).unwrap().unwrap()
    }

    #[test]
    fn a_base_is_administered_if_either_listing_says_so() {
        let both = administered(
            r#"{"personal": [], "groups": [{"group_name": "old name", "dtables": [
                {"uuid": "u1", "name": "stock", "workspace_id": 205, "is_encrypted": true}]}]}"#,
        )
        .and(workspaces(
            r#"{"id": 205, "name": "team", "type": "group", "is_admin": false,
                "table_list": [{"uuid": "u1", "name": "stock"}, {"uuid": "u2", "name": "club"}]},
               {"id": 204, "name": "personal", "type": "personal", "table_list": [{"uuid": "u3", "name": "own"}]}"#,
        ));
        let access: Vec<_> =
            both.bases.iter().map(|listed| (listed.base.name.as_str(), listed.access)).collect();
        let known = [("own", Access::Personal), ("club", Access::Member), ("stock", Access::Administered)];
        assert_eq!(access, known);
        assert_eq!((&*both.bases[2].workspace_name, both.bases[2].is_encrypted), ("team", Some(true)));
        assert_eq!(both.workspaces.len(), 2);
    }

    #[test]
    fn a_base_that_two_listings_have_alike_is_that_of_the_first() {
        let of = |updated: &str| {
            let base =
                format!(r#"{{"uuid": "u", "name": "a", "workspace_id": 7, "updated_at": "{updated}"}}"#);
            administered(&format!(r#"{{"personal": [{base}], "groups": []}}"#))
        };
        let both = of("first").and(of("second"));
        assert_eq!(both.bases, of("first").bases);
    }

    #[test]
    fn a_base_is_in_the_workspace_that_it_names_itself() {
        let listing = workspaces(
            r#"{"id": 8, "is_admin": true, "table_list": [{"uuid": "u", "name": "a", "workspace_id": 7}, {"uuid": "v", "name": "b"}]}"#,
        );
        assert_eq!(listing.bases.iter().map(|listed| listed.workspace).collect::<Vec<_>>(), [7, 8]);
    }

    #[test]
    fn bases_are_sorted_by_workspace_then_name_then_uuid() {
        let table = |uuid: &str, name: &str| format!(r#"{{"uuid": "{uuid}", "name": "{name}"}}"#);
        let listing = workspaces(&format!(
            r#"{{"id": 10, "table_list": [{}, {}]}}, {{"id": 9, "table_list": [{}]}}"#,
            table("u2", "a"),
            table("u1", "a"),
            table("u3", "b"),
        ));
        let uuids: Vec<_> = listing.bases.iter().map(|listed| listed.base.uuid.as_str()).collect();
        assert_eq!((names(&listing), uuids), (vec!["b", "a", "a"], vec!["u3", "u1", "u2"]));
    }

    #[test]
    fn an_entry_that_is_not_understood_is_counted_and_hides_no_other() {
        let listing = workspaces(
            r#"{"id": 1, "table_list": [{"uuid": "u", "name": "a"}, {"name": "no uuid"}, 7, ["u", "v"], null]},
               {"id": "", "shared_table_list": [{"uuid": "v", "name": "without a workspace"}]}"#,
        );
        assert_eq!((names(&listing), listing.not_understood), (vec!["a"], 5));
        let starred = workspaces(r#"{"id": "", "table_list": [7]}, {"id": 1, "table_list": [7]}"#);
        assert_eq!(starred.not_understood, 1, "starred bases are listed again");
        assert_eq!(listing.clone().and(listing).not_understood, 10);
    }

    #[test]
    fn fact_28_a_base_without_a_name_is_listed() {
        let listing = workspaces(
            r#"{"id": 1, "table_list": [{"uuid": "u", "name": null}, {"uuid": "v", "name": ""}]}"#,
        );
        assert_eq!((names(&listing), listing.not_understood), (vec!["", ""], 0));
        let unnamed = workspaces(r#"{"id": 1, "table_list": [{"uuid": "u"}]}"#);
        assert_eq!((names(&unnamed), unnamed.not_understood), (vec![], 1));
    }

    #[test]
    fn bases_may_come_before_the_id_and_the_name_of_their_workspace() {
        let listing = workspaces(
            r#"{"table_list": [{"uuid": "u", "name": "a"}], "folders": [{"items": [{"uuid": "v", "name": "b"}]}],
                "is_admin": true, "name": "team", "id": 205}, {"table_list": [{"uuid": "w", "name": "c"}], "id": 206}"#,
        );
        let places = listing.bases.iter().map(|it| (it.workspace, &*it.workspace_name, it.access));
        let team = (205, "team", Access::Administered);
        assert_eq!(places.collect::<Vec<_>>(), [team, team, (206, "", Access::Member)]);
    }

    #[test]
    fn the_last_value_of_a_repeated_key_counts_and_all_of_a_list() {
        let listing = workspaces(
            r#"{"id": 1, "table_list": [{"uuid": "u", "uuid": "v", "name": 7, "name": "a"}], "id": 2,
                "table_list": null, "table_list": [{"uuid": "w", "name": "b"}]}"#,
        );
        let uuids: Vec<_> = listing.bases.iter().map(|it| (it.workspace, it.base.uuid.as_str())).collect();
        assert_eq!((uuids, names(&listing)), (vec![(2, "v"), (2, "w")], vec!["a", "b"]));
    }

    #[test]
    fn a_long_name_of_a_workspace_is_cut_and_one_of_a_base_is_not_understood() {
        let of = |len: usize| {
            let name = "ä".repeat(len);
            workspaces(&format!(
                r#"{{"id": 1, "name": "{name}", "table_list": [{{"uuid": "u", "name": "{name}"}}]}}"#
            ))
        };
        assert_eq!((&*of(255).workspaces[&1], names(&of(255)).len()), ("ä".repeat(255).as_str(), 1));
        assert_eq!(*of(256).workspaces[&1], format!("{}…", "ä".repeat(255)));
        assert_eq!((names(&of(256)).len(), of(256).not_understood), (0, 1));
        let group = format!(
            r#"{{"group_name": "{}", "dtables": [{{"uuid": "u", "name": "a", "workspace_id": 7}}]}}"#,
            "a".repeat(999)
        );
        let group = administered(&format!(r#"{{"personal": [], "groups": [{group}]}}"#));
        assert_eq!(group.bases[0].workspace_name.chars().count(), 256);
    }

    #[test]
    fn a_listing_may_have_changed_if_any_part_did() {
        let changing = || Listing { changing: true, ..Listing::default() };
        let calm = Listing::default;
        for parts in [vec![changing()], vec![calm(), changing(), calm()], vec![changing(), calm()]] {
            assert!(Listing::all(parts).changing);
        }
        assert!(!Listing::all([calm(), calm()]).changing && Listing::all([]) == calm());
    }

    #[test]
    fn a_listing_is_unconfirmed_if_either_part_is() {
        let unconfirmed = |one: Listing, other: Listing| one.and(other).unconfirmed;
        assert!(unconfirmed(Listing::unconfirmed(), Listing::default()));
        assert!(unconfirmed(Listing::default(), Listing::unconfirmed()));
        assert!(!unconfirmed(Listing::default(), Listing::default()));
    }
}
