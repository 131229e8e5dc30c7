use http::response::Parts;
use http::{Method, Request};
use serde::de::{MapAccess, SeqAccess};

use crate::collected::Collected;
use crate::endpoint::read_into;
use crate::listing::LISTING_LIMIT;
use crate::scalar::Object;
use crate::stream::{Elements, List, Values, skip};
use crate::workspace::Workspace;
use crate::{Body, Endpoint, Listing, ReplyError, Server};

/// `GET api/v2.1/workspaces/`: the workspaces of an account, and the bases shared with it.
///
/// ```
/// use seatable_io_proto::{Endpoint, ListAdministered, ListWorkspaces, Listing};
///
/// # fn send<E: Endpoint>(call: &E) -> Result<E::Reply, seatable_io_proto::ReplyError> {
/// #     E::parse(http::Response::new(r#"{"workspace_list": [], "personal": [], "groups": []}"#))
/// # }
/// // All that an account administers, on a server of any generation:
/// let administered = send(&ListAdministered)?;
/// let workspaces = send(&ListWorkspaces::after(administered.as_ref()))?;
/// let listing = administered.unwrap_or_default().and(workspaces);
/// # assert_eq!(listing, Listing::default());
/// # Ok::<(), seatable_io_proto::ReplyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListWorkspaces {
    with_bases: bool,
}

impl ListWorkspaces {
    /// Lists the workspaces with their bases, and the bases that others share.
    ///
    /// A server creates a workspace for an account that has none.
    pub fn with_bases() -> Self {
        ListWorkspaces { with_bases: true }
    }

    /// Completes the bases that the account administers: lists only the workspaces if [`ListAdministered`] has returned the
    /// bases.
    ///
    /// [`ListAdministered`]: crate::ListAdministered
    pub fn after(administered: Option<&Listing>) -> Self {
        ListWorkspaces { with_bases: administered.is_none() }
    }
}

impl Endpoint for ListWorkspaces {
    type Reply = Listing;

    const RESPONSE_LIMIT: usize = LISTING_LIMIT;

    fn request(&self, server: &Server) -> Request<Body> {
        let query = if self.with_bases { "" } else { "?detail=false" };
        server.request(Method::GET, &format!("api/v2.1/workspaces/{query}"))
    }

    fn reply(head: &Parts, body: &[u8]) -> Result<Listing, ReplyError> {
        let mut response = WorkspaceList::default();
        let read = read_into(head, body, "is not a list of workspaces", &mut response);
        response.all.finish(read, head.status)
    }
}

#[derive(Default)]
struct WorkspaceList {
    all: Collected,
    has_list: bool,
}

impl Values for WorkspaceList {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "workspace_list" => {
                self.has_list |= object.next_value_seed(List(&mut Workspaces(&mut self.all)))?;
            }
            _ => skip(object)?,
        }
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.has_list
    }
}

struct Workspaces<'a>(&'a mut Collected);

impl Elements for Workspaces<'_> {
    fn read<'de, A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let mut workspace = Workspace::new(self.0);
        let Some(()) = list.next_element_seed(Object(&mut workspace))? else { return Ok(false) };
        workspace.finish();
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Access;
    use crate::testing::{line, names, reply};

    const EARLY: &str = include_str!("../tests/replies/workspaces-2020.json");
    const LATER: &str = include_str!("../tests/replies/workspaces-current.json");

    fn of(listing: &Listing, access: Access) -> Vec<(u64, &str, &str)> {
        let those = listing.bases.iter().filter(|listed| listed.access == access);
        those.map(|it| (it.workspace, &*it.workspace_name, it.base.name.as_str())).collect()
    }

    #[test]
    fn fact_15_bases_are_listed_only_where_they_are_not_known_yet() {
        let all = "GET https://seatable.example/api/v2.1/workspaces/";
        assert_eq!(line(&ListWorkspaces::with_bases()), all);
        assert_eq!(line(&ListWorkspaces::after(None)), all);
        let without = ListWorkspaces::after(Some(&Listing::default()));
        assert_eq!(line(&without), format!("{all}?detail=false"));
    }

    #[test]
    fn fact_15_in_2020_every_base_of_every_workspace_is_administered() {
        let listing = reply::<ListWorkspaces>(200, EARLY).unwrap();
        assert_eq!(of(&listing, Access::Personal), [(5, "Mira", "plans"), (5, "Mira", "stock")]);
        assert_eq!(of(&listing, Access::Administered), [(8, "team", "stock")]);
        assert_eq!((listing.bases.len(), listing.not_understood), (3, 0));
    }

    #[test]
    fn fact_15_later_starred_bases_repeat_and_shared_ones_have_the_workspace_of_their_owner() {
        let listing = reply::<ListWorkspaces>(200, LATER).unwrap();
        let own = [(204, "personal", "in a folder"), (204, "personal", "plans")];
        assert_eq!(of(&listing, Access::Personal), own);
        assert_eq!(of(&listing, Access::Administered), [(205, "team", "stock")]);
        assert_eq!(of(&listing, Access::Member), [(206, "club", "songs")]);
        assert_eq!(of(&listing, Access::Shared), [(31, "shared", "theirs")]);
        assert_eq!(of(&listing, Access::SharedWithGroup), [(32, "shared", "for the team")]);
        assert_eq!((listing.bases.len(), listing.not_understood), (6, 0));
        assert_eq!(
            listing.workspaces.values().map(|name| &**name).collect::<Vec<_>>(),
            ["personal", "team", "club"]
        );
    }

    #[test]
    fn fact_15_a_workspace_without_bases_is_listed_too() {
        let json = r#"{"workspace_list": [{"id": "", "name": "starred", "type": "starred"},
                       {"id": "205", "name": "team", "type": "group"}]}"#;
        let listing = reply::<ListWorkspaces>(200, json).unwrap();
        assert_eq!(listing.workspaces.into_iter().collect::<Vec<_>>(), [(205, "team".into())]);
        assert!(listing.bases.is_empty());
    }

    #[test]
    fn only_current_servers_list_which_bases_are_encrypted() {
        let listing = reply::<ListWorkspaces>(200, LATER).unwrap();
        let plans = listing.bases.iter().find(|listed| listed.base.name == "plans").unwrap();
        assert_eq!((plans.is_encrypted, plans.in_storage), (Some(true), Some(false)));
        let early = reply::<ListWorkspaces>(200, EARLY).unwrap();
        assert!(early.bases.iter().all(|listed| listed.is_encrypted.is_none()));
    }

    #[test]
    fn a_base_in_the_group_of_an_administrator_is_not_listed_as_shared_too() {
        let base = r#"{"uuid": "u", "name": "a", "workspace_id": 7}"#;
        let json = format!(
            r#"{{"workspace_list": [{{"id": 8, "group_shared_dtables": [{base}], "is_admin": true}},
                                    {{"id": 7, "is_admin": true, "table_list": [{base}]}}]}}"#
        );
        let listing = reply::<ListWorkspaces>(200, &json).unwrap();
        assert_eq!((names(&listing), listing.bases[0].access), (vec!["a"], Access::Administered));
    }

    #[test]
    fn a_shared_base_never_belongs_to_the_workspace_that_lists_it() {
        for shared in ["shared_table_list", "group_shared_dtables"] {
            let json =
                format!(r#"{{"workspace_list": [{{"id": 8, "{shared}": [{{"uuid": "u", "name": "a"}}]}}]}}"#);
            let listing = reply::<ListWorkspaces>(200, &json).unwrap();
            assert_eq!((listing.bases.len(), listing.not_understood), (0, 1), "{shared}");
        }
    }

    #[test]
    fn a_reply_without_a_list_of_workspaces_is_not_an_empty_account() {
        for body in
            ["", "{}", "[]", "[[]]", "<html>", r#"{"workspace_list": null}"#, r#"{"workspace_list": [7]}"#]
        {
            let error = reply::<ListWorkspaces>(200, body).unwrap_err();
            assert_eq!(error.to_string(), "the reply (200 OK) is not a list of workspaces", "{body}");
        }
        assert_eq!(reply::<ListWorkspaces>(403, "{}").unwrap_err().status(), 403);
    }
}
