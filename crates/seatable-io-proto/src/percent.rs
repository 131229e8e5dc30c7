//! Percent-encoding of one path segment or one query value (RFC 3986, section 2).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// All characters but RFC 3986's unreserved ones.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Returns `None` if a `%` lacks its two digits or the bytes are not UTF-8. The crate passes such a `%` on.
pub(crate) fn decode(text: &str) -> Option<String> {
    let has_digits =
        |rest: &str| rest.as_bytes().get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    let is_encoded = text.split('%').skip(1).all(has_digits);
    let decoded = is_encoded.then(|| percent_decode_str(text).decode_utf8().ok())?;
    decoded.map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay_as_they_are() {
        assert_eq!(encode("aZ09-._~"), "aZ09-._~");
        assert_eq!(encode("a b/c?d#e%f&g+h\"ä"), "a%20b%2Fc%3Fd%23e%25f%26g%2Bh%22%C3%A4");
    }

    #[test]
    fn encoded_text_decodes() {
        assert_eq!(decode(&encode("100% of ä/ß 🦀")).as_deref(), Some("100% of ä/ß 🦀"));
    }

    #[test]
    fn wrongly_encoded_text_does_not_decode() {
        assert_eq!(decode("50%"), None);
        assert_eq!(decode("%+1"), None);
        assert_eq!(decode("%FF"), None);
    }
}
