//! Values of responses, of which little is kept, whatever a server sends.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Number;

use crate::message::CUT;

/// The longest text, in characters.
pub(crate) const LONGEST: usize = 255;

/// The longest time, in bytes. RFC 3339 with nanoseconds has 35.
const LONGEST_TIME: usize = 64;

/// A value of an object. An array or object is not kept, and a text only up to one character more than the longest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scalar {
    /// The object has no such key.
    #[default]
    Missing,
    Null,
    Flag(bool),
    Number(Number),
    Text(String),
    Other,
}

impl Scalar {
    /// Returns a text or a number, unless it is too long.
    pub(crate) fn text(self) -> Option<String> {
        self.any_text().filter(|text| is_whole(text))
    }

    /// Returns a text, which is cut if it is too long, or a number.
    pub(crate) fn cut_text(self) -> Option<String> {
        let mut text = self.any_text()?;
        if !is_whole(&text) {
            text.pop();
            text.push(CUT);
        }
        Some(text)
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

fn is_whole(text: &str) -> bool {
    text.chars().nth(LONGEST).is_none()
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue(PhantomData))
    }
}

/// A value that is read whatever it is, so that only a response that is not JSON is an error.
pub(crate) trait FromAny: From<Scalar> {
    /// The number of characters of a text to keep.
    const KEPT: usize = LONGEST + 1;

    /// Reads an object to its end.
    fn from_map<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error>;
}

impl FromAny for Scalar {
    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut read = Scalar::Other;
        while let Some(key) = map.next_key()? {
            match key {
                ScalarKey::Number => {
                    let digits: Scalar = map.next_value()?;
                    read = digits.text().and_then(|digits| digits.parse().ok()).map_or(read, Scalar::Number);
                }
                ScalarKey::Other => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(read)
    }
}

/// With its feature `arbitrary_precision`, which any crate of a program can turn on, `serde_json` passes numbers as objects.
#[derive(Deserialize)]
#[serde(field_identifier)]
enum ScalarKey {
    #[serde(rename = "$serde_json::private::Number")]
    Number,
    #[serde(other)]
    Other,
}

/// A text that is read up to a generous length; `None` for anything else.
#[derive(Default)]
pub(crate) struct Text(pub(crate) Option<String>);

impl From<Scalar> for Text {
    fn from(value: Scalar) -> Self {
        Text(if let Scalar::Text(text) = value { Some(text) } else { None })
    }
}

impl FromAny for Text {
    const KEPT: usize = 16 * 1024;

    fn from_map<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Scalar::from_map(map).map(Self::from)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue(PhantomData))
    }
}

/// Reads any value.
pub(crate) struct AnyValue<T>(pub(crate) PhantomData<T>);

impl<'de, T: FromAny> Visitor<'de> for AnyValue<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(Scalar::Null.into())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<T, E> {
        Ok(Scalar::Flag(flag).into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<T, E> {
        Ok(Scalar::Number(number.into()).into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<T, E> {
        Ok(Scalar::Number(number.into()).into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<T, E> {
        Ok(Number::from_f64(number).map_or(Scalar::Other, Scalar::Number).into())
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        let rest = text.char_indices().nth(T::KEPT);
        let kept = rest.and_then(|(end, _)| text.get(..end)).unwrap_or(text);
        Ok(Scalar::Text(kept.to_owned()).into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<T, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::from_map(map)
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
