use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the run waits for its local file: for its source to be read, or its sink to be written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Local(Arc<AtomicBool>);

impl Local {
    pub(crate) fn set(&self, waits: bool) {
        self.0.store(waits, Ordering::Relaxed);
    }

    pub(crate) fn is_waited_for(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        self.set(true);
        let done = work.await;
        self.set(false);
        done
    }
}
