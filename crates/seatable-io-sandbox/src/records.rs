use std::collections::{BTreeMap, BTreeSet, HashMap, btree_map, hash_map};
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Index};
use std::time::Duration;

use crate::{Base, Task, TaskState};

/// The records of bases, in the order they were made; a base is found by name or uuid without looking at the others.
#[derive(Clone, Debug, Default)]
pub struct Bases {
    all: BTreeMap<u64, Base>,
    by_workspace: BTreeMap<u64, BTreeSet<u64>>,
    /// For each workspace, the bases by name; several can have the same.
    by_name: HashMap<u64, HashMap<String, BTreeSet<u64>>>,
    by_uuid: HashMap<String, u64>,
}

impl Bases {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
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
        self.get(*self.by_name.get(&workspace)?.get(name)?.first()?)
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
        names.entry(base.name.clone()).or_default().insert(base.id);
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
        if let hash_map::Entry::Occupied(mut bases) = names.entry(base.name) {
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

/// All tasks ever started, a slice in that order; those that wait or run are found without looking at the others.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    all: Vec<Task>,
    by_id: HashMap<String, usize>,
    waiting: BTreeSet<usize>,
    /// When which worker is free again.
    busy: BTreeSet<(Duration, usize)>,
}

impl Tasks {
    pub(crate) fn place(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    pub(crate) fn at(&mut self, place: usize) -> &mut Task {
        &mut self.all[place]
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn busy(&self) -> usize {
        self.busy.len()
    }

    /// Adds a task that waits.
    pub(crate) fn add(&mut self, task: Task) {
        self.by_id.insert(task.id.clone(), self.all.len());
        self.waiting.insert(self.all.len());
        self.all.push(task);
    }

    /// A worker takes up the task that has waited longest.
    pub(crate) fn begin(&mut self, now: Duration) -> Option<&Task> {
        let place = self.waiting.pop_first()?;
        let task = &mut self.all[place];
        let until = now.saturating_add(task.duration);
        task.state = TaskState::Running;
        task.until = Some(until);
        self.busy.insert((until, place));
        Some(task)
    }

    /// The first worker that is free by `now` lets go of its task.
    pub(crate) fn end(&mut self, now: Duration) -> Option<(Duration, &mut Task)> {
        let &(at, place) = self.busy.first().filter(|(at, _)| *at <= now)?;
        self.busy.pop_first();
        let task = &mut self.all[place];
        task.until = None;
        Some((at, task))
    }

    pub(crate) fn cancel(&mut self, place: usize) -> &mut Task {
        self.waiting.remove(&place);
        let task = &mut self.all[place];
        task.state = TaskState::Cancelled;
        task
    }
}

impl Deref for Tasks {
    type Target = [Task];

    fn deref(&self) -> &[Task] {
        &self.all
    }
}

impl PartialEq for Tasks {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Eq for Tasks {}

impl Hash for Tasks {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.all.hash(state);
    }
}

impl<'a> IntoIterator for &'a Tasks {
    type Item = &'a Task;
    type IntoIter = std::slice::Iter<'a, Task>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.iter()
    }
}
