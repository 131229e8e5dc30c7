//! Text that stays on its line.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_move_the_cursor_or_begin_a_line() {
        assert_eq!(
            visible("a\u{1b}[2Jb\r\n\tc\u{b}\u{202e}d\u{9b}\u{85}e\u{2028}"),
            r"a\u{1b}[2Jb\r\n\tc\u{b}\u{202e}d\u{9b}\u{85}e\u{2028}"
        );
        assert_eq!(visible(r"Größe 项目 😀 „…“ \n"), r"Größe 项目 😀 „…“ \n");
    }
}
