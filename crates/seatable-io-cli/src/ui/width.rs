//! The width of a text in columns of a terminal.

pub(crate) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

fn columns(c: char) -> usize {
    match c {
        ' '..='~' => 1,
        _ if is_without_width(c) => 0,
        _ if is_wide(c) => 2,
        _ => 1,
    }
}

/// Returns `true` for characters that are two columns wide, or may be: those of East Asia, and symbols that are drawn as
/// pictures.
fn is_wide(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{115f}' | '\u{231a}'..='\u{231b}' | '\u{23e9}'..='\u{23f3}' | '\u{25fd}'..='\u{25fe}'
        | '\u{2600}'..='\u{27bf}' | '\u{2b1b}'..='\u{2b55}' | '\u{2e80}'..='\u{a4cf}' | '\u{a960}'..='\u{a97c}'
        | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff01}'..='\u{ff60}'
        | '\u{1f000}'..='\u{3fffd}')
}

/// Returns `true` for marks that are drawn over the character before them, and characters without a shape.
fn is_without_width(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{64b}'..='\u{65f}' | '\u{200b}'..='\u{200d}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
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
