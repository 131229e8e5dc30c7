//! Reads large responses piece by piece, and keeps nothing that is not understood or not needed.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Reads a JSON object.
pub(crate) fn object(json: &[u8], values: &mut impl Values) -> serde_json::Result<()> {
    let mut json = serde_json::Deserializer::from_slice(json);
    Object(values).deserialize(&mut json)?;
    json.end()
}

/// Reads the values of an object as they come. If a key is repeated, the last value counts, and all of a list.
pub(crate) trait Values {
    /// Reads the value of a key, or [skips](skip) it.
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error>;

    /// Returns whether the object had all required keys.
    fn is_complete(&self) -> bool {
        true
    }
}

/// Reads the elements of a list as they come.
pub(crate) trait Elements {
    /// Reads the next element. Returns `false` at the end.
    fn read<'de, A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error>;
}

/// A key of an object, which is copied only if it contains an escape.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads the values of an object to its end.
pub(crate) fn read_values<'de, A: MapAccess<'de>>(
    values: &mut impl Values,
    mut object: A,
) -> Result<(), A::Error> {
    while let Some(Key(key)) = object.next_key()? {
        values.read(&key, &mut object)?;
    }
    if values.is_complete() { Ok(()) } else { Err(A::Error::custom("the object is not complete")) }
}

/// Skips the value of a key.
pub(crate) fn skip<'de, A: MapAccess<'de>>(object: &mut A) -> Result<(), A::Error> {
    object.next_value::<IgnoredAny>().map(drop)
}

/// An object. Anything else is an error.
pub(crate) struct Object<'a, T>(pub(crate) &'a mut T);

/// A list or `null`; returns whether it is a list. Anything else is an error.
pub(crate) struct List<'a, T>(pub(crate) &'a mut T);

impl<'de, T: Values> DeserializeSeed<'de> for Object<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Values> Visitor<'de> for Object<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        read_values(self.0, object)
    }
}

impl<'de, T: Elements> DeserializeSeed<'de> for List<'_, T> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Elements> Visitor<'de> for List<'_, T> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or null")
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        while self.0.read(&mut list)? {}
        Ok(true)
    }
}
