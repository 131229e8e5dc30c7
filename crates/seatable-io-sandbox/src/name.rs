use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::Generation;

/// The `Content-Disposition` of one part of a form, as the server's version of Django reads it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Disposition {
    pub(crate) field: Option<String>,
    pub(crate) file_name: Option<String>,
}

impl Disposition {
    pub(crate) fn parse(header: &[u8], generation: Generation) -> Self {
        let header = String::from_utf8_lossy(header);
        let mut found = Disposition::default();
        for parameter in parameters(&header, generation) {
            let Some((name, value)) = parameter.split_once('=') else { continue };
            match name.trim().to_ascii_lowercase().as_str() {
                "name" => found.field = Some(unquoted(value)),
                "filename" => found.file_name = Some(unquoted(value)),
                _ => {}
            }
        }
        found
    }
}

/// Splits at each `;` with an even number of quotes before it. In 2020 an escaped quote counts too.
fn parameters(header: &str, generation: Generation) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = header;
    loop {
        let end = rest.match_indices(';').map(|(index, _)| index).find(|&index| {
            let before = &rest[..index];
            let escaped = if generation == Generation::Y2020 { 0 } else { before.matches("\\\"").count() };
            (before.matches('"').count() - escaped).is_multiple_of(2)
        });
        let Some(end) = end else {
            found.push(rest);
            return found;
        };
        found.push(&rest[..end]);
        rest = &rest[end + 1..];
    }
}

fn unquoted(value: &str) -> String {
    let value = value.trim();
    match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
        Some(inner) => inner.replace("\\\\", "\\").replace("\\\"", "\""),
        None => value.to_owned(),
    }
}

/// Makes the name of an uploaded file safe like the server's version of Django, and converts it to NFC; returns `None` if
/// nothing remains.
pub(crate) fn safe(file_name: &str, generation: Generation) -> Option<String> {
    let unescaped = html_escape::decode_html_entities(file_name);
    let last = unescaped.rsplit(['/', '\\']).next().unwrap_or_default();
    let printable: String = match generation {
        Generation::Y2020 => last.trim().to_owned(),
        Generation::Y2021 | Generation::Current => last.chars().filter(|&char| is_printable(char)).collect(),
    };
    (!matches!(printable.as_str(), "" | "." | "..")).then(|| cut(&printable).nfc().collect())
}

/// Shortens the part before the extension, so that the name has at most 255 characters.
fn cut(name: &str) -> String {
    const LIMIT: usize = 255;
    if name.chars().count() <= LIMIT {
        return name.to_owned();
    }
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let dotted = if extension.is_empty() { String::new() } else { format!(".{extension}") };
    let extension: String = dotted.chars().take(LIMIT).collect();
    let stem: String = stem.chars().take(LIMIT - extension.chars().count()).collect();
    stem + &extension
}

/// Python's `str.isprintable`. The standard library escapes the same categories, and combining marks only at the start.
fn is_printable(char: char) -> bool {
    matches!(char, '"' | '\'' | '\\') || format!("a{char}").escape_debug().count() == 2
}

/// Returns the form in which the database compares a name: without case, accents and trailing spaces, and with all
/// characters above U+FFFF, such as emoji, equal. The usual collations also equate `ß` with `s` or `ss`; this does not.
pub(crate) fn compared(name: &str) -> String {
    let known = name.trim_end_matches(' ').chars().map(|char| char.min('\u{fffd}'));
    let letters = known.nfkd().filter(|char| !is_combining_mark(*char));
    letters.flat_map(char::to_lowercase).collect()
}

/// Returns the name of the base, which ends at the first dot in 2020 and at the last one later, and the extension of the
/// file.
pub(crate) fn base_and_extension(file_name: &str, generation: Generation) -> (&str, String) {
    let (stem, extension) = file_name.rsplit_once('.').unwrap_or((file_name, ""));
    match generation {
        Generation::Y2020 => (stem.split('.').next().unwrap_or_default(), extension.to_owned()),
        Generation::Y2021 | Generation::Current => (stem, extension.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printable_characters_are_those_of_python() {
        for char in ['a', ' ', 'é', '日', '\u{301}', '😀', '"', '\'', '|'] {
            assert!(is_printable(char), "{char:?}");
        }
        // Control, tab, ZWJ, soft hyphen, BOM, direction marks, no-break and ideographic space, line separator, private,
        // unassigned.
        for char in
            "\u{7}\t\u{200d}\u{ad}\u{feff}\u{200e}\u{202e}\u{a0}\u{3000}\u{2028}\u{e000}\u{378}".chars()
        {
            assert!(!is_printable(char), "{char:?}");
        }
    }

    #[test]
    fn an_escaped_quote_before_a_semicolon_fails_in_2020() {
        let header = br#"form-data; name="dtable"; filename="a\";b.dtable""#;
        let later = Disposition::parse(header, Generation::Y2021);
        assert_eq!(later.file_name.as_deref(), Some("a\";b.dtable"));
        let early = Disposition::parse(header, Generation::Y2020);
        assert_ne!(early.file_name, later.file_name);
    }
}
