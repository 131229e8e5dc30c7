//! Signals: the first one cancels the operations, on the server too; the second one exits at once.

use std::io::{self, ErrorKind};
use std::process;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use seatable_io_ureq::{Stop, StopSignal};

use crate::failure::{Failure, Kind};
use crate::ui::Screen;

/// The first signal, and its time.
static FIRST: OnceLock<(u8, Instant)> = OnceLock::new();

/// Returns the time of the first signal.
pub(crate) fn since() -> Option<Instant> {
    FIRST.get().map(|(_, since)| *since)
}

/// Returns the exit code after a signal, which does not depend on the inputs.
pub(crate) fn exit_code() -> Option<u8> {
    FIRST.get().map(|(signal, _)| 128 + signal)
}

/// Returns a handle that the first signal stops. The second one removes the lines of progress, and exits.
pub(crate) fn on_first_signal(screen: &Screen) -> Result<Stop, Failure> {
    let stop = Stop::new();
    let (stopped, bars) = (stop.clone(), screen.bars.clone());
    let listening = on_signal(move |signal| {
        if FIRST.set((signal, Instant::now())).is_err() {
            bars.leave();
            process::exit(128 + i32::from(signal));
        }
        stopped.stop();
    });
    listening.map_err(Failure::cannot("listen for", "signals"))?;
    Ok(stop)
}

/// # Errors
///
/// After a signal.
pub(crate) fn go_on(stop: &Stop) -> Result<(), Failure> {
    if stop.is_stopped() {
        let failure = Failure::new(Kind::Cancelled, "not started because of a signal");
        Err(Failure { is_reported: true, ..failure })
    } else {
        Ok(())
    }
}

/// Returns a signal that ends work on this machine: after the first signal of the system, or at the timeout, which begins now.
pub(crate) fn signal(stop: &Stop, timeout: Duration) -> StopSignal {
    StopSignal::new(stop.clone(), Instant::now().checked_add(timeout))
}

/// Returns the reason why a file was not read to its end.
pub(crate) fn unread(error: &io::Error, signal: &StopSignal) -> Failure {
    match signal.check() {
        Ok(()) => Failure::of_io("cannot read it", error),
        Err(error) if error.kind() == ErrorKind::TimedOut => {
            Failure::new(Kind::Timeout, "it could not be read in the time allowed")
                .hint("allow more with --timeout")
        }
        Err(_) => Failure::new(Kind::Cancelled, "not read to the end because of a signal"),
    }
}

#[cfg(unix)]
pub(crate) use unix::on_signal;

#[cfg(unix)]
mod unix {
    use std::time::{Duration, Instant};
    use std::{fs, io, thread};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    /// The stack of the thread that listens, in bytes.
    const STACK: usize = 256 * 1024;

    /// A terminal that is closed sends SIGHUP, and so does its shell: within this time, they count as one.
    const HANGUP: Duration = Duration::from_millis(100);

    /// Calls `act` with the number of each signal: SIGINT, SIGTERM, and SIGHUP unless `nohup` had it ignored.
    pub(crate) fn on_signal(mut act: impl FnMut(u8) + Send + 'static) -> io::Result<()> {
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        if !is_hangup_ignored() {
            signals.add_signal(SIGHUP)?;
        }
        let listen = move || {
            let mut hangup: Option<Instant> = None;
            for signal in signals.forever() {
                let is_repeated = signal == SIGHUP && hangup.is_some_and(|first| first.elapsed() < HANGUP);
                if signal == SIGHUP {
                    hangup.get_or_insert_with(Instant::now);
                }
                if !is_repeated {
                    act(u8::try_from(signal).unwrap_or_default());
                }
            }
        };
        thread::Builder::new().stack_size(STACK).spawn(listen).map(drop)
    }

    /// If the system does not report it, SIGHUP ends the process as usual.
    fn is_hangup_ignored() -> bool {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_none_or(|mask| mask & 1 << (SIGHUP - 1) != 0)
    }
}

#[cfg(not(unix))]
pub(crate) fn on_signal(mut act: impl FnMut(u8) + Send + 'static) -> std::io::Result<()> {
    const SIGINT: u8 = 2;
    ctrlc::set_handler(move || act(SIGINT)).map_err(std::io::Error::other)
}
