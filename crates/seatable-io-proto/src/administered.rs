use http::response::Parts;
use http::{Method, Request};
use serde::Deserialize;

use crate::base::text;
use crate::endpoint::{if_there, object};
use crate::listing::{Collected, LISTING_LIMIT, Table};
use crate::{Access, Body, Endpoint, Listing, ReplyError, Server};

/// `GET api/v2.1/user-admin-dtables/`: exactly the bases that an account administers. The reply is `None` from servers of
/// 2020, which do not have this address. The request changes nothing on the server.
///
/// The reply does not contain workspaces without bases; [`ListWorkspaces`](crate::ListWorkspaces) does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListAdministered;

impl Endpoint for ListAdministered {
    type Reply = Option<Listing>;

    const ANSWER_LIMIT: usize = LISTING_LIMIT;

    fn request(&self, server: &Server) -> Request<Body> {
        server.request(Method::GET, "api/v2.1/user-admin-dtables/")
    }

    fn reply(head: &Parts, body: &[u8]) -> Result<Option<Listing>, ReplyError> {
        let Some(answer) = if_there(object(head, body, "it is not a list of administered bases"))? else {
            return Ok(None);
        };
        let Answer { personal, groups } = answer;
        let mut all = Collected::default();
        all.add(Some(personal), None, "personal", Access::Personal);
        for Group { group_name, dtables } in groups {
            all.add(Some(dtables), None, &group_name.unwrap_or_default(), Access::Administered);
        }
        Ok(Some(all.listing()))
    }
}

#[derive(Deserialize)]
struct Answer {
    personal: Vec<Table>,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default, deserialize_with = "text")]
    group_name: Option<String>,
    dtables: Vec<Table>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{head, line, names, reply};

    const JSON: &str = include_str!("../tests/replies/administered-current.json");

    #[test]
    fn fact_15_what_an_account_administers_has_an_address_of_its_own() {
        assert_eq!(line(&ListAdministered), "GET https://seatable.example/api/v2.1/user-admin-dtables/");
        let listing = reply::<ListAdministered>(200, JSON).unwrap().unwrap();
        assert_eq!(names(&listing), ["in a folder", "plans", "stock"]);
        let access: Vec<_> = listing.bases.iter().map(|listed| listed.access).collect();
        assert_eq!(access, [Access::Personal, Access::Personal, Access::Administered]);
        assert_eq!((listing.bases[2].workspace, listing.bases[2].workspace_name.as_str()), (205, "team"));
    }

    #[test]
    fn fact_15_servers_of_2020_do_not_have_the_address() {
        let page = ("content-type", "text/html");
        assert_eq!(ListAdministered::reply(&head(404, &[page]), b"<html>"), Ok(None));
        assert!(reply::<ListAdministered>(404, r#"{"error_msg": "User not found."}"#).is_err());
        assert!(reply::<ListAdministered>(401, "{}").is_err());
    }

    #[test]
    fn what_is_no_list_of_bases_is_not_an_empty_account() {
        for body in ["{}", "[[],[]]", "<html>", r#"{"personal": []}"#, r#"{"personal": [], "groups": [{}]}"#]
        {
            let error = reply::<ListAdministered>(200, body).unwrap_err();
            assert!(error.to_string().ends_with("it is not a list of administered bases"), "{body}");
        }
    }
}
