//! The texts in JSON, byte by byte, without a tree.

/// Reads the bytes of JSON, valid or not.
#[derive(Clone, Default)]
pub(crate) struct Strings {
    state: State,
    /// The first half of a surrogate pair.
    high: Option<u32>,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Outside,
    Inside,
    Escape,
    /// So many digits of `\uXXXX`, and their value.
    Digits(u8, u32),
}

/// Something in a string.
pub(crate) enum Piece {
    /// The next byte of its text in UTF-8.
    Byte(u8),
    /// Its end.
    End,
}

impl Strings {
    pub(crate) fn read(&mut self, byte: u8, mut on: impl FnMut(Piece)) {
        self.state = match (self.state, byte) {
            (State::Outside, b'"') => State::Inside,
            (State::Outside, _) => State::Outside,
            (State::Inside, b'"') => {
                self.high = None;
                on(Piece::End);
                State::Outside
            }
            (State::Inside, b'\\') => State::Escape,
            (State::Escape, b'u') => State::Digits(0, 0),
            (State::Inside, _) => {
                on(Piece::Byte(byte));
                State::Inside
            }
            (State::Escape, _) => {
                on(Piece::Byte(unescaped(byte)));
                State::Inside
            }
            (State::Digits(count, value), _) => {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                let (count, value) = (count.saturating_add(1), value << 4 | digit);
                if count < 4 {
                    State::Digits(count, value)
                } else {
                    self.unit(value, on);
                    State::Inside
                }
            }
        };
    }

    /// How many bytes can be skipped by someone who waits for a string with this byte in it.
    pub(crate) fn skip(&self, bytes: &[u8], awaited: u8) -> usize {
        let next = match self.state {
            State::Outside => bytes.iter().position(|byte| *byte == b'"'),
            State::Inside => bytes.iter().position(|byte| [b'"', b'\\', awaited].contains(byte)),
            State::Escape | State::Digits(..) => Some(0),
        };
        next.unwrap_or(bytes.len())
    }

    /// Whether the next byte is not in a string.
    pub(crate) fn is_outside(&self) -> bool {
        matches!(self.state, State::Outside)
    }

    /// A unit of UTF-16.
    fn unit(&mut self, unit: u32, mut on: impl FnMut(Piece)) {
        if (0xd800..0xdc00).contains(&unit) {
            self.high = Some(unit);
            return;
        }
        let code = match self.high.take() {
            Some(high) if (0xdc00..0xe000).contains(&unit) => {
                0x1_0000_u32.saturating_add((high & 0x3ff) << 10 | unit & 0x3ff)
            }
            _ => unit,
        };
        let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| on(Piece::Byte(byte)));
    }
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
            strings.read(byte, |piece| match piece {
                Piece::Byte(byte) => text.push(byte),
                Piece::End => texts.push(String::from_utf8(std::mem::take(&mut text)).unwrap()),
            });
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
