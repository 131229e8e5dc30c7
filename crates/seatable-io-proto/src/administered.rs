use http::response::Parts;
use http::{Method, Request};
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use crate::collected::{Bases, Collected, Place};
use crate::endpoint::{if_there, read_into};
use crate::listing::LISTING_LIMIT;
use crate::scalar::Scalar;
use crate::stream::{Elements, List, Object, Values};
use crate::{Access, Body, Endpoint, Listing, ReplyError, Server};

/// `GET api/v2.1/user-admin-dtables/`: exactly the bases that an account administers. The reply is `None` from 2020
/// servers, which lack this address. The request changes nothing on the server.
///
/// The reply does not contain workspaces without bases; [`ListWorkspaces`](crate::ListWorkspaces) does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListAdministered;

impl Endpoint for ListAdministered {
    type Reply = Option<Listing>;

    const RESPONSE_LIMIT: usize = LISTING_LIMIT;

    fn request(&self, server: &Server) -> Request<Body> {
        server.request(Method::GET, "api/v2.1/user-admin-dtables/")
    }

    fn reply(head: &Parts, body: &[u8]) -> Result<Option<Listing>, ReplyError> {
        let mut response = Administered::default();
        let read = read_into(head, body, "is not a list of administered bases", &mut response);
        if_there(response.all.finish(read, head.status))
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Personal,
    Groups,
    GroupName,
    Dtables,
    #[serde(other)]
    Other,
}

#[derive(Default)]
struct Administered {
    all: Collected,
    has_personal: bool,
    has_groups: bool,
}

impl Values for Administered {
    fn take<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<bool, A::Error> {
        match object.next_key()? {
            None => return Ok(false),
            Some(Key::Personal) => {
                let mut group = Group::new(&mut self.all);
                group.name = Scalar::Text("personal".to_owned());
                self.has_personal |= group.bases(object)?;
                group.finish(Access::Personal);
            }
            Some(Key::Groups) => {
                self.has_groups |= object.next_value_seed(List(&mut Groups(&mut self.all)))?;
            }
            Some(_) => _ = object.next_value::<IgnoredAny>()?,
        }
        Ok(true)
    }

    fn is_complete(&self) -> bool {
        self.has_personal && self.has_groups
    }
}

struct Groups<'a>(&'a mut Collected);

impl Elements for Groups<'_> {
    fn take<'de, A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let mut group = Group::new(self.0);
        let Some(()) = list.next_element_seed(Object(&mut group))? else { return Ok(false) };
        group.finish(Access::Administered);
        Ok(true)
    }
}

/// The bases of a group, or the account's own. They are collected before the name of the group is known.
struct Group<'a> {
    all: &'a mut Collected,
    mark: usize,
    name: Scalar,
    has_bases: bool,
}

impl<'a> Group<'a> {
    fn new(all: &'a mut Collected) -> Self {
        Group { mark: all.mark(), all, name: Scalar::Missing, has_bases: false }
    }

    /// Reads the value of the next key. Returns whether it is a list of bases.
    fn bases<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<bool, A::Error> {
        let mut bases = Bases { all: self.all, access: Access::Administered, has_others: false };
        object.next_value_seed(List(&mut bases))
    }

    fn finish(self, access: Access) {
        let name = self.name.cut_text().unwrap_or_default().into();
        self.all.place(self.mark, Some(&Place { id: None, name, access }));
    }
}

impl Values for Group<'_> {
    fn take<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<bool, A::Error> {
        match object.next_key()? {
            None => return Ok(false),
            Some(Key::GroupName) => self.name = object.next_value()?,
            Some(Key::Dtables) => self.has_bases |= self.bases(object)?,
            Some(_) => _ = object.next_value::<IgnoredAny>()?,
        }
        Ok(true)
    }

    fn is_complete(&self) -> bool {
        self.has_bases
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{head, line, names, reply};

    const JSON: &str = include_str!("../tests/replies/administered-current.json");

    #[test]
    fn fact_15_the_bases_that_an_account_administers_have_their_own_address() {
        assert_eq!(line(&ListAdministered), "GET https://seatable.example/api/v2.1/user-admin-dtables/");
        let listing = reply::<ListAdministered>(200, JSON).unwrap().unwrap();
        assert_eq!(names(&listing), ["in a folder", "plans", "stock"]);
        let access: Vec<_> = listing.bases.iter().map(|listed| listed.access).collect();
        assert_eq!(access, [Access::Personal, Access::Personal, Access::Administered]);
        assert_eq!((listing.bases[2].workspace, &*listing.bases[2].workspace_name), (205, "team"));
    }

    #[test]
    fn fact_15_servers_of_2020_do_not_have_the_address() {
        let page = ("content-type", "text/html");
        assert_eq!(ListAdministered::reply(&head(404, &[page]), b"<html>"), Ok(None));
        assert!(reply::<ListAdministered>(404, r#"{"error_msg": "User not found."}"#).is_err());
        assert!(reply::<ListAdministered>(401, "{}").is_err());
    }

    #[test]
    fn a_reply_without_lists_of_bases_is_not_an_empty_account() {
        for body in ["{}", "[[],[]]", "<html>", r#"{"personal": []}"#, r#"{"personal": [], "groups": [{}]}"#]
        {
            let error = reply::<ListAdministered>(200, body).unwrap_err();
            assert!(error.to_string().ends_with("is not a list of administered bases"), "{body}");
        }
    }
}
