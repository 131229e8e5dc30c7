use std::io;

use http::Request;
use seatable_io_proto::{Body, Endpoint, Server};

use crate::Error;

/// The request of a single call, which must not send a file.
pub(crate) fn request<E: Endpoint>(endpoint: &E, server: &Server) -> Result<Request<Body>, Error> {
    let request = endpoint.request(server);
    if request.body().is_empty() {
        return Ok(request);
    }
    Err(Error::from_source(io::Error::new(io::ErrorKind::InvalidInput, "a single call cannot send a file")))
}
