use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The time since a moment that all runs share, as tasks of one [`Pace`](seatable_io_task::Pace) must.
pub(super) fn now() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let now = START.elapsed();
    #[cfg(test)]
    let now = now + AHEAD.get();
    now
}

/// Whether this moment has passed since the other one.
pub(super) fn has_passed(moment: Duration, since: Duration) -> bool {
    (since..=now()).contains(&moment)
}

#[cfg(test)]
thread_local! {
    /// How far the clock of a test is put forward.
    pub(super) static AHEAD: std::cell::Cell<Duration> = const { std::cell::Cell::new(Duration::ZERO) };
}
