use http::response::Parts;
use http::{Method, Request};
use serde::{Deserialize, Serialize};

use crate::endpoint::{if_there, object};
use crate::scalar::{required_text, text};
use crate::{Body, Endpoint, ReplyError, Server};

/// `GET server-info/`: the version of the server. The reply is `None` from servers of 2020, which do not have this address.
/// The request does not contain the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ServerInfo;

/// The version of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ServerVersion {
    /// Such as `6.0.10`.
    #[serde(deserialize_with = "required_text")]
    pub version: String,
    /// Such as `enterprise edition`.
    #[serde(default, deserialize_with = "text")]
    pub edition: Option<String>,
}

impl Endpoint for ServerInfo {
    type Reply = Option<ServerVersion>;

    fn request(&self, server: &Server) -> Request<Body> {
        server.anonymous(Method::GET, "server-info/")
    }

    fn reply(head: &Parts, body: &[u8]) -> Result<Option<ServerVersion>, ReplyError> {
        if_there(object(head, body, "it lacks a version"))
    }
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;

    use super::*;
    use crate::testing::{head, line, reply, server};

    #[test]
    fn fact_15_the_version_is_asked_for_without_the_token() {
        assert_eq!(line(&ServerInfo), "GET https://seatable.example/server-info/");
        let request = ServerInfo.request(&server());
        assert!(!request.headers().contains_key(AUTHORIZATION));
        assert_eq!(request.headers().len(), 3);
    }

    #[test]
    fn fact_15_a_server_tells_its_version_or_has_no_such_address() {
        let told = reply::<ServerInfo>(200, r#"{"version": "6.0.10", "edition": "enterprise edition"}"#);
        let told = told.unwrap().unwrap();
        assert_eq!((told.version.as_str(), told.edition.as_deref()), ("6.0.10", Some("enterprise edition")));
        assert_eq!(ServerInfo::reply(&head(404, &[("content-type", "text/html")]), b"<html>"), Ok(None));
        assert_eq!(reply::<ServerInfo>(200, r#"{"version": 6.1}"#).unwrap().unwrap().version, "6.1");
        for body in ["{}", "[]", r#"["6"]"#, "<html>"] {
            let error = reply::<ServerInfo>(200, body).unwrap_err();
            assert_eq!(error.to_string(), "the server answered 200 OK, but it lacks a version", "{body}");
        }
    }
}
