//! JSON on one line of visible characters.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::ui::text::is_invisible;

/// Returns the value as JSON, with control characters, line separators and bidirectional controls escaped.
pub(crate) fn to_line(value: &impl Serialize) -> serde_json::Result<String> {
    let mut line = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut line, Escaped))?;
    Ok(String::from_utf8_lossy(&line).into_owned())
}

struct Escaped;

impl Formatter for Escaped {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        for part in fragment.split_inclusive(is_invisible) {
            match part.char_indices().next_back() {
                Some((at, c)) if is_invisible(c) => write!(out, "{}\\u{:04x}", &part[..at], u32::from(c))?,
                _ => out.write_all(part.as_bytes())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn invisible_characters_are_escaped() {
        let text = "a\u{1b}\u{7f}\u{85}\u{9b}b\u{61c}\u{200f}\u{2028}\u{2029}\u{202e}\u{2066}c ü 😀 \"\\\n";
        assert_eq!(
            to_line(&text).unwrap(),
            r#""a\u001b\u007f\u0085\u009bb\u061c\u200f\u2028\u2029\u202e\u2066c ü 😀 \"\\\n""#
        );
    }

    proptest! {
        #[test]
        fn a_line_parses_to_the_same(text in ".*") {
            let line = to_line(&[&text]).unwrap();
            prop_assert!(!line.contains(is_invisible));
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&line).unwrap(), [text]);
        }
    }
}
