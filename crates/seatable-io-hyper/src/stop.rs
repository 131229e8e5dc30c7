use std::sync::Arc;

use tokio::sync::watch;

/// Ends running tasks from elsewhere. Clones are one and the same; one `Stop` may serve any number of runs.
///
/// It breaks off whatever is in flight: an upload, a download, a wait. The run then cancels its task on the
/// server, and ends. It needs no runtime, and a signal handler's thread may use it.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    /// One that has not been used.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the tasks that run with it, and those that ever will. A second time does nothing.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Whether [`stop`](Self::stop) was called.
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until [`stop`](Self::stop) is called.
    pub async fn stopped(&self) {
        // The sender lives as long as `self`, so there is no other end.
        let _ = self.0.subscribe().wait_for(|stopped| *stopped).await;
    }
}
