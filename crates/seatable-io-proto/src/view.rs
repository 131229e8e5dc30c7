//! The meaning of a text, with the places in the text itself.

use std::borrow::Cow;

/// Invisible characters, except control characters: format characters (Cf), fillers, and characters that only change the one
/// before them (`Default_Ignorable_Code_Point` of Unicode 16), with the separators of lines and paragraphs.
const INVISIBLE: [(char, char); 25] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

fn is_invisible(character: char) -> bool {
    let is_in = |(first, last): &(char, char)| (*first..=*last).contains(&character);
    character.is_control() || INVISIBLE.iter().any(is_in)
}

/// Bytes of a text, each with the place that it has in the text: of its first byte, and after its last one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    bytes: Vec<u8>,
    places: Vec<(usize, usize)>,
}

impl View {
    /// Each byte has its character's place.
    pub(crate) fn of(text: &str) -> View {
        let mut view = View::default();
        for (start, character) in text.char_indices() {
            view.push(character, (start, start.saturating_add(character.len_utf8())));
        }
        view.without_invisible()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the place of a range of bytes, which is not empty.
    pub(crate) fn place(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        Some((self.places.get(start)?.0, self.places.get(end.checked_sub(1)?)?.1))
    }

    /// Replaces each percent-encoded byte and each JSON escape by its meaning. Returns `None` if the text has neither.
    pub(crate) fn decoded(&self) -> Option<View> {
        let (mut view, mut at) = (View::default(), 0);
        while let Some(rest) = self.bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let (meaning, len) = meaning(rest);
            let end = at.saturating_add(len);
            let place = self.place(at, end)?;
            view.bytes.extend_from_slice(&meaning);
            view.places.resize(view.bytes.len(), place);
            at = end;
        }
        (view.bytes.len() < self.bytes.len()).then(|| view.without_invisible())
    }

    fn push(&mut self, character: char, place: (usize, usize)) {
        self.bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        self.places.resize(self.bytes.len(), place);
    }

    fn without_invisible(self) -> View {
        let (mut view, mut places) = (View::default(), self.places.into_iter());
        for chunk in self.bytes.utf8_chunks() {
            for character in chunk.valid().chars() {
                let mut own = places.by_ref().take(character.len_utf8());
                let Some((start, end)) = own.next() else { break };
                let end = own.last().map_or(end, |(_, end)| end);
                if !is_invisible(character) {
                    view.push(character, (start, end));
                }
            }
            view.bytes.extend_from_slice(chunk.invalid());
            view.places.extend(places.by_ref().take(chunk.invalid().len()));
        }
        view
    }
}

/// Returns the meaning of the beginning of some bytes, and its length.
fn meaning(bytes: &[u8]) -> (Cow<'_, [u8]>, usize) {
    let escaped = match bytes {
        [b'%', high, low, ..] => hex(&[*high, *low]).map(|byte| (vec![byte.to_be_bytes()[3]], 3)),
        [b'\\', b'u', ..] => unicode(bytes),
        [b'\\', control @ (b'n' | b'r' | b't' | b'b' | b'f'), ..] => Some((vec![control & 0x1f], 2)),
        [b'\\', itself @ (b'"' | b'\\' | b'/'), ..] => Some((vec![*itself], 2)),
        _ => None,
    };
    match escaped {
        Some((meaning, len)) => (meaning.into(), len),
        None => (bytes.get(..1).unwrap_or_default().into(), 1),
    }
}

/// `\uXXXX`, or two of them for one character.
fn unicode(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let unit = |at: usize| {
        let digits = bytes.get(at..)?.strip_prefix(b"\\u")?.get(..4)?;
        u16::try_from(hex(digits)?).ok()
    };
    let units = [Some(unit(0)?), unit(6)];
    let mut characters = char::decode_utf16(units.into_iter().flatten());
    let character = characters.next()?.ok()?;
    let len = if character.len_utf16() == 2 { 12 } else { 6 };
    Some((character.to_string().into_bytes(), len))
}

fn hex(digits: &[u8]) -> Option<u32> {
    let mut digits = digits.iter().map(|digit| char::from(*digit).to_digit(16));
    digits.try_fold(0_u32, |number, digit| Some(number << 4 | digit?))
}
