//! The strings in a JSON text, without a tree.

use memchr::memchr;

/// Reads JSON byte by byte, valid or not.
#[derive(Clone, Default)]
pub(crate) struct Strings {
    state: State,
    /// The first half of a surrogate pair.
    high: Option<u16>,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Outside,
    Inside,
    Escape,
    /// The number of digits of `\uXXXX` that were read, and their value.
    Digits(u8, u16),
}

impl Strings {
    /// Reads a byte, and adds the text that it completes to `text`, in UTF-8. Returns whether a string ends here.
    pub(crate) fn read(&mut self, byte: u8, text: &mut Vec<u8>) -> bool {
        let before = self.state;
        self.state = match (before, byte) {
            (State::Outside, b'"') => State::Inside,
            (State::Outside, _) => State::Outside,
            (State::Inside, b'"') => {
                self.high = None;
                State::Outside
            }
            (State::Inside, b'\\') => State::Escape,
            (State::Escape, b'u') => State::Digits(0, 0),
            (State::Digits(count, value), _) if count < 3 => {
                State::Digits(count.saturating_add(1), value << 4 | digit(byte))
            }
            (State::Digits(_, value), _) => {
                self.unit(value << 4 | digit(byte), text);
                State::Inside
            }
            (State::Inside, _) => {
                text.push(byte);
                State::Inside
            }
            (State::Escape, _) => {
                text.push(unescaped(byte));
                State::Inside
            }
        };
        matches!((before, self.state), (State::Inside, State::Outside))
    }

    /// Reads bytes whose text is not needed; returns how many: not an escape of which the second byte is missing. `is_within` becomes
    /// whether the last byte belongs to the text of a string.
    pub(crate) fn skip(&mut self, bytes: &[u8], is_within: &mut bool) -> usize {
        let mut at = 0_usize;
        while matches!(self.state, State::Outside | State::Inside) {
            let rest = bytes.get(at..).unwrap_or_default();
            let (plain, escape) = rest.split_at(memchr(b'\\', rest).unwrap_or(rest.len()));
            self.skip_plain(plain, is_within);
            at = at.saturating_add(plain.len());
            match (self.state, escape.len()) {
                (_, 0) | (State::Inside, 1) => break,
                (State::Inside, _) => {
                    *is_within = true;
                    at = at.saturating_add(2);
                }
                _ => at = at.saturating_add(1),
            }
        }
        at
    }

    /// Reads bytes without a backslash. Quotation marks are counted, which is faster than looking for each.
    fn skip_plain(&mut self, bytes: &[u8], is_within: &mut bool) {
        let Some(last) = bytes.last() else { return };
        let quotes: usize = bytes.iter().map(|byte| usize::from(*byte == b'"')).sum();
        if quotes > 0 {
            self.high = None;
        }
        if quotes & 1 == 1 {
            self.state = if self.is_outside() { State::Inside } else { State::Outside };
        }
        *is_within = !self.is_outside() && *last != b'"';
    }

    fn is_outside(&self) -> bool {
        matches!(self.state, State::Outside)
    }

    /// Adds a unit of UTF-16. Half of a pair counts only with the other half.
    fn unit(&mut self, unit: u16, text: &mut Vec<u8>) {
        if (0xd800..0xdc00).contains(&unit) {
            self.high = Some(unit);
            return;
        }
        let high = self.high.take().filter(|_| (0xdc00..0xe000).contains(&unit));
        for c in char::decode_utf16(high.into_iter().chain([unit])) {
            let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
            text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

fn digit(byte: u8) -> u16 {
    char::from(byte).to_digit(16).and_then(|digit| digit.try_into().ok()).unwrap_or_default()
}

fn unescaped(byte: u8) -> u8 {
    match byte {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(json: &str) -> Vec<String> {
        let (mut strings, mut text, mut texts) = (Strings::default(), Vec::new(), Vec::new());
        for byte in json.bytes() {
            if strings.read(byte, &mut text) {
                texts.push(String::from_utf8(std::mem::take(&mut text)).unwrap());
            }
        }
        texts
    }

    #[test]
    fn escapes_are_read() {
        assert_eq!(
            texts(r#"{"a\"\\\/\n\t\r\b\f": "\u00e9\ud83e\udd80"}"#),
            ["a\"\\/\n\t\r\u{8}\u{c}", "é🦀"]
        );
        assert_eq!(texts(r#"["\ud83e", "\udd80x"]"#), ["", "\u{fffd}x"]);
    }

    proptest! {
        #[test]
        fn every_text_arrives(list in prop::collection::vec("(?s).{0,20}", 0..5)) {
            prop_assert_eq!(texts(&serde_json::to_string(&list).unwrap()), list.clone());
            let ascii = list.iter().map(|text| {
                let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
                format!("\"{}\"", units.collect::<String>())
            });
            prop_assert_eq!(texts(&ascii.collect::<Vec<_>>().join(",")), list);
        }
    }
}
