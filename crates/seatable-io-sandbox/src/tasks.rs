use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::time::Duration;

use crate::{Task, TaskFailure, TaskState};

/// All tasks ever started, a slice in that order.
// Queued and running tasks are found without a search through the others: a test runs ten thousand.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    all: Vec<Task>,
    by_id: HashMap<String, usize>,
    waiting: BTreeSet<usize>,
    /// The time at which each worker becomes free, and its task.
    busy: BTreeSet<(Duration, usize)>,
    /// The tasks whose end the server remembers.
    unreported: BTreeSet<usize>,
}

impl Tasks {
    pub(crate) fn index(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    pub(crate) fn at(&mut self, index: usize) -> &mut Task {
        &mut self.all[index]
    }

    /// Returns `true` if all workers are busy and no more tasks can be queued.
    pub(crate) fn is_full(&self, workers: usize, queue: usize) -> bool {
        self.busy.len() >= workers && self.waiting.len() >= queue
    }

    /// Queues a task.
    pub(crate) fn add(&mut self, task: Task) {
        self.by_id.insert(task.id.clone(), self.all.len());
        self.waiting.insert(self.all.len());
        self.all.push(task);
    }

    /// Starts the task that was queued first, if a worker is free.
    pub(crate) fn begin(&mut self, now: Duration, workers: usize) -> Option<&Task> {
        let index = if self.busy.len() < workers { self.waiting.pop_first()? } else { return None };
        let task = &mut self.all[index];
        let until = now.saturating_add(task.plan.duration);
        task.state = TaskState::Running;
        task.until = Some(until);
        self.busy.insert((until, index));
        Some(task)
    }

    /// Returns the time at which a task would start if it were queued now.
    pub(crate) fn next_begin(&self, now: Duration, workers: usize) -> Duration {
        if self.busy.len() < workers {
            return now;
        }
        let mut free: BinaryHeap<_> = self.busy.iter().map(|(until, _)| Reverse(*until)).collect();
        for index in &self.waiting {
            if let Some(mut next) = free.peek_mut() {
                next.0 = next.0.saturating_add(self.all[*index].plan.duration);
            }
        }
        free.peek().map_or(Duration::MAX, |next| next.0)
    }

    /// Frees the first worker whose task ends by `now`.
    pub(crate) fn end(&mut self, now: Duration) -> Option<(Duration, usize)> {
        let &(at, index) = self.busy.first().filter(|(at, _)| *at <= now)?;
        self.busy.pop_first();
        self.all[index].until = None;
        Some((at, index))
    }

    /// Returns `true` if the server knows a task: it is queued or running, or its end has not been reported.
    pub(crate) fn knows(&self, index: usize) -> bool {
        let is_open = matches!(self.all[index].state, TaskState::Queued | TaskState::Running);
        is_open || self.unreported.contains(&index)
    }

    /// Remembers the end of a task until it is reported.
    pub(crate) fn remember(&mut self, index: usize) {
        self.unreported.insert(index);
    }

    /// Reports the end of a task, which happens once, and returns the reason why it failed.
    pub(crate) fn report(&mut self, index: usize) -> Option<TaskFailure> {
        self.unreported.remove(&index);
        let task = &mut self.all[index];
        if task.state == TaskState::Finished {
            task.state = TaskState::Reported;
        }
        task.plan.failure.take()
    }

    /// Forgets all tasks that have ended.
    pub(crate) fn forget_ended(&mut self) {
        for index in std::mem::take(&mut self.unreported) {
            self.all[index].forget();
        }
    }

    /// Removes a task from the queue, or stops the worker that runs it.
    pub(crate) fn kill(&mut self, index: usize) {
        self.waiting.remove(&index);
        self.unreported.remove(&index);
        if let Some(until) = self.all[index].stop() {
            self.busy.remove(&(until, index));
        }
        self.all[index].state = TaskState::Cancelled;
    }

    /// Forgets all tasks, and stops those that are queued or running; returns their indices.
    pub(crate) fn stop_all(&mut self) -> Vec<usize> {
        self.forget_ended();
        let waiting = std::mem::take(&mut self.waiting).into_iter();
        let running = std::mem::take(&mut self.busy).into_iter().map(|(_, index)| index);
        let stopped: Vec<_> = waiting.chain(running).collect();
        for index in &stopped {
            let task = &mut self.all[*index];
            task.stop();
            if task.state != TaskState::Cancelled {
                task.state = TaskState::Forgotten;
            }
        }
        stopped
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
