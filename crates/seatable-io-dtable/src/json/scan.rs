//! Checks JSON byte by byte, as [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259) has it.

use crate::ArchiveError;

/// How deeply lists and objects may be nested: the parser of the servers, Python's, goes no deeper.
const DEPTH: usize = 1000;

/// Looks for the end of a value, and checks it. Half of a surrogate pair is valid.
pub(super) struct Scan {
    state: State,
    /// Whether the text that is being read is a key.
    is_key: bool,
    /// The bytes of a literal that must follow, the next one lowest; or how many hexadecimal digits.
    awaited: u32,
    /// The lists and objects of this value that are open.
    open: Vec<Open>,
    /// How many are open around it.
    around: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    List,
    Object,
}

/// The last thing read, or the next thing expected. A single byte stays in a register.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Value,
    /// A value, or the end of the list.
    FirstItem,
    Key,
    /// A key, or the end of the object.
    FirstKey,
    Colon,
    /// The end of a value: a comma, or the end of the list or object.
    After,
    Text,
    Escape,
    Hex,
    Minus,
    Zero,
    Digits,
    Dot,
    Fraction,
    E,
    ESign,
    Exponent,
    Literal,
}

impl Scan {
    /// Starts before a value, within this many lists and objects.
    pub(super) fn new(around: usize) -> Self {
        Self { state: State::Value, is_key: false, awaited: 0, open: Vec::new(), around }
    }

    /// Returns where the value ends, if it ends in these bytes.
    pub(super) fn end_in(&mut self, bytes: &[u8]) -> Result<Option<usize>, ArchiveError> {
        let (mut state, mut at) = (self.state, 0_usize);
        while let Some(byte) = bytes.get(at) {
            if state == State::Text {
                at = at.saturating_add(plain(bytes.get(at..).unwrap_or_default()));
                let Some(rest @ [_, ..]) = bytes.get(at..) else { break };
                let len;
                (state, len) = self.after_plain(rest)?;
                at = at.saturating_add(len);
            } else if is_number(state) && !is_in_number(*byte) {
                // A number ends before what follows.
                state = end_of_number(state)?;
            } else {
                state = self.next(state, *byte)?;
                at = at.saturating_add(1);
            }
            if state == State::After && self.open.is_empty() {
                self.state = state;
                return Ok(Some(at));
            }
        }
        self.state = state;
        Ok(None)
    }

    /// Checks that the value ends with the input, as only a number can.
    pub(super) fn end(&mut self) -> Result<(), ArchiveError> {
        self.state = end_of_number(self.state)?;
        if self.open.is_empty() { Ok(()) } else { Err(ArchiveError::NotJson) }
    }

    /// Reads what ends the plain part of a text; returns how many bytes that is.
    fn after_plain(&mut self, rest: &[u8]) -> Result<(State, usize), ArchiveError> {
        Ok(match (rest, self.is_key) {
            ([b'\\', ..], _) => (State::Escape, 1),
            // Mostly, another text follows.
            ([b'"', b':', b'"', ..], true) => (self.text(false), 3),
            ([b'"', b',', b'"', ..], false) if self.open.last() == Some(&Open::Object) => {
                (self.text(true), 3)
            }
            ([b'"', ..], true) => (State::Colon, 1),
            ([b'"', ..], false) => (State::After, 1),
            _ => return Err(ArchiveError::NotJson),
        })
    }

    /// Reads a byte of anything else.
    fn next(&mut self, state: State, byte: u8) -> Result<State, ArchiveError> {
        use State::{
            After, Colon, Digits, Dot, E, ESign, Escape, Exponent, FirstItem, FirstKey, Fraction, Hex, Key,
            Literal, Minus, Text, Value, Zero,
        };
        Ok(match (state, byte) {
            (Value | FirstItem | Key | FirstKey | Colon | After, b' ' | b'\t' | b'\r' | b'\n') => state,
            (FirstItem, b']') | (FirstKey, b'}') | (After, b']' | b'}') => return self.close(byte),
            (Value | FirstItem, _) => return self.begin(byte),
            (Key | FirstKey, b'"') => self.text(true),
            (After, b',') if self.open.last() == Some(&Open::Object) => Key,
            (Colon, b':') | (After, b',') => Value,
            (Escape, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Text,
            (Escape, b'u') => self.awaiting(Hex, 4),
            (Hex, _) if byte.is_ascii_hexdigit() => match self.awaited.saturating_sub(1) {
                0 => Text,
                more => self.awaiting(Hex, more),
            },
            (Minus, b'0') => Zero,
            (Minus | Digits, b'0'..=b'9') => Digits,
            (Zero | Digits, b'.') => Dot,
            (Dot | Fraction, b'0'..=b'9') => Fraction,
            (Zero | Digits | Fraction, b'e' | b'E') => E,
            (E, b'+' | b'-') => ESign,
            (E | ESign | Exponent, b'0'..=b'9') => Exponent,
            (Literal, _) if self.awaited & 0xff == u32::from(byte) => match self.awaited >> 8 {
                0 => After,
                more => self.awaiting(Literal, more),
            },
            _ => return Err(ArchiveError::NotJson),
        })
    }

    /// Reads the first byte of a value.
    fn begin(&mut self, byte: u8) -> Result<State, ArchiveError> {
        Ok(match byte {
            b'"' => self.text(false),
            b'[' => self.open(Open::List, State::FirstItem)?,
            b'{' => self.open(Open::Object, State::FirstKey)?,
            b'-' => State::Minus,
            b'0' => State::Zero,
            b'1'..=b'9' => State::Digits,
            b't' => self.awaiting(State::Literal, u32::from_le_bytes(*b"rue\0")),
            b'f' => self.awaiting(State::Literal, u32::from_le_bytes(*b"alse")),
            b'n' => self.awaiting(State::Literal, u32::from_le_bytes(*b"ull\0")),
            _ => return Err(ArchiveError::NotJson),
        })
    }

    fn text(&mut self, is_key: bool) -> State {
        self.is_key = is_key;
        State::Text
    }

    fn awaiting(&mut self, state: State, awaited: u32) -> State {
        self.awaited = awaited;
        state
    }

    fn open(&mut self, open: Open, state: State) -> Result<State, ArchiveError> {
        self.open.push(open);
        if self.open.len().saturating_add(self.around) > DEPTH {
            Err(ArchiveError::TooDeep)
        } else {
            Ok(state)
        }
    }

    fn close(&mut self, byte: u8) -> Result<State, ArchiveError> {
        match (self.open.pop(), byte) {
            (Some(Open::List), b']') | (Some(Open::Object), b'}') => Ok(State::After),
            _ => Err(ArchiveError::NotJson),
        }
    }
}

fn is_number(state: State) -> bool {
    use State::{Digits, Dot, E, ESign, Exponent, Fraction, Minus, Zero};
    matches!(state, Minus | Zero | Digits | Dot | Fraction | E | ESign | Exponent)
}

fn end_of_number(state: State) -> Result<State, ArchiveError> {
    use State::{After, Digits, Exponent, Fraction, Zero};
    if matches!(state, Zero | Digits | Fraction | Exponent) { Ok(After) } else { Err(ArchiveError::NotJson) }
}

fn is_in_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')
}

/// Returns how many bytes come before the end of the plain part of a text: a quotation mark, a backslash or a control character.
fn plain(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks();
    let mut len = 0_usize;
    for word in words {
        // Most texts are short, so eight bytes at once are faster than vectors.
        let ends = ends(u64::from_le_bytes(*word));
        if ends != 0 {
            return len.saturating_add((ends.trailing_zeros() >> 3) as usize);
        }
        len = len.saturating_add(8);
    }
    let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20));
    len.saturating_add(end.unwrap_or(rest.len()))
}

/// Marks the first of eight bytes that ends the plain part of a text by its highest bit. Those behind it may be marked wrongly.
fn ends(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const QUOTES: u64 = EACH * b'"' as u64;
    const BACKSLASHES: u64 = EACH * b'\\' as u64;
    // A byte that is less than another one borrows.
    let is_below = |word: u64, limit: u64| word.wrapping_sub(limit) & !word;
    let marked =
        is_below(word, EACH << 5) | is_below(word ^ QUOTES, EACH) | is_below(word ^ BACKSLASHES, EACH);
    marked & (EACH << 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_part_of_a_text_ends_where_a_search_byte_by_byte_ends_it() {
        for end in 0..=255 {
            let expected = matches!(end, b'"' | b'\\' | ..0x20);
            for (place, around) in
                (0..20).flat_map(|place| [b' ', b'!', b'#', 0x7f, 0xff].map(|around| (place, around)))
            {
                let mut text = [around; 20];
                text[place] = end;
                assert_eq!(plain(&text), if expected { place } else { 20 }, "{end:#x} at {place}");
                text[19] = b'"';
                assert_eq!(
                    plain(&text),
                    if expected { place } else { 19 },
                    "{end:#x} at {place}, then a quotation mark"
                );
            }
        }
    }
}
