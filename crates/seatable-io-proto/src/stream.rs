//! Reads large responses piece by piece, and keeps nothing that is not understood or not needed.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Reads a JSON object.
pub(crate) fn object(json: &[u8], values: &mut impl Values) -> serde_json::Result<()> {
    let mut json = serde_json::Deserializer::from_slice(json);
    Object(values).deserialize(&mut json)?;
    json.end()
}

/// Takes the values of an object as they come.
pub(crate) trait Values {
    /// Takes the value of the next key. Returns `false` at the end.
    fn take<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<bool, A::Error>;

    /// Returns whether the object had all required keys.
    fn is_complete(&self) -> bool {
        true
    }
}

/// Takes the elements of a list as they come.
pub(crate) trait Elements {
    /// Takes the next element. Returns `false` at the end.
    fn take<'de, A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error>;
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

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while self.0.take(&mut object)? {}
        if self.0.is_complete() { Ok(()) } else { Err(A::Error::custom("the object is not complete")) }
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
        while self.0.take(&mut list)? {}
        Ok(true)
    }
}
