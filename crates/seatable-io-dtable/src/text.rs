//! Texts in JSON.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// The most characters of a name in a message, and of a text in a difference.
const SHOWN: usize = 200;

/// Returns a name for a message: on one line, with control characters escaped, and cut if it is long.
pub(crate) fn shown(name: &str) -> String {
    let mut shown = String::new();
    for c in short(name).chars() {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// Returns the beginning of a text, and `…` if there is more.
pub(crate) fn short(text: &str) -> String {
    excerpt(text, 0, SHOWN)
}

/// Returns a part of a text: from this character on, and this many of them at most.
pub(crate) fn excerpt(text: &str, from: usize, most: usize) -> String {
    let mut rest = text.chars().skip(from);
    let shown: String = rest.by_ref().take(most).collect();
    let cut = |is_cut| if is_cut { "…" } else { "" };
    format!("{}{shown}{}", cut(from > 0), cut(rest.next().is_some()))
}

/// Returns the text of a JSON text that is valid.
pub(crate) fn unquoted(json: &str) -> Cow<'_, str> {
    let text = json.get(1..json.len().saturating_sub(1)).unwrap_or_default();
    if !text.contains('\\') {
        return text.into();
    }
    serde_json::from_str(json).map_or(text.into(), |Text(text)| text)
}

/// A text. Half of a surrogate pair, for which other parsers of JSON fail, becomes U+FFFD (three times).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl<'de> Visitor<'de> for Bytes {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(text.into()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(text.to_owned().into()))
            }

            fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Text<'de>, E> {
                Ok(Text(String::from_utf8_lossy(bytes)))
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Text<'de>, E> {
                Ok(Text(String::from_utf8_lossy(bytes).into_owned().into()))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn an_excerpt_shows_at_which_ends_it_is_cut() {
        let parts = [(0, 3), (0, 2), (1, 2), (1, 1), (3, 1)].map(|(from, most)| excerpt("aéb", from, most));
        assert_eq!(parts, ["aéb", "aé…", "…éb", "…é…", "…"]);
    }
}
