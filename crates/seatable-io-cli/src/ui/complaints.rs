//! Errors as they were printed, for a report to another place.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// No text is added to one of this many bytes.
const ENOUGH: usize = 100_000;

/// The errors of a command, and the results that a person should look at. All clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Complaints(Arc<Mutex<String>>);

impl Complaints {
    pub(crate) fn add(&self, lines: &str) {
        let mut text = self.lock();
        if text.len() < ENOUGH {
            text.push_str(lines);
        }
    }

    pub(crate) fn text(&self) -> String {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
