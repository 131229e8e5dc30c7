//! Helpers for the tests of several calls.

use http::{Response, response};

use crate::{Endpoint, Listing, ReplyError, Server, Token};

pub(crate) const TOKEN: &str = "4f1d0c7be2a9";

pub(crate) fn server() -> Server {
    Server::new("https://seatable.example", Token::new(TOKEN).unwrap()).unwrap()
}

/// Returns the method and the URI of a call, such as "GET https://…".
pub(crate) fn line(call: &impl Endpoint) -> String {
    let request = call.request(&server());
    format!("{} {}", request.method(), request.uri())
}

pub(crate) fn reply<E: Endpoint>(status: u16, body: &str) -> Result<E::Reply, ReplyError> {
    E::parse(Response::builder().status(status).body(body).unwrap())
}

pub(crate) fn head(status: u16, headers: &[(&str, &str)]) -> response::Parts {
    let response = headers
        .iter()
        .fold(Response::builder().status(status), |response, (name, value)| response.header(*name, *value));
    response.body(()).unwrap().into_parts().0
}

pub(crate) fn names(listing: &Listing) -> Vec<&str> {
    listing.bases.iter().map(|listed| listed.base.name.as_str()).collect()
}
