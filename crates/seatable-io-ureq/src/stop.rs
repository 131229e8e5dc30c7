use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use ureq::Agent;

/// Ends running tasks from another thread. Clones are one and the same; one `Stop` may serve any number of runs.
///
/// It breaks off whatever is in flight: an upload, a download, a wait. The run then cancels its task on the
/// server, over a new connection, and ends. What is waited for: a look-up of the server's name or the making of a
/// connection, which [`Config::connect`](crate::Config::connect) bounds, and a source or sink that itself blocks.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopped: bool,
    agents: Vec<Weak<Agent>>,
}

impl Stop {
    /// One that has not been used.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the tasks that run with it, and those that ever will. A second time does nothing.
    pub fn stop(&self) {
        let mut state = self.state();
        state.stopped = true;
        let agents = std::mem::take(&mut state.agents);
        drop(state);
        self.0.wake.notify_all();
        agents.iter().filter_map(Weak::upgrade).for_each(|agent| agent.as_ref().clone().shutdown());
    }

    /// Whether [`stop`](Self::stop) was called.
    pub fn is_stopped(&self) -> bool {
        self.state().stopped
    }

    /// Lets [`stop`](Self::stop) break off what this agent does.
    pub(crate) fn watch_over(&self, agent: &Arc<Agent>) {
        let mut state = self.state();
        if state.stopped {
            agent.as_ref().clone().shutdown();
        } else {
            state.agents.retain(|agent| agent.strong_count() > 0);
            state.agents.push(Arc::downgrade(agent));
        }
    }

    /// Sleeps until then, or until it is stopped.
    pub(crate) fn sleep_until(&self, until: Instant) {
        let mut state = self.state();
        while !state.stopped {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.0.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
