use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::time::Instant;

use crate::blocking::Stop;

/// Ends the check of a file: at a deadline, unless a [`Stop`] comes first. Clones share the stop. The
/// default never stops anything.
///
/// ```
/// use std::io::{Cursor, Read};
///
/// use seatable_io_driver::StopSignal;
/// use seatable_io_driver::blocking::Stop;
///
/// let stop = Stop::new();
/// let signal = StopSignal::new(stop.clone(), None);
/// let mut file = signal.reader(Cursor::new("text"));
/// assert_eq!(file.read(&mut [0; 3])?, 3);
/// stop.stop();
/// assert!(file.read(&mut [0; 3]).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct StopSignal {
    stop: Stop,
    deadline: Option<Instant>,
}

impl StopSignal {
    /// Creates a signal that comes with this stop or at the deadline; without a deadline, with the stop only.
    pub fn new(stop: Stop, deadline: Option<Instant>) -> Self {
        Self { stop, deadline }
    }

    /// Fails once the work is to end.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](ErrorKind::TimedOut) after the deadline, and [`Other`](ErrorKind::Other) after a stop. The standard library
    /// retries neither, and neither means that the file is damaged.
    pub fn check(&self) -> io::Result<()> {
        if self.stop.is_stopped() {
            return Err(io::Error::other("stopped"));
        }
        match self.deadline {
            Some(deadline) if deadline <= Instant::now() => {
                Err(io::Error::new(ErrorKind::TimedOut, "the time is over"))
            }
            _ => Ok(()),
        }
    }

    /// Returns a reader that fails as [`check`](Self::check) does, at each read and seek.
    pub fn reader<R>(&self, file: R) -> Stoppable<R> {
        Stoppable { file, signal: self.clone() }
    }
}

/// A file whose reads and seeks fail once a [`StopSignal`] has come.
#[derive(Debug)]
pub struct Stoppable<R> {
    file: R,
    signal: StopSignal,
}

impl<R: Read> Read for Stoppable<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.signal.check()?;
        self.file.read(buffer)
    }
}

impl<R: Seek> Seek for Stoppable<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.signal.check()?;
        self.file.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::time::Duration;

    use super::*;

    #[test]
    fn work_goes_on_until_the_deadline_or_a_stop() {
        let (stop, now) = (Stop::new(), Instant::now());
        let check = |deadline| StopSignal::new(stop.clone(), deadline).check().map_err(|error| error.kind());
        let later = now + Duration::from_secs(3600);
        assert_eq!([None, Some(later), Some(now)].map(check), [Ok(()), Ok(()), Err(ErrorKind::TimedOut)]);
        assert!(StopSignal::default().check().is_ok());
        stop.stop();
        assert_eq!([None, Some(later), Some(now)].map(check), [Err(ErrorKind::Other); 3]);
    }

    #[test]
    fn each_read_and_seek_fails_after_a_stop() {
        let stop = Stop::new();
        let mut file = StopSignal::new(stop.clone(), None).reader(Cursor::new([1, 2]));
        assert!(file.read(&mut [0]).is_ok() && file.seek(SeekFrom::Start(1)).is_ok());
        stop.stop();
        assert!(file.read(&mut [0]).is_err() && file.rewind().is_err() && file.file.position() == 1);
    }
}
