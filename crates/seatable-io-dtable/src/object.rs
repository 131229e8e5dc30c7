//! Objects and lists in JSON that fit into memory.

use std::borrow::Cow;
use std::iter;

use crate::Cell;
use crate::json::end_of_value;
use crate::text::unquoted;

/// The most keys of an object. Each needs 40 bytes, which may be more than its text.
const KEYS: usize = 1 << 17;

/// An object whose values are read when they are asked for.
pub(crate) struct Object<'a> {
    /// In the order of the keys, which are unique.
    values: Vec<(Cow<'a, str>, &'a str)>,
}

impl<'a> Object<'a> {
    /// Splits a value that is valid. Returns `None` if it is not an object, or has too many keys.
    pub(crate) fn read(json: &'a str) -> Option<Self> {
        let (mut rest, mut values) = (Rest(json.strip_prefix('{')?), Vec::with_capacity(16));
        while let Some(key) = rest.value() {
            if values.len() == KEYS {
                return None;
            }
            values.push((unquoted(key), rest.value()?));
        }
        // Of several values of one key the last counts, as in Python.
        values.sort_by(|(one, _), (other, _)| one.cmp(other));
        values.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            kept.1 = if is_same { next.1 } else { kept.1 };
            is_same
        });
        Some(Self { values })
    }

    pub(crate) fn get(&self, key: &str) -> Cell<'a> {
        let found = self.values.binary_search_by(|(name, _)| (**name).cmp(key)).ok();
        found.and_then(|place| self.values.get(place)).map_or(Cell::Empty, |(_, json)| Cell::of(json))
    }

    /// Returns a text, or an empty one if there is none.
    pub(crate) fn text(&self, key: &str) -> String {
        self.get(key).into_text().unwrap_or_default()
    }

    /// Returns the values in the order of their keys.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Cell<'a>)> {
        self.values.iter().map(|(key, json)| (&**key, Cell::of(json)))
    }

    /// Returns the values whose keys are wanted, with what is wanted.
    pub(crate) fn among<'s, T>(
        &'s self,
        wanted: impl Fn(&str) -> Option<T>,
    ) -> impl Iterator<Item = (&'s str, T, Cell<'a>)> {
        self.values.iter().filter_map(move |(key, json)| Some((&**key, wanted(key)?, Cell::of(json))))
    }
}

/// Returns the items of a list that is valid; none if this is not a list.
pub(crate) fn items(json: &str) -> impl Iterator<Item = Cell<'_>> {
    let mut rest = Rest(json.strip_prefix('[').unwrap_or_default());
    iter::from_fn(move || rest.value()).map(Cell::of)
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
