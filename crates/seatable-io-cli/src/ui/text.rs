//! Text that stays on its line.

use std::borrow::Cow;

use serde::Serialize;

/// Returns the text on one line, with characters escaped that could move a terminal's cursor or reverse its text.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_invisible(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// Returns `true` for control characters, line separators and bidirectional controls.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns the value as JSON, with control characters, line separators and bidirectional controls escaped.
pub(crate) fn to_line(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escaped(&serde_json::to_string(value)?).into_owned())
}

/// Returns the same JSON, in which control characters, line separators and bidirectional controls are escaped. It has one line.
pub(crate) fn escaped(json: &str) -> Cow<'_, str> {
    // Outside strings there may be tabs, and no others.
    let is_escaped = |c: char| is_invisible(c) && c != '\t';
    let escaped = |c: char| {
        if is_escaped(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() }
    };
    if json.contains(is_escaped) { json.chars().map(escaped).collect::<String>().into() } else { json.into() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_cannot_move_the_cursor_or_begin_a_line() {
        assert_eq!(
            visible("a\u{1b}[2Jb\r\n\tc\u{b}\u{202e}d\u{9b}\u{85}e\u{2028}"),
            r"a\u{1b}[2Jb\r\n\tc\u{b}\u{202e}d\u{9b}\u{85}e\u{2028}"
        );
        assert_eq!(visible(r"Größe 项目 😀 „…“ \n"), r"Größe 项目 😀 „…“ \n");
    }

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
