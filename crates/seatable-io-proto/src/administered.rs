use http::response::Parts;
use http::{Method, Request};
use serde::de::{MapAccess, SeqAccess};

use crate::collected::Collected;
use crate::endpoint::read_into;
use crate::listing::LISTING_LIMIT;
use crate::scalar::{Object, Scalar};
use crate::stream::{Elements, List, Values, skip};
use crate::{Access, Body, Endpoint, Listing, ReplyError, Server};

/// `GET api/v2.1/user-admin-dtables/`: exactly the bases that an account administers. The reply is `None` from 2020
/// servers, which lack this address. The request changes nothing on the server.
///
/// The reply does not contain workspaces without bases; [`ListWorkspaces`](crate::ListWorkspaces) does.
#[doc(alias = "user-admin-dtables")]
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
        match response.all.finish(read, head.status) {
            Err(error) if error.is_wrong_address() => Ok(None),
            reply => reply.map(Some),
        }
    }
}

#[derive(Default)]
struct Administered {
    all: Collected,
    has_personal: bool,
    has_groups: bool,
}

impl Values for Administered {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        let all = &mut self.all;
        match key {
            "personal" => {
                let mark = all.mark();
                self.has_personal |= object.next_value_seed(List(&mut all.bases(Access::Personal)))?;
                all.place(mark, None, &"personal".into(), Access::Personal);
            }
            "groups" => self.has_groups |= object.next_value_seed(List(&mut Groups(all)))?,
            _ => skip(object)?,
        }
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.has_personal && self.has_groups
    }
}

struct Groups<'a>(&'a mut Collected);

impl Elements for Groups<'_> {
    fn read<'de, A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let mark = self.0.mark();
        let mut group = Group { all: self.0, name: Scalar::Missing, has_bases: false };
        let Some(()) = list.next_element_seed(Object(&mut group))? else { return Ok(false) };
        let name = group.name.cut_text().unwrap_or_default();
        self.0.place(mark, None, &name.into(), Access::Administered);
        Ok(true)
    }
}

/// The bases of a group. They are collected before the name of the group is known.
struct Group<'a> {
    all: &'a mut Collected,
    name: Scalar,
    has_bases: bool,
}

impl Values for Group<'_> {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        let mut bases = self.all.bases(Access::Administered);
        match key {
            "group_name" => self.name = object.next_value()?,
            "dtables" => self.has_bases |= object.next_value_seed(List(&mut bases))?,
            _ => skip(object)?,
        }
        Ok(())
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
