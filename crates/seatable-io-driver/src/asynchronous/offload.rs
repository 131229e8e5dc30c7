//! Blocking operations, on the thread of the runtime or on another one.

use std::io;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, oneshot};

use crate::lock;

/// The most that is read or written in place, in bytes.
const PIECE: usize = 1024 * 1024;

/// Operations at least this long count as slow. A page cache needs 0.2 ms for half a MiB.
const SLOW: Duration = Duration::from_millis(2);

/// After a slow operation, work is offloaded for this multiple of its duration.
const PAUSE: u32 = 10;

/// Whether files are read and written in place, on the thread of the runtime.
///
/// They are while that is fast: waking another thread, which then fetches the bytes from another core's cache, costs more than
/// the page cache does. After a slow operation, the next ones are left to the threads for blocking operations, so that slow
/// ones use at most a tenth of the time of a runtime.
#[derive(Debug)]
pub(super) struct Place {
    elsewhere_until: Mutex<Option<Instant>>,
}

/// All disks of the process count as one.
pub(super) static FILES: Place = Place::new();

impl Place {
    pub(super) const fn new() -> Self {
        Self { elsewhere_until: Mutex::new(None) }
    }

    /// Reads or writes a piece of `len` bytes.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        len: usize,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let began = Instant::now();
        if len > PIECE || lock(&self.elsewhere_until).is_some_and(|until| began < until) {
            return offload(work).await;
        }
        let done = work();
        let took = began.elapsed();
        if took >= SLOW {
            *lock(&self.elsewhere_until) = began.checked_add(took.saturating_mul(PAUSE + 1));
        }
        done
    }
}

/// How many threads are started at most where there is no tokio runtime.
const THREADS: usize = 64;

/// Does work on another thread: one of tokio's for blocking operations, or a new one where there is no tokio runtime.
pub(super) async fn offload<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    static TURNS: Semaphore = Semaphore::const_new(THREADS);
    #[cfg(feature = "tokio")]
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        return runtime.spawn_blocking(work).await?;
    }
    let turn = TURNS.acquire().await.map_err(io::Error::other)?;
    let (done, ended) = oneshot::channel();
    thread::Builder::new().spawn(move || {
        // Nobody waits for it if the run was dropped.
        let _ = done.send((work(), turn));
    })?;
    ended.await.map_err(io::Error::other)?.0
}

#[cfg(test)]
mod tests {
    use std::thread::{self, ThreadId, sleep};

    use super::*;

    /// The thread that a piece is done on, after so long.
    async fn thread_of(place: &Place, len: usize, takes: Duration) -> ThreadId {
        let work = move || {
            sleep(takes);
            Ok(thread::current().id())
        };
        place.run(len, work).await.unwrap()
    }

    #[tokio::test]
    async fn after_a_slow_piece_others_are_done_elsewhere_for_ten_times_as_long() {
        let (place, began) = (Place::new(), Instant::now());
        assert_eq!(thread_of(&place, 1, SLOW).await, thread::current().id());
        assert!(lock(&place.elsewhere_until).unwrap() >= began + SLOW + 10 * SLOW);
        *lock(&place.elsewhere_until) = began.checked_add(Duration::from_secs(3600));
        assert_ne!(thread_of(&place, 1, Duration::ZERO).await, thread::current().id());
    }

    #[tokio::test]
    async fn later_they_are_done_in_place_again() {
        let place = Place::new();
        *lock(&place.elsewhere_until) = Some(Instant::now());
        assert_eq!(thread_of(&place, 1, Duration::ZERO).await, thread::current().id());
    }

    #[tokio::test]
    async fn another_slow_piece_begins_another_time_elsewhere() {
        let (place, began) = (Place::new(), Instant::now());
        *lock(&place.elsewhere_until) = Some(began);
        thread_of(&place, 1, SLOW).await;
        assert!(lock(&place.elsewhere_until).unwrap() > began);
    }

    #[tokio::test]
    async fn a_large_piece_is_never_done_in_place() {
        assert_ne!(thread_of(&Place::new(), PIECE + 1, Duration::ZERO).await, thread::current().id());
    }
}
