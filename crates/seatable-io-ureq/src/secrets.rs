use http::header::{AUTHORIZATION, HeaderValue};
use http::request::Parts;
use http::uri::{PathAndQuery, Uri};

const PASSWORD: &str = "password=";

/// The secrets of one request, hidden from ureq, which logs whole heads at level *trace*.
///
/// ureq gets asterisks of the same length, which are replaced when the head is sent.
#[derive(Default)]
pub(crate) struct Secrets(Vec<Hidden>);

struct Hidden {
    before: &'static str,
    secret: Vec<u8>,
}

impl Secrets {
    /// Replaces the secrets in a head by asterisks.
    pub(crate) fn hide(head: &mut Parts) -> Self {
        let mut hidden = Vec::new();
        if let Some(value) = head.headers.get_mut(AUTHORIZATION) {
            hidden.push(Hidden { before: "authorization: ", secret: value.as_bytes().to_vec() });
            *value = HeaderValue::try_from("*".repeat(value.len())).unwrap_or(HeaderValue::from_static(""));
        }
        if let Some((uri, password)) = without_password(&head.uri) {
            hidden.push(Hidden { before: PASSWORD, secret: password.into_bytes() });
            head.uri = uri;
        }
        Self(hidden)
    }

    /// Puts the secrets back into the bytes of the head; `false` if the place of one is not found.
    pub(crate) fn reveal(self, bytes: &mut [u8]) -> bool {
        self.0.into_iter().all(|hidden| hidden.reveal(bytes))
    }
}

impl Hidden {
    fn reveal(self, bytes: &mut [u8]) -> bool {
        let (before, len) = (self.before.as_bytes(), self.secret.len());
        let is_place = |window: &[u8]| {
            window.starts_with(before) && window[before.len()..].iter().all(|byte| *byte == b'*')
        };
        let found = bytes.windows(before.len() + len).position(is_place);
        if let Some(place) = found {
            bytes[place + before.len()..][..len].copy_from_slice(&self.secret);
        }
        found.is_some()
    }
}

fn without_password(uri: &Uri) -> Option<(Uri, String)> {
    let query = uri.query()?;
    let password = query.split('&').find_map(|pair| pair.strip_prefix(PASSWORD))?;
    let starred = |pair: &str| match pair.strip_prefix(PASSWORD) {
        Some(value) => format!("{PASSWORD}{}", "*".repeat(value.len())),
        None => pair.to_owned(),
    };
    let pairs: Vec<_> = query.split('&').map(starred).collect();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(format!("{}?{}", uri.path(), pairs.join("&"))).ok();
    Some((Uri::from_parts(parts).ok()?, password.to_owned()))
}
