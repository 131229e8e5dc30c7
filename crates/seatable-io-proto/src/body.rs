use std::fmt;

use bytes::Bytes;
use http::Request;

/// The start of the query pair that contains a password.
pub(crate) const PASSWORD: &str = "password=";

/// The body of a request in three parts: a head, the file, and a tail.
///
/// It does not contain the file itself. A driver sends [`file_len`](Self::file_len) bytes of the file between
/// [`head`](Self::head) and [`tail`](Self::tail).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Body {
    pub(crate) head: Bytes,
    pub(crate) file: u64,
    pub(crate) tail: Bytes,
}

impl Body {
    /// Returns the bytes before the file.
    pub fn head(&self) -> &Bytes {
        &self.head
    }

    /// Returns the length of the file in bytes; 0 for a request without one.
    pub fn file_len(&self) -> u64 {
        self.file
    }

    /// Returns the bytes after the file.
    pub fn tail(&self) -> &Bytes {
        &self.tail
    }

    /// Returns the length of all three parts in bytes, which is the `Content-Length` of the request.
    pub fn len(&self) -> u64 {
        let ours = self.head.len().saturating_add(self.tail.len());
        self.file.saturating_add(ours as u64)
    }

    /// Returns whether all three parts are empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("head", &self.head.len())
            .field("file", &self.file)
            .field("tail", &self.tail.len())
            .finish()
    }
}

/// Describes a request in one line for logs: method, path and query, with the value of `password` replaced by `…`.
///
/// The `Debug` output of [`http::Request`] shows the whole URI, including a password.
pub fn describe<B>(request: &Request<B>) -> String {
    let mut line = format!("{} {}", request.method(), request.uri().path());
    for (index, pair) in pairs(request).enumerate() {
        line.push(if index == 0 { '?' } else { '&' });
        line.push_str(if pair.starts_with(PASSWORD) { "password=…" } else { pair });
    }
    line
}

pub(crate) fn pairs<B>(request: &Request<B>) -> impl Iterator<Item = &str> {
    request.uri().query().into_iter().flat_map(|query| query.split('&'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_that_of_all_three_pieces() {
        let body = Body { head: Bytes::from("secret"), file: 1000, tail: Bytes::from("end") };
        assert_eq!((body.len(), body.is_empty()), (1009, false));
        assert_eq!(format!("{body:?}"), "Body { head: 6, file: 1000, tail: 3 }");
        assert!(Body::default().is_empty());
    }

    #[test]
    fn a_description_hides_the_value_of_password() {
        let request = |uri: &str| Request::post(uri).body(()).unwrap();
        let described = describe(&request("http://a.example/s/x/?name=a%20b&password=geheim&c=1"));
        assert_eq!(described, "POST /s/x/?name=a%20b&password=…&c=1");
        assert_eq!(describe(&request("http://a.example/?password=geheim")), "POST /?password=…");
        assert_eq!(describe(&request("http://a.example/x/")), "POST /x/");
    }
}
