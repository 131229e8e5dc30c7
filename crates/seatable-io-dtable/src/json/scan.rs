//! Checks JSON byte by byte, as [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259) has it.

use crate::ArchiveError;

/// How deeply lists and objects may be nested: the parser of the servers, Python's, goes no deeper.
const DEPTH: usize = 1000;

/// Looks for the end of a value, and checks it. Half of a surrogate pair is valid.
pub(super) struct Scan {
    state: State,
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

/// The last thing read, or the next thing expected.
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
    Text(Role),
    Escape(Role),
    Hex(Role, u8),
    Minus,
    Zero,
    Digits,
    Dot,
    Fraction,
    E,
    ESign,
    Exponent,
    Literal(&'static [u8]),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Key,
    Value,
}

impl Scan {
    /// Starts before a value, within this many lists and objects.
    pub(super) fn new(around: usize) -> Self {
        Self { state: State::Value, open: Vec::new(), around }
    }

    /// Returns where the value ends, if it ends in these bytes.
    pub(super) fn end_in(&mut self, bytes: &[u8]) -> Result<Option<usize>, ArchiveError> {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if let State::Text(_) = self.state {
                let rest = bytes.get(at..).unwrap_or_default();
                let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20));
                at = at.saturating_add(plain.unwrap_or(rest.len()));
                let Some(byte) = bytes.get(at) else { break };
                self.text(*byte)?;
            } else if self.is_number() && !is_in_number(*byte) {
                // A number ends before what follows.
                self.end_number()?;
                if self.is_over() {
                    return Ok(Some(at));
                }
                continue;
            } else {
                self.other(*byte)?;
            }
            at = at.saturating_add(1);
            if self.is_over() {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// Checks that the value ends with the input, as only a number can.
    pub(super) fn end(&mut self) -> Result<(), ArchiveError> {
        self.end_number()?;
        if self.is_over() { Ok(()) } else { Err(ArchiveError::NotJson) }
    }

    fn end_number(&mut self) -> Result<(), ArchiveError> {
        match self.state {
            State::Zero | State::Digits | State::Fraction | State::Exponent => {
                self.state = State::After;
                Ok(())
            }
            _ => Err(ArchiveError::NotJson),
        }
    }

    fn is_over(&self) -> bool {
        self.state == State::After && self.open.is_empty()
    }

    fn is_number(&self) -> bool {
        use State::{Digits, Dot, E, ESign, Exponent, Fraction, Minus, Zero};
        matches!(self.state, Minus | Zero | Digits | Dot | Fraction | E | ESign | Exponent)
    }

    /// Reads a byte that ends the plain part of a text.
    fn text(&mut self, byte: u8) -> Result<(), ArchiveError> {
        let State::Text(role) = self.state else { return Ok(()) };
        self.state = match (byte, role) {
            (b'\\', _) => State::Escape(role),
            (b'"', Role::Key) => State::Colon,
            (b'"', Role::Value) => State::After,
            _ => return Err(ArchiveError::NotJson),
        };
        Ok(())
    }

    fn other(&mut self, byte: u8) -> Result<(), ArchiveError> {
        use State::{
            After, Colon, Digits, Dot, E, ESign, Escape, Exponent, FirstItem, FirstKey, Fraction, Hex, Key,
            Literal, Minus, Text, Value, Zero,
        };
        self.state = match (self.state, byte) {
            (Value | FirstItem | Key | FirstKey | Colon | After, b' ' | b'\t' | b'\r' | b'\n') => {
                return Ok(());
            }
            (FirstItem, b']') | (FirstKey, b'}') | (After, b']' | b'}') => return self.close(byte),
            (Value | FirstItem, _) => return self.begin(byte),
            (Key | FirstKey, b'"') => Text(Role::Key),
            (After, b',') if self.open.last() == Some(&Open::Object) => Key,
            (Colon, b':') | (After, b',') => Value,
            (Escape(role), b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Text(role),
            (Escape(role), b'u') => Hex(role, 4),
            (Hex(role, 1), _) if byte.is_ascii_hexdigit() => Text(role),
            (Hex(role, more), _) if byte.is_ascii_hexdigit() => Hex(role, more.saturating_sub(1)),
            (Minus, b'0') => Zero,
            (Minus | Digits, b'0'..=b'9') => Digits,
            (Zero | Digits, b'.') => Dot,
            (Dot | Fraction, b'0'..=b'9') => Fraction,
            (Zero | Digits | Fraction, b'e' | b'E') => E,
            (E, b'+' | b'-') => ESign,
            (E | ESign | Exponent, b'0'..=b'9') => Exponent,
            (Literal([next]), _) if *next == byte => After,
            (Literal([next, rest @ ..]), _) if *next == byte => Literal(rest),
            _ => return Err(ArchiveError::NotJson),
        };
        Ok(())
    }

    /// Reads the first byte of a value.
    fn begin(&mut self, byte: u8) -> Result<(), ArchiveError> {
        self.state = match byte {
            b'"' => State::Text(Role::Value),
            b'[' => self.open(Open::List, State::FirstItem)?,
            b'{' => self.open(Open::Object, State::FirstKey)?,
            b'-' => State::Minus,
            b'0' => State::Zero,
            b'1'..=b'9' => State::Digits,
            b't' => State::Literal(b"rue"),
            b'f' => State::Literal(b"alse"),
            b'n' => State::Literal(b"ull"),
            _ => return Err(ArchiveError::NotJson),
        };
        Ok(())
    }

    fn open(&mut self, open: Open, state: State) -> Result<State, ArchiveError> {
        self.open.push(open);
        if self.open.len().saturating_add(self.around) > DEPTH {
            Err(ArchiveError::TooDeep)
        } else {
            Ok(state)
        }
    }

    fn close(&mut self, byte: u8) -> Result<(), ArchiveError> {
        self.state = State::After;
        match (self.open.pop(), byte) {
            (Some(Open::List), b']') | (Some(Open::Object), b'}') => Ok(()),
            _ => Err(ArchiveError::NotJson),
        }
    }
}

fn is_in_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')
}
