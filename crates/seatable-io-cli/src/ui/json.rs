//! JSON on one line of visible characters.

use serde::Serialize;

use crate::ui::text::is_invisible;

/// Returns the value as JSON, with control characters, line separators and bidirectional controls escaped.
pub(crate) fn to_line(value: &impl Serialize) -> serde_json::Result<String> {
    let escaped = |c: char| match c {
        // There are none outside of strings.
        c if is_invisible(c) => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    Ok(serde_json::to_string(value)?.chars().map(escaped).collect())
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
