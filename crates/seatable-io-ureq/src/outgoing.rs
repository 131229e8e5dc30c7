use http::HeaderValue;
use http::header::EXPECT;
use http::request::Parts;
use seatable_io_driver::ProxyRoute;
use ureq::Error;

use crate::secrets::Secrets;

/// The parts of the head of a request that ureq does not know.
pub(crate) struct Outgoing {
    secrets: Secrets,
    awaits_continue: bool,
    forward: Option<Forward>,
}

/// The parts that an HTTP proxy needs to forward a request.
struct Forward {
    origin: String,
    auth: Option<HeaderValue>,
}

impl Outgoing {
    /// Removes the secrets from a head that is sent on this route.
    pub(crate) fn new(head: &mut Parts, route: ProxyRoute<'_>) -> Self {
        let authority = head.uri.authority().map_or("", |authority| authority.as_str());
        let forward = match route {
            ProxyRoute::Forward(proxy) => {
                Some(Forward { origin: format!("http://{authority}"), auth: proxy.basic_auth() })
            }
            _ => None,
        };
        Self { awaits_continue: head.headers.contains_key(EXPECT), forward, secrets: Secrets::hide(head) }
    }

    /// Whether the body is held back until `100 Continue`.
    pub(crate) fn awaits_continue(&self) -> bool {
        self.awaits_continue
    }

    /// Completes the head, which is the first `len` bytes of `output`, and returns its new length.
    pub(crate) fn complete(self, output: &mut [u8], len: usize) -> Result<usize, Error> {
        let unusable = |why: &'static str| Error::Other(why.into());
        if !self.secrets.reveal(&mut output[..len]) {
            return Err(unusable("the head lacks the place of a secret"));
        }
        let Some(forward) = self.forward else { return Ok(len) };
        let head = forward.apply(&output[..len]).ok_or_else(|| unusable("the head has no first line"))?;
        output.get_mut(..head.len()).ok_or_else(|| unusable("the head is too long"))?.copy_from_slice(&head);
        Ok(head.len())
    }
}

impl Forward {
    /// The head with the whole URL in its first line, and with the credentials for the proxy.
    fn apply(&self, head: &[u8]) -> Option<Vec<u8>> {
        let target = head.iter().position(|&byte| byte == b' ')? + 1;
        let headers = head.windows(2).position(|pair| pair == b"\r\n")? + 2;
        let mut whole = [&head[..target], self.origin.as_bytes(), &head[target..headers]].concat();
        if let Some(auth) = &self.auth {
            whole.extend_from_slice(&[b"proxy-authorization: ", auth.as_bytes(), b"\r\n"].concat());
        }
        whole.extend_from_slice(&head[headers..]);
        Some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forwarded_request_names_the_whole_address_and_the_proxys_credentials() {
        let auth = Some(HeaderValue::from_static("Basic YQ=="));
        let forward = Forward { origin: "http://a:8000".to_owned(), auth };
        let head = forward.apply(b"GET /x/?y HTTP/1.1\r\nhost: a:8000\r\n\r\n").unwrap();
        let expected =
            "GET http://a:8000/x/?y HTTP/1.1\r\nproxy-authorization: Basic YQ==\r\nhost: a:8000\r\n\r\n";
        assert_eq!(String::from_utf8(head).unwrap(), expected);
    }
}
