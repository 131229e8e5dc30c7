//! Finds parts of a base by their IDs.

/// The places of parts in the order of their IDs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ids(Vec<usize>);

impl Ids {
    pub(crate) fn new<T>(parts: &[T], id: fn(&T) -> &str) -> Self {
        let mut places: Vec<_> = (0..parts.len()).collect();
        places.sort_by_key(|place| parts.get(*place).map(id));
        Self(places)
    }

    /// Returns the first part with this ID.
    pub(crate) fn find<'p, T>(&self, parts: &'p [T], id: fn(&T) -> &str, wanted: &str) -> Option<&'p T> {
        let at = self.0.partition_point(|place| parts.get(*place).map(id) < Some(wanted));
        self.0.get(at).and_then(|place| parts.get(*place)).filter(|part| id(part) == wanted)
    }
}
