use http::response::Parts;
use http::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::scalar;
use crate::stream::Values;
use crate::{Body, NotUnderstood, Refusal, ReplyError, Server};

/// One call of the API: it builds the request, and reads the response.
pub trait Endpoint {
    /// The value read from a successful response.
    type Reply;

    /// The largest number of bytes of a response to read.
    const RESPONSE_LIMIT: usize = 64 * 1024;

    /// Builds the request. This cannot fail, because the input was checked when it was created. Its URI is absolute, and
    /// there is no `Host` header.
    fn request(&self, server: &Server) -> Request<Body>;

    /// Reads a response of any status and any bytes.
    ///
    /// # Errors
    ///
    /// A response that is not the expected reply. Its message may repeat parts of the request: before you show one, add the
    /// [secrets of the request](crate::Secrets::add_from) to `head`.
    fn reply(head: &Parts, body: &[u8]) -> Result<Self::Reply, ReplyError>;

    /// Reads a whole [`Response`].
    ///
    /// # Errors
    ///
    /// As [`reply`](Self::reply).
    fn parse(response: Response<impl AsRef<[u8]>>) -> Result<Self::Reply, ReplyError> {
        let (head, body) = response.into_parts();
        Self::reply(&head, body.as_ref())
    }
}

/// The JSON object of a 2xx response.
pub(crate) struct ReplyObject {
    status: StatusCode,
    object: Map<String, Value>,
}

impl ReplyObject {
    pub(crate) fn read(head: &Parts, body: &[u8]) -> Result<ReplyObject, ReplyError> {
        let status = head.status;
        if !status.is_success() {
            return Err(Refusal::read(head, body).into());
        }
        match serde_json::from_slice(body) {
            Ok(object) => Ok(ReplyObject { status, object }),
            Err(_) => Err(NotUnderstood::new(status, "is not a JSON object").into()),
        }
    }

    /// Removes the value of `key`, if it has one; `fault` is the error if it cannot be read.
    pub(crate) fn take<T: DeserializeOwned>(
        &mut self,
        key: &str,
        fault: &'static str,
    ) -> Result<Option<T>, ReplyError> {
        let value = self.object.remove(key).map(serde_json::from_value).transpose();
        value.map_err(|_| self.not_understood(fault))
    }

    /// Expects `{"success": true}`.
    pub(crate) fn success(mut self) -> Result<(), ReplyError> {
        match self.take("success", "has a success that is neither true nor false")? {
            Some(true) => Ok(()),
            Some(false) => Err(self.not_understood("has the success false")),
            None => Err(self.not_understood("has no success")),
        }
    }

    pub(crate) fn not_understood(&self, fault: &'static str) -> ReplyError {
        NotUnderstood::new(self.status, fault).into()
    }
}

/// Reads the JSON object of a 2xx response; `fault` is the error if it is not one.
pub(crate) fn read_into(
    head: &Parts,
    body: &[u8],
    fault: &'static str,
    values: &mut impl Values,
) -> Result<(), ReplyError> {
    if !head.status.is_success() {
        return Err(Refusal::read(head, body).into());
    }
    scalar::object(body, values).map_err(|_| NotUnderstood::new(head.status, fault).into())
}
