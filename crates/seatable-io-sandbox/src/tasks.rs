use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::time::Duration;

use crate::{Task, TaskFailure, TaskState};

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

    /// When a worker would take up a task that is queued now.
    pub(crate) fn next_begin(&self, now: Duration, workers: usize) -> Duration {
        // Otherwise, no task would wait.
        if self.busy.len() < workers {
            return now;
        }
        let mut free: BinaryHeap<_> = self.busy.iter().map(|(until, _)| Reverse(*until)).collect();
        for place in &self.waiting {
            if let Some(mut next) = free.peek_mut() {
                next.0 = next.0.saturating_add(self.all[*place].duration);
            }
        }
        free.peek().map_or(Duration::MAX, |next| next.0)
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
