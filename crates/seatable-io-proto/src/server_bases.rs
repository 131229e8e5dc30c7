use http::response::Parts;
use http::{Method, Request};
use serde::de::MapAccess;
use serde::{Deserialize, Deserializer};

use crate::collected::Collected;
use crate::endpoint::read_into;
use crate::listing::LISTING_LIMIT;
use crate::scalar::{AnyValue, Scalar};
use crate::stream::{List, Values, skip};
use crate::{Access, Body, Endpoint, Listing, ReplyError, Server};

/// `GET api/v2.1/admin/dtables/`: one page of the bases of a whole server.
///
/// The token must be that of an administrator of the server; others get 403. Only current servers support it. The pages are not
/// sorted, and shift while bases are created and deleted ([fact 27](crate::facts)): the `seatable-io-task` crate reads them until
/// none is missing.
#[doc(alias = "admin/dtables")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListServerBases {
    page: u32,
    per_page: u32,
}

impl ListServerBases {
    /// Requests a page with this number, counted from 1, of at most this many bases.
    pub fn new(page: u32, per_page: u32) -> Self {
        ListServerBases { page, per_page }
    }
}

/// One page of the bases of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerPage {
    /// The bases of the page, each once, with their owners.
    pub listing: Listing,
    /// How many entries the page has, counting repeated ones and those that are not understood.
    pub entries: usize,
    /// Whether there is another page; `None` if the server does not say so.
    pub has_next: Option<bool>,
}

impl Endpoint for ListServerBases {
    type Reply = ServerPage;

    const RESPONSE_LIMIT: usize = LISTING_LIMIT;

    fn request(&self, server: &Server) -> Request<Body> {
        let ListServerBases { page, per_page } = self;
        server.request(Method::GET, &format!("api/v2.1/admin/dtables/?page={page}&per_page={per_page}"))
    }

    fn reply(head: &Parts, body: &[u8]) -> Result<ServerPage, ReplyError> {
        let mut page = Page::default();
        let read = read_into(head, body, "is not a list of the bases of a server", &mut page);
        let (entries, has_next) = (page.all.entries(), page.info.has_next.flag());
        let listing = page.all.finish(read, head.status)?;
        Ok(ServerPage { listing, entries, has_next })
    }
}

#[derive(Default)]
struct Page {
    all: Collected,
    has_bases: bool,
    info: PageInfo,
}

impl Values for Page {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "dtables" => {
                let mut bases = self.all.bases(Access::ServerWide);
                self.has_bases |= object.next_value_seed(List(&mut bases))?;
            }
            "page_info" => self.info = object.next_value()?,
            _ => skip(object)?,
        }
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.has_bases
    }
}

#[derive(Default)]
struct PageInfo {
    has_next: Scalar,
}

impl Values for PageInfo {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "has_next_page" => self.has_next = object.next_value()?,
            _ => skip(object)?,
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for PageInfo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut info = PageInfo::default();
        deserializer.deserialize_any(AnyValue(&mut info))?;
        Ok(info)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{line, names, reply};

    const JSON: &str = include_str!("../tests/replies/server-bases-current.json");

    fn page(bases: &str) -> ServerPage {
        reply::<ListServerBases>(200, &format!(r#"{{"dtables": [{bases}]}}"#)).unwrap()
    }

    /// The owner of a base in workspace 7 with these keys: id and name.
    fn owner(keys: &str) -> (String, String) {
        let page = page(&format!(r#"{{"uuid": "u", "name": "a", "workspace_id": 7, {keys}}}"#));
        let owner = page.listing.bases[0].owner.as_ref().unwrap();
        (owner.id.to_string(), owner.name.to_string())
    }

    #[test]
    fn fact_27_a_server_lists_its_bases_in_pages_with_their_owners() {
        let address = "GET https://seatable.example/api/v2.1/admin/dtables/";
        assert_eq!(line(&ListServerBases::new(3, 100)), format!("{address}?page=3&per_page=100"));
        let page = reply::<ListServerBases>(200, JSON).unwrap();
        assert_eq!((page.has_next, page.entries, page.listing.not_understood), (Some(true), 3, 0));
        let bases = page.listing.bases.iter().map(|it| (it.workspace, &*it.workspace_name, it.access));
        let server_wide = Access::ServerWide;
        let known =
            [(4, "Mira", server_wide), (9, "9a1c@auth.local", server_wide), (12, "team", server_wide)];
        assert_eq!(bases.collect::<Vec<_>>(), known);
        let ids = page.listing.bases.iter().map(|it| it.owner.as_ref().unwrap().id.to_string());
        assert_eq!(ids.collect::<Vec<_>>(), ["b3f0@auth.local", "9a1c@auth.local", "group 48"]);
        assert!(server_wide.is_administered() && !server_wide.is_shared());
    }

    #[test]
    fn an_owner_is_a_group_or_an_email_address_or_that_of_the_workspace() {
        let pair = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        for (keys, id, name) in [
            (r#""email": "a@b", "owner": "Anna""#, "a@b", "Anna"),
            (r#""email": "a@b", "owner": """#, "a@b", "a@b"),
            (r#""email": "a@b", "owner": null, "group_id": null"#, "a@b", "a@b"),
            (r#""email": null, "group_id": "48", "owner": "team""#, "group 48", "team"),
            (r#""email": "48@seafile_group", "group_id": 48, "owner": "team""#, "group 48", "team"),
            (r#""email": "a@b", "group_id": "", "owner": "Anna""#, "a@b", "Anna"),
            (r#""email": "a@b", "group_id": 0"#, "a@b", "a@b"),
            (r#""email": "group 48", "owner": "Anna""#, "workspace 7", "Anna"),
            (r#""email": ["a@b"], "owner": {}"#, "workspace 7", "workspace 7"),
        ] {
            assert_eq!(owner(keys), pair(id, name), "{keys}");
        }
        let long = "ä".repeat(256);
        assert_eq!(owner(&format!(r#""owner": "{long}""#)).1.chars().count(), 256, "with …");
        assert_eq!(owner(&format!(r#""email": "{long}@b""#)).0, "workspace 7");
    }

    #[test]
    fn every_entry_counts_even_if_it_is_repeated_or_not_understood() {
        let base = r#"{"uuid": "u", "name": "a", "workspace_id": 7}"#;
        let page = page(&format!(r#"{base}, {base}, 7, {{"uuid": "v", "name": "in no workspace"}}"#));
        assert_eq!((names(&page.listing), page.listing.not_understood), (vec!["a"], 2));
        assert_eq!((page.entries, page.has_next), (4, None));
    }

    #[test]
    fn fact_28_a_base_without_a_name_is_on_a_page() {
        let page = page(r#"{"uuid": "u", "name": null, "workspace_id": 7}"#);
        assert_eq!((names(&page.listing), page.listing.not_understood), (vec![""], 0));
    }

    #[test]
    fn whether_there_is_another_page_may_not_be_known() {
        for (info, has_next) in [
            (r#"{"has_next_page": true, "current_page": 1}"#, Some(true)),
            (r#"{"has_next_page": false}"#, Some(false)),
            (r#"{"has_next_page": "true"}"#, None),
            ("{}", None),
            ("null", None),
            ("[true]", None),
        ] {
            let json = format!(r#"{{"page_info": {info}, "dtables": []}}"#);
            assert_eq!(reply::<ListServerBases>(200, &json).unwrap().has_next, has_next, "{info}");
        }
    }

    #[test]
    fn a_reply_without_a_list_of_bases_is_not_an_empty_server() {
        for body in ["", "{}", "[]", "<html>", r#"{"dtables": null}"#, r#"{"page_info": {}}"#] {
            let error = reply::<ListServerBases>(200, body).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the reply (200 OK) is not a list of the bases of a server",
                "{body}"
            );
        }
        assert_eq!(reply::<ListServerBases>(403, "{}").unwrap_err().status(), 403);
    }
}
