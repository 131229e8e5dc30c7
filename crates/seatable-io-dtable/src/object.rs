//! Objects and values in JSON that fit into memory.

use std::borrow::Cow;
use std::cell::Cell as Place;
use std::iter;

use crate::Cell;
use crate::json::end_of_value;
use crate::text::unquoted;

/// An object whose values are read when they are asked for.
pub(crate) struct Object<'a> {
    values: Vec<(Cow<'a, str>, &'a str)>,
    /// Where the last value was found: values are mostly asked for in their order.
    last: Place<usize>,
}

impl<'a> Object<'a> {
    /// Splits a value that is valid. Returns `None` if it is not an object.
    pub(crate) fn read(json: &'a str) -> Option<Self> {
        let (mut rest, mut values) = (Rest(json.strip_prefix('{')?), Vec::with_capacity(16));
        while let Some(key) = rest.value() {
            values.push((unquoted(key), rest.value()?));
        }
        Some(Self { values, last: Place::default() })
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
        Cell::of(json)
    }

    /// Returns a text, or an empty one if there is none.
    pub(crate) fn text(&self, key: &str) -> String {
        self.get(key).into_text().unwrap_or_default()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Cell<'a>)> {
        self.values.iter().map(|(key, json)| (&**key, Cell::of(json)))
    }
}

/// Returns the items of a list; none if this is not a list.
pub(crate) fn items<'a>(list: &Cell<'a>) -> Vec<Cell<'a>> {
    let list = if let Cell::Json(json) = list { json.strip_prefix('[') } else { None };
    let mut rest = Rest(list.unwrap_or_default());
    iter::from_fn(|| rest.value()).map(Cell::of).collect()
}

/// The rest of an object or a list, which is valid.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    /// Returns the next key or value; `None` at the end.
    fn value(&mut self) -> Option<&'a str> {
        let rest = self.0.trim_start_matches([' ', '\t', '\r', '\n', ',', ':']);
        let (value, rest) = rest.split_at_checked(end_of_value(rest)?)?;
        self.0 = rest;
        Some(value)
    }
}
