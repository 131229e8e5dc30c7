//! Percent-encoding of one path segment or one query value (RFC 3986, section 2).

use std::fmt::Write as _;

/// Encodes everything but RFC 3986's unreserved characters.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// `None` if a `%` lacks its two digits or the bytes are not UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(if byte == b'%' { digit(bytes.next()?)? << 4 | digit(bytes.next()?)? } else { byte });
    }
    String::from_utf8(decoded).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16)?.try_into().ok()
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
    fn what_was_encoded_decodes() {
        assert_eq!(decode(&encode("100% of ä/ß 🦀")).as_deref(), Some("100% of ä/ß 🦀"));
    }

    #[test]
    fn what_was_not_encoded_rightly_does_not_decode() {
        assert_eq!(decode("50%"), None);
        assert_eq!(decode("%+1"), None);
        assert_eq!(decode("%FF"), None);
    }
}
