//! The width of a text in columns of a terminal.

use unicode_width::UnicodeWidthChar as _;

/// Returns the width, in which each character counts by itself: a terminal may draw several as one, which is not wider.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

fn columns(c: char) -> usize {
    c.width().unwrap_or_default()
}

/// Shortens the text to its beginning and an ellipsis, if necessary.
pub(crate) fn cut(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let start: String = take(text.chars(), room.saturating_sub(2)).into_iter().collect();
    if room < 3 { String::new() } else { start + ".." }
}

/// Shortens the text to its beginning and its end, if necessary: copies of one folder have the same beginning, files often have
/// the same end.
pub(crate) fn shorten(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let start: String = take(text.chars(), room.saturating_sub(2) / 2).into_iter().collect();
    let end = take(text.chars().rev(), room.saturating_sub(2 + width(&start)));
    let end: String = end.into_iter().rev().collect();
    if room < 3 { String::new() } else { start + ".." + &end }
}

fn take(text: impl Iterator<Item = char>, mut left: usize) -> Vec<char> {
    let fits = |c: &char| {
        let fits = columns(*c) <= left;
        left = left.saturating_sub(columns(*c));
        fits
    };
    text.take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_as_wide_as_in_terminals() {
        for (text, columns) in [
            ("Sales", 5),
            ("Größe – …", 9),
            ("Re\u{301}sume\u{301}", 6),
            ("שלום", 4),
            ("日本語の表", 10),
            ("한국어", 6),
            ("ｆｕｌｌ", 8),
            ("🚀✅", 4),
            ("zero\u{200b}width\u{feff}", 9),
        ] {
            assert_eq!(width(text), columns, "{text}");
        }
    }

    #[test]
    fn a_text_is_cut_where_a_character_ends() {
        assert_eq!(
            [10, 9, 8, 3, 2].map(|room| cut("日本語の表", room)),
            ["日本語の表", "日本語..", "日本語..", "..", ""]
        );
    }

    #[test]
    fn a_name_keeps_both_ends() {
        let name = |room| shorten("204 personal/Sales", room);
        assert_eq!(
            [18, 17, 12, 5, 3, 2].map(name),
            ["204 personal/Sales", "204 per..al/Sales", "204 p..Sales", "2..es", "..s", ""]
        );
        assert_eq!([9, 8].map(|room| shorten("日本語の表", room)), ["日..の表", "日..の表"]);
    }
}
