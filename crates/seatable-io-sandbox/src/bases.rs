use std::collections::{BTreeMap, BTreeSet, HashMap, btree_map, hash_map};
use std::hash::{Hash, Hasher};
use std::ops::Index;

use crate::Base;
use crate::name::compared;

/// The records of bases, in the order they were made; a base is found by name or uuid without looking at the others.
#[derive(Clone, Debug, Default)]
pub struct Bases {
    all: BTreeMap<u64, Base>,
    by_workspace: BTreeMap<u64, BTreeSet<u64>>,
    /// For each workspace, the bases by name as the database compares it; several can have the same.
    by_name: HashMap<u64, HashMap<String, BTreeSet<u64>>>,
    by_uuid: HashMap<String, u64>,
}

impl Bases {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The record with this number.
    pub fn get(&self, id: u64) -> Option<&Base> {
        self.all.get(&id)
    }

    /// The record with this uuid.
    pub fn with_uuid(&self, uuid: &str) -> Option<&Base> {
        self.get(*self.by_uuid.get(uuid)?)
    }

    pub(crate) fn named(&self, workspace: u64, name: &str) -> Option<&Base> {
        let mut found = self.by_name.get(&workspace)?.get(&compared(name))?.iter().map(|base| self.at(*base));
        let first = found.clone().next();
        found.find(|base| base.name == name).or(first)
    }

    /// The records of a workspace, in the order they were made.
    pub(crate) fn of(&self, workspace: u64) -> impl Iterator<Item = &Base> {
        self.by_workspace.get(&workspace).into_iter().flatten().map(|base| self.at(*base))
    }

    /// All records, in the order they were made.
    pub fn iter(&self) -> btree_map::Values<'_, u64, Base> {
        self.all.values()
    }

    /// The record with a number that one has.
    pub(crate) fn at(&self, id: u64) -> &Base {
        &self.all[&id]
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut Base> {
        self.all.get_mut(&id)
    }

    pub(crate) fn with_uuid_mut(&mut self, uuid: &str) -> Option<&mut Base> {
        self.get_mut(*self.by_uuid.get(uuid)?)
    }

    /// Adds a record with the highest number yet.
    pub(crate) fn add(&mut self, base: Base) {
        self.by_workspace.entry(base.workspace).or_default().insert(base.id);
        let names = self.by_name.entry(base.workspace).or_default();
        names.entry(compared(&base.name)).or_default().insert(base.id);
        self.by_uuid.insert(base.uuid.clone(), base.id);
        self.all.insert(base.id, base);
    }

    pub(crate) fn remove(&mut self, uuid: &str) {
        let id = self.by_uuid.remove(uuid);
        let Some(base) = id.and_then(|id| self.all.remove(&id)) else { return };
        if let Some(bases) = self.by_workspace.get_mut(&base.workspace) {
            bases.remove(&base.id);
        }
        let Some(names) = self.by_name.get_mut(&base.workspace) else { return };
        if let hash_map::Entry::Occupied(mut bases) = names.entry(compared(&base.name)) {
            bases.get_mut().remove(&base.id);
            if bases.get().is_empty() {
                bases.remove();
            }
        }
    }
}

impl PartialEq for Bases {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Eq for Bases {}

impl Hash for Bases {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.all.hash(state);
    }
}

impl Index<usize> for Bases {
    type Output = Base;

    /// The record at this place in the order they were made; walks there from the first.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    fn index(&self, place: usize) -> &Base {
        self.iter().nth(place).unwrap_or_else(|| panic!("there are {} bases, none at {place}", self.len()))
    }
}

impl<'a> IntoIterator for &'a Bases {
    type Item = &'a Base;
    type IntoIter = btree_map::Values<'a, u64, Base>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
