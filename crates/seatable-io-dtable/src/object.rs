//! Objects and lists in JSON that fit into memory.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::Cell;
use crate::text::Text;

/// The most keys of an object. Each needs 40 bytes, which may be more than its text.
const KEYS: usize = 1 << 17;

/// An object whose values are read when they are asked for.
pub(crate) struct Object<'a> {
    /// In the order of the keys, which are unique.
    values: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Object<'a> {
    /// Returns an error if this is not an object, or has too many keys.
    pub(crate) fn read(json: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(json)
    }

    pub(crate) fn get(&self, key: &str) -> Cell<'a> {
        let found = self.values.binary_search_by(|(name, _)| (**name).cmp(key)).ok();
        found.and_then(|place| self.values.get(place)).map_or(Cell::Empty, |(_, json)| Cell::of(json.get()))
    }

    /// Returns a text, or an empty one if there is none.
    pub(crate) fn text(&self, key: &str) -> String {
        self.get(key).into_text().unwrap_or_default()
    }

    /// Returns the values in the order of their keys.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Cell<'a>)> {
        self.values.iter().map(|(key, json)| (&**key, Cell::of(json.get())))
    }

    /// Returns the values whose keys are wanted, with what is wanted.
    pub(crate) fn among<'s, T>(
        &'s self,
        wanted: impl Fn(&str) -> Option<T>,
    ) -> impl Iterator<Item = (&'s str, T, Cell<'a>)> {
        self.values.iter().filter_map(move |(key, json)| Some((&**key, wanted(key)?, Cell::of(json.get()))))
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values;

        impl<'de> Visitor<'de> for Values {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut values: Vec<(Cow<'de, str>, _)> = Vec::with_capacity(16);
                while let Some((Text(key), json)) = map.next_entry()? {
                    if values.len() == KEYS {
                        return Err(A::Error::custom("too many keys"));
                    }
                    values.push((key, json));
                }
                // Of several values of one key the last counts, as in Python.
                values.sort_by(|(one, _), (other, _)| one.cmp(other));
                values.dedup_by(|next, kept| {
                    let is_same = next.0 == kept.0;
                    kept.1 = if is_same { next.1 } else { kept.1 };
                    is_same
                });
                Ok(Object { values })
            }
        }

        deserializer.deserialize_map(Values)
    }
}

/// Calls `each` with the items of a list.
pub(crate) fn each_item<'a>(list: &'a str, each: impl FnMut(Cell<'a>)) {
    struct Items<F>(F);

    impl<'de, F: FnMut(Cell<'de>)> Visitor<'de> for Items<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
            while let Some(json) = list.next_element::<&'de RawValue>()? {
                (self.0)(Cell::of(json.get()));
            }
            Ok(())
        }
    }

    // The text was checked before.
    serde_json::Deserializer::from_str(list).deserialize_seq(Items(each)).unwrap_or_default();
}
