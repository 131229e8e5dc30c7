//! Reads large responses piece by piece, and keeps nothing that is not understood or not needed.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

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

/// Skips the value of a key.
pub(crate) fn skip<'de, A: MapAccess<'de>>(object: &mut A) -> Result<(), A::Error> {
    object.next_value::<IgnoredAny>().map(drop)
}

/// A list or `null`; returns whether it is a list. Anything else is an error.
pub(crate) struct List<'a, T>(pub(crate) &'a mut T);

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
