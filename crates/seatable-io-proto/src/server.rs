use std::fmt;

use http::header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, USER_AGENT};
use http::{HeaderValue, Method, Request, Uri};
use url::{Host, Url};

use crate::text::from_text;
use crate::{Body, InputError};

/// An account token, not a base's API token. Its `Debug` output hides it, and as a header value it is marked sensitive.
#[doc(alias = "Authorization")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Token(HeaderValue);

impl Token {
    /// Accepts 1 to 1024 visible ASCII characters without spaces.
    ///
    /// # Errors
    ///
    /// [`InputError::Token`] for anything else.
    pub fn new(text: &str) -> Result<Token, InputError> {
        if !(1..=1024).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InputError::Token);
        }
        let mut value = HeaderValue::try_from(format!("Token {text}")).map_err(|_| InputError::Token)?;
        value.set_sensitive(true);
        Ok(Token(value))
    }
}

from_text!(Token);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The address of a SeaTable server, and the token to use there.
///
/// ```
/// use seatable_io_proto::{InputError, Server, Token};
///
/// let token = Token::new("0303f89b3607fb86")?;
/// assert!(Server::new("https://cloud.seatable.io", token.clone()).is_ok());
/// assert!(Server::new("http://localhost:8000/seatable", token.clone()).is_ok());
///
/// // Without TLS, others can read the token, so this must be allowed explicitly.
/// let url = "http://seatable.lan";
/// assert_eq!(Server::new(url, token.clone()).unwrap_err(), InputError::UrlInsecure);
/// assert!(Server::new_insecure(url, token).is_ok());
/// # Ok::<(), InputError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Server {
    url: String,
    is_loopback: bool,
    token: Token,
}

impl Server {
    /// Accepts a URL of at most 2048 bytes, with any port and path prefix, with or without a trailing slash. A user name, a
    /// password, a query and a fragment are rejected.
    ///
    /// The scheme must be `https`, or `http` if the host is [loopback](Self::is_loopback).
    ///
    /// `localhost` is a name, which a resolver or a file such as `/etc/hosts` can map to another computer. A transport of your own
    /// must connect to it only at loopback addresses, as `only_loopback` in `seatable-io-driver` selects them; otherwise the
    /// token can leave this computer in plain text.
    ///
    /// # Errors
    ///
    /// [`InputError::UrlInsecure`] for `http` to another host, and another `Url` error for any other URL.
    pub fn new(url: &str, token: Token) -> Result<Server, InputError> {
        let server = Server::new_insecure(url, token)?;
        if server.is_https() || server.is_loopback { Ok(server) } else { Err(InputError::UrlInsecure) }
    }

    /// Like [`new`](Self::new), but also accepts `http` URLs of other computers. Everyone on the way to the server can then read
    /// the token, passwords and files.
    ///
    /// # Errors
    ///
    /// A `Url` error if the URL is not accepted.
    pub fn new_insecure(url: &str, token: Token) -> Result<Server, InputError> {
        if url.len() > 2048 {
            return Err(InputError::UrlTooLong);
        }
        let url = Url::parse(url).map_err(|_| InputError::UrlNotUnderstood)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InputError::UrlScheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InputError::UrlUserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(InputError::UrlQuery);
        }
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let mut url = String::from(url);
        if !url.ends_with('/') {
            url.push('/');
        }
        Uri::try_from(&url).map_err(|_| InputError::UrlNotUnderstood)?;
        Ok(Server { url, is_loopback, token })
    }

    /// Returns the normalized URL; it ends in `/`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns whether the scheme is `https`.
    pub fn is_https(&self) -> bool {
        self.url.starts_with("https:")
    }

    /// Returns whether the host is `localhost`, in `127.0.0.0/8`, or `::1`.
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Builds a request without a body. `path` is percent-encoded and has no leading slash.
    pub(crate) fn request(&self, method: Method, path: &str) -> Request<Body> {
        let mut request = Request::new(Body::default());
        *request.method_mut() = method;
        // The URL is a URI, and `path` is unreserved text of bounded length, so this does not fail. If it did, a URI
        // without a host could not be sent anywhere.
        *request.uri_mut() = Uri::try_from(format!("{}{path}", self.url)).unwrap_or_default();
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.token.0.clone());
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("en"));
        let agent = concat!("seatable-io/", env!("CARGO_PKG_VERSION"));
        headers.insert(USER_AGENT, HeaderValue::from_static(agent));
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        request
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("url", &self.url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TOKEN, server};

    fn at(url: &str) -> Result<Server, InputError> {
        Server::new_insecure(url, Token::new(TOKEN).unwrap())
    }

    #[test]
    fn plain_http_beyond_loopback_must_be_allowed_explicitly() {
        let secure = |url| Server::new(url, Token::new(TOKEN).unwrap()).map(|_| ());
        for url in ["https://a.example", "http://localhost:8000", "http://127.1.2.3", "http://[::1]:80/x"] {
            assert_eq!(secure(url), Ok(()), "{url}");
        }
        for url in ["http://a.example", "http://10.0.0.7", "http://localhost.example", "http://notlocalhost"]
        {
            assert_eq!(secure(url), Err(InputError::UrlInsecure), "{url}");
        }
    }

    #[test]
    fn a_server_may_live_under_a_path_prefix_on_any_port() {
        for url in ["http://10.0.0.7:8082/seatable", "http://10.0.0.7:8082/seatable/"] {
            let server = at(url).unwrap();
            assert_eq!(server.url(), "http://10.0.0.7:8082/seatable/");
            let uri = server.request(Method::GET, "api/v2.1/x/?a=1").uri().to_string();
            assert_eq!(uri, "http://10.0.0.7:8082/seatable/api/v2.1/x/?a=1");
        }
        assert_eq!(at("HTTPS://Cloud.SeaTable.io").unwrap().url(), "https://cloud.seatable.io/");
        for url in ["https://MÜLLER.example/Ü", "https://XN--MLLER-KVA.example/%C3%9C"] {
            assert_eq!(at(url).unwrap().url(), "https://xn--mller-kva.example/%C3%9C/");
        }
    }

    #[test]
    fn an_invalid_address_of_a_server_is_rejected() {
        assert_eq!(at("cloud.seatable.io").unwrap_err(), InputError::UrlNotUnderstood);
        assert_eq!(at("https://").unwrap_err(), InputError::UrlNotUnderstood);
        assert_eq!(at("localhost:8000").unwrap_err(), InputError::UrlScheme);
        for user_info in ["mira:secret", "mira", ":secret"] {
            assert_eq!(at(&format!("https://{user_info}@a.example")).unwrap_err(), InputError::UrlUserInfo);
        }
        for query in ["?x", "?", "#x", "#"] {
            assert_eq!(at(&format!("https://a.example/{query}")).unwrap_err(), InputError::UrlQuery);
        }
        let long = format!("https://a.example/{}", "a".repeat(2048));
        assert_eq!(at(&long).unwrap_err(), InputError::UrlTooLong);
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1", "127.8.9.10", "[::1]"] {
            assert!(at(&format!("http://{host}/")).unwrap().is_loopback(), "{host}");
        }
        for host in [
            "localhost.example",
            "notlocalhost",
            "localhost.localhost",
            "128.0.0.1",
            "[::2]",
            "127.example",
            "0.0.0.0",
        ] {
            assert!(!at(&format!("http://{host}/")).unwrap().is_loopback(), "{host}");
        }
        assert!(at("https://a.example").unwrap().is_https());
        assert!(!at("http://a.example").unwrap().is_https());
    }

    #[test]
    fn fact_20_every_request_carries_the_token_asks_for_english_and_accepts_anything() {
        let request = server().request(Method::GET, "x/");
        let header = |name: http::HeaderName| request.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header(AUTHORIZATION), format!("Token {TOKEN}"));
        assert_eq!(header(ACCEPT_LANGUAGE), "en");
        assert_eq!(header(ACCEPT), "*/*");
        assert!(header(USER_AGENT).starts_with("seatable-io/0."));
        assert_eq!(request.headers().len(), 4);
    }

    #[test]
    fn debug_output_names_the_server_only() {
        let server = at("https://a.example").unwrap();
        assert_eq!(format!("{server:?}"), r#"Server { url: "https://a.example/", .. }"#);
        assert_eq!(format!("{:?}", server.token), "Token(…)");
    }

    #[test]
    fn nothing_shows_the_token() {
        let request = server().request(Method::GET, "x/");
        let shown = format!("{request:?} {:?} {:?}", server(), Token::new(TOKEN));
        assert!(!shown.contains(TOKEN), "{shown}");
    }

    #[test]
    fn a_token_is_accepted_as_it_is_or_rejected() {
        for text in ["", " a", "a b", "a\n", "é", &"a".repeat(1025)] {
            assert_eq!(Token::new(text), Err(InputError::Token), "{text:?}");
        }
        assert!(Token::new(&"a".repeat(1024)).is_ok());
        assert!(Token::new("eyJhbGciOi.J9-_~=").is_ok());
    }
}
