//! Objects and values in JSON that fit into memory.

use std::borrow::Cow;
use std::cell::Cell as Place;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::Cell;
use crate::text::Text;

/// An object whose values are read when they are asked for.
pub(crate) struct Object<'a> {
    values: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// Where the last value was found: values are mostly asked for in their order.
    last: Place<usize>,
}

impl<'a> Object<'a> {
    /// Returns `None` if this is not an object.
    pub(crate) fn read(json: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(json)
    }

    pub(crate) fn get(&self, key: &str) -> Cell<'a> {
        let last = self.last.get();
        let (before, after) = self.values.split_at_checked(last).unwrap_or((&self.values, &[]));
        let found = after.iter().chain(before).position(|(name, _)| name == key);
        let place = found.and_then(|place| place.checked_add(last)?.checked_rem(self.values.len()));
        let Some((place, (_, json))) = place.and_then(|place| Some((place, self.values.get(place)?))) else {
            return Cell::Empty;
        };
        self.last.set(place);
        Cell::of(json.get())
    }

    /// Returns a text, or an empty one if there is none.
    pub(crate) fn text(&self, key: &str) -> String {
        self.get(key).into_text().unwrap_or_default()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Cell<'a>)> {
        self.values.iter().map(|(key, json)| (&**key, Cell::of(json.get())))
    }
}

/// Returns the items of a list; none if this is not a list.
pub(crate) fn items<'a>(list: &Cell<'a>) -> Vec<Cell<'a>> {
    let json =
        if let Cell::Json(json) = list { serde_json::from_str::<Vec<&RawValue>>(json) } else { Ok(vec![]) };
    json.unwrap_or_default().into_iter().map(|json| Cell::of(json.get())).collect()
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
                let mut values = Vec::with_capacity(16);
                while let Some((Text(key), json)) = map.next_entry()? {
                    values.push((key, json));
                }
                Ok(Object { values, last: Place::default() })
            }
        }

        deserializer.deserialize_map(Values)
    }
}
