//! Ctrl-C: the first ends what runs, on the server too; the second leaves at once.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use seatable_io_ureq::Stop;

/// The exit code of what was cancelled.
const CANCELLED: i32 = 130;

/// What Ctrl-C will stop.
pub(crate) fn on_ctrl_c() -> io::Result<Stop> {
    let stop = Stop::new();
    let second = AtomicBool::new(false);
    let told = stop.clone();
    on_signal(move || {
        if second.swap(true, Ordering::Relaxed) {
            std::process::exit(CANCELLED);
        }
        told.stop();
    })?;
    Ok(stop)
}

/// Not SIGHUP: under `nohup` it has to be ignored, and else it ends the process as ever.
#[cfg(unix)]
pub(crate) fn on_signal(mut act: impl FnMut() + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};

    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    std::thread::spawn(move || signals.forever().for_each(|_| act()));
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn on_signal(act: impl FnMut() + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(act).map_err(io::Error::other)
}
