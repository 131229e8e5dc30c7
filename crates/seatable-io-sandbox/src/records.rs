use std::collections::{BTreeMap, BTreeSet, HashMap, btree_map, hash_map};
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Index};
use std::time::Duration;

use crate::{Base, Task, TaskFailure, TaskState};

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
    /// Those that have ended and whose end the server still remembers.
    untold: BTreeSet<usize>,
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
    pub(crate) fn end(&mut self, now: Duration) -> Option<(Duration, usize)> {
        let &(at, place) = self.busy.first().filter(|(at, _)| *at <= now)?;
        self.busy.pop_first();
        self.all[place].until = None;
        Some((at, place))
    }

    /// Whether the server knows a task: it waits, runs, or has ended without anyone having been told.
    pub(crate) fn knows(&self, place: usize) -> bool {
        let is_open = matches!(self.all[place].state, TaskState::Queued | TaskState::Running);
        is_open || self.untold.contains(&place)
    }

    /// Remembers the end of a task.
    pub(crate) fn remember(&mut self, place: usize) {
        self.untold.insert(place);
    }

    /// Tells the end of a task, for which there is no second time; returns why it failed.
    pub(crate) fn tell(&mut self, place: usize) -> Option<TaskFailure> {
        self.untold.remove(&place);
        let task = &mut self.all[place];
        if task.state == TaskState::Finished {
            task.state = TaskState::Told;
        }
        task.failure.take()
    }

    /// Forgets all tasks that have ended.
    pub(crate) fn forget_ended(&mut self) {
        for place in std::mem::take(&mut self.untold) {
            self.all[place].forget();
        }
    }

    /// Drops a task that waits, or stops the worker that runs it.
    pub(crate) fn kill(&mut self, place: usize) {
        self.waiting.remove(&place);
        self.untold.remove(&place);
        let task = &mut self.all[place];
        if let Some(until) = task.until.take() {
            self.busy.remove(&(until, place));
        }
        (task.made, task.preview) = (None, None);
        task.state = TaskState::Cancelled;
    }

    /// Forgets a task that goes on running.
    pub(crate) fn abandon(&mut self, place: usize) -> &mut Task {
        self.all[place].state = TaskState::Cancelled;
        &mut self.all[place]
    }

    /// Forgets all tasks, and stops those that wait or run; returns their places.
    pub(crate) fn stop_all(&mut self) -> Vec<usize> {
        self.forget_ended();
        let waiting = std::mem::take(&mut self.waiting).into_iter();
        let stopped = waiting.chain(std::mem::take(&mut self.busy).into_iter().map(|(_, place)| place));
        let stopped: Vec<_> = stopped.collect();
        for place in &stopped {
            let task = &mut self.all[*place];
            task.until = None;
            (task.made, task.preview) = (None, None);
            if task.state != TaskState::Cancelled {
                task.state = TaskState::Forgotten;
            }
        }
        stopped
    }
}

impl Task {
    /// Forgets how the task has ended.
    pub(crate) fn forget(&mut self) {
        if self.state == TaskState::Finished {
            self.state = TaskState::Forgotten;
        }
        self.failure = None;
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
