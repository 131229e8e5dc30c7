use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::time::Duration;

use crate::lock;

/// Interrupts the request in flight of a [`Transport`](super::Transport) from another thread, or the next one if none is.
pub type Interrupt = dyn Fn() + Send + Sync;

/// Stops runs from another thread. All clones share one state, which any number of runs may use.
///
/// It interrupts the request in flight or the wait of each run. The run then cancels its task on the server over a new
/// connection, and returns. It does not interrupt a source or sink that blocks.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopped: bool,
    running: Vec<Weak<Interrupt>>,
}

impl Stop {
    /// Creates a stop.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops all runs that use it, now and in future. Further calls do nothing.
    pub fn stop(&self) {
        let mut state = self.state();
        state.stopped = true;
        let running = std::mem::take(&mut state.running);
        drop(state);
        self.0.wake.notify_all();
        running.iter().filter_map(Weak::upgrade).for_each(|interrupt| interrupt());
    }

    /// Returns whether [`stop`](Self::stop) was called.
    pub fn is_stopped(&self) -> bool {
        self.state().stopped
    }

    /// Lets [`stop`](Self::stop) call this, while it exists.
    pub(crate) fn watch_over(&self, interrupt: &Arc<Interrupt>) {
        let mut state = self.state();
        if state.stopped {
            interrupt();
        } else {
            state.running.retain(|running| running.strong_count() > 0);
            state.running.push(Arc::downgrade(interrupt));
        }
    }

    /// Sleeps for `duration`, or until it is stopped.
    pub(crate) fn sleep(&self, duration: Duration) {
        let state = self.state();
        let slept = self.0.wake.wait_timeout_while(state, duration, |state| !state.stopped);
        drop(slept);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0.state)
    }
}
