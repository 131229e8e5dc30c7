//! Values and objects of responses, of which little is kept, whatever a server sends.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Number;

use crate::message::{READ, beginning, cut};
use crate::stream::{Values, skip};

/// How much of a text is kept, in characters: so much that a message that is cut can be recognized.
const KEPT: usize = READ + 1;

/// The longest text of a base or a workspace, in characters.
const LONGEST: usize = 255;

/// The longest time, in bytes. RFC 3339 with nanoseconds has 35.
const LONGEST_TIME: usize = 64;

/// A value of an object. An array or object is not kept, and a text only up to a generous length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scalar {
    /// The object has no such key.
    #[default]
    Missing,
    Null,
    Flag(bool),
    Number(Number),
    Text(String),
    List,
    Object,
}

impl Scalar {
    /// Returns a text or a number, unless it is too long.
    pub(crate) fn text(self) -> Option<String> {
        self.any_text().filter(|text| text.chars().nth(LONGEST).is_none())
    }

    /// Returns a text, which is cut if it is too long, or a number.
    pub(crate) fn cut_text(self) -> Option<String> {
        self.any_text().map(|text| cut(text, LONGEST))
    }

    /// Returns a text of at most 64 bytes.
    pub(crate) fn time(self) -> Option<String> {
        self.text().filter(|text| text.len() <= LONGEST_TIME)
    }

    fn any_text(self) -> Option<String> {
        match self {
            Scalar::Text(text) => Some(text),
            Scalar::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Returns a whole number, or a text that is one.
    pub(crate) fn number(&self) -> Option<u64> {
        match self {
            Scalar::Number(number) => number.as_u64(),
            Scalar::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        if let Scalar::Flag(flag) = self { Some(*flag) } else { None }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut number = WrappedNumber::default();
        let read = deserializer.deserialize_any(AnyValue(&mut number))?;
        Ok(number.0.map_or(read, Scalar::Number))
    }
}

/// With its feature `arbitrary_precision`, which any crate of a program can turn on, `serde_json` passes numbers as objects.
#[derive(Default)]
struct WrappedNumber(Option<Number>);

impl Values for WrappedNumber {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        if key != "$serde_json::private::Number" {
            return skip(object);
        }
        let digits: Scalar = object.next_value()?;
        self.0 = digits.text().and_then(|digits| digits.parse().ok());
        Ok(())
    }
}

/// Reads a JSON object.
pub(crate) fn object(json: &[u8], values: &mut impl Values) -> serde_json::Result<()> {
    let mut json = serde_json::Deserializer::from_slice(json);
    Object(values).deserialize(&mut json)?;
    json.end()
}

/// An object. Anything else is an error.
pub(crate) struct Object<'a, T>(pub(crate) &'a mut T);

impl<'de, T: Values> DeserializeSeed<'de> for Object<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match deserializer.deserialize_any(AnyValue(self.0))? {
            Scalar::Object => Ok(()),
            _ => Err(D::Error::custom("not an object")),
        }
    }
}

/// A key of an object, which is copied only if it contains an escape.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads any value. The values of an object go to `T`, which is the only one that may refuse them.
pub(crate) struct AnyValue<'a, T>(pub(crate) &'a mut T);

impl<'de, T: Values> Visitor<'de> for AnyValue<'_, T> {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Scalar, E> {
        Ok(Scalar::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
        Ok(Number::from_f64(number).map_or(Scalar::Null, Scalar::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(beginning(text, KEPT).to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Scalar, A::Error> {
        while let Some(Key(key)) = object.next_key()? {
            self.0.read(&key, &mut object)?;
        }
        if self.0.is_complete() { Ok(Scalar::Object) } else { Err(A::Error::custom("it is not complete")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Scalar {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_number_may_be_a_text_and_a_text_a_number() {
        assert_eq!([read("7").number(), read("\"7\"").number()], [Some(7); 2]);
        assert_eq!(["-7", "7.5", "\"x\"", "true", "null", "[7]"].map(|json| read(json).number()), [None; 6]);
        let texts = ["-7", "7.5", "\"7\""].map(|json| read(json).text().unwrap());
        assert_eq!(texts, ["-7", "7.5", "7"]);
        assert_eq!(["true", "null", "[7]", "{\"a\": 7}"].map(|json| read(json).text()), [const { None }; 4]);
        assert_eq!(
            ["true", "false", "1", "\"true\""].map(|json| read(json).flag()),
            [Some(true), Some(false), None, None]
        );
    }

    #[test]
    fn a_number_is_one_if_serde_json_passes_it_as_an_object() {
        assert_eq!(
            read(&format!("{{\"{}\": \"7\"}}", "$serde_json::private::Number")),
            Scalar::Number(7.into())
        );
    }
}
