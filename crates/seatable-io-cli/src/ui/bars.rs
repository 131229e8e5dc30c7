//! Lines of progress at the bottom of a terminal.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::ui::frame::{Frame, Terminal};
use crate::ui::layout::{Line, State};
use crate::ui::text::visible;
use crate::ui::total::{Expected, Total};

/// The time between two drawings.
const TICK: Duration = Duration::from_millis(100);

/// How long work must last for its line to appear: lines of small files would only flicker.
const LATE: Duration = Duration::from_millis(500);

/// The stack of the thread that draws, in bytes.
const STACK: usize = 128 * 1024;

/// Columns that stay free, so that the `^C` that a terminal echoes does not begin another row.
const FREE: usize = 3;

/// All lines, shared. There are none without a terminal.
#[derive(Clone)]
pub(crate) struct Bars(Option<Arc<Mutex<Lines>>>);

struct Lines {
    frame: Frame,
    /// The lines, each with the time from which it is shown.
    all: BTreeMap<u64, (Duration, Line)>,
    last_id: u64,
    total: Option<Total>,
    /// The work of the inputs that are counted next.
    expected: Expected,
    drawn_at: Instant,
    ticks: bool,
}

/// A line, until it is dropped.
pub(crate) struct Bar {
    bars: Bars,
    id: u64,
}

impl Bars {
    pub(crate) fn new(terminal: Option<Box<dyn Terminal>>) -> Bars {
        let lines = |terminal| Lines {
            frame: Frame::new(terminal),
            all: BTreeMap::new(),
            last_id: 0,
            total: None,
            expected: Expected::default(),
            drawn_at: Instant::now(),
            ticks: false,
        };
        Bars(terminal.map(|terminal| Arc::new(Mutex::new(lines(terminal)))))
    }

    fn lock(&self) -> Option<MutexGuard<'_, Lines>> {
        self.0.as_ref().map(|lines| lock(lines))
    }

    /// Changes the lines, and draws them if that can be seen.
    fn change(&self, change: impl FnOnce(&mut Lines) -> bool) {
        if let Some(mut lines) = self.lock()
            && change(&mut lines)
        {
            lines.draw();
        }
    }

    /// Adds a line.
    pub(crate) fn bar(&self, label: &str) -> Bar {
        self.bar_from(now(), label)
    }

    /// Adds a line that appears if it lasts for a while.
    pub(crate) fn late_bar(&self, label: &str) -> Bar {
        self.bar_from(now().saturating_add(LATE), label)
    }

    fn bar_from(&self, from: Duration, label: &str) -> Bar {
        let line = Line { label: visible(label), words: "starting".to_owned(), state: State::Starting };
        let mut id = 0;
        self.change(|lines| {
            lines.last_id += 1;
            id = lines.last_id;
            lines.all.insert(id, (from, line));
            from <= now()
        });
        self.tick();
        Bar { bars: self.clone(), id }
    }

    /// Sets the work of the inputs that are counted next.
    pub(crate) fn expect(&self, expected: impl FnOnce() -> Expected) {
        if let Some(mut lines) = self.lock() {
            lines.expected = expected();
        }
    }

    /// Shows how many of several inputs have ended, of which some are processed at once.
    pub(crate) fn count(&self, total: usize, at_once: usize) {
        self.change(|lines| {
            let expected = std::mem::take(&mut lines.expected);
            let is_shown = total > 1 || matches!(expected, Expected::Bytes(_));
            lines.total = is_shown.then(|| Total::new(total, at_once, expected, now()));
            true
        });
        self.tick();
    }

    /// Counts an input that has ended, and the bytes that were sent or saved for it.
    pub(crate) fn ended(&self, index: usize, bytes: u64) {
        self.change(|lines| {
            lines.total.iter_mut().for_each(|total| total.ended(index, bytes));
            true
        });
    }

    /// Counts bytes of any input that were read.
    pub(crate) fn read(&self, bytes: u64) {
        let Some(mut lines) = self.lock() else { return };
        lines.total.iter_mut().for_each(|total| total.read(bytes, now()));
        lines.draw_in_time();
    }

    /// Writes in the place of the lines, which move below it.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        let Some(mut lines) = self.lock() else { return write() };
        lines.frame.step_aside();
        let written = write();
        lines.draw();
        written
    }

    /// Removes the lines for good, unless the thread that draws is stuck.
    pub(crate) fn leave(&self) {
        if let Some(Ok(mut lines)) = self.0.as_ref().map(|lines| lines.try_lock()) {
            lines.all.clear();
            lines.total = None;
            lines.draw();
        }
    }

    /// Draws while nothing happens: time passes, and the terminal's size changes.
    fn tick(&self) {
        let Some(mut lines) = self.lock().filter(|lines| !lines.ticks) else { return };
        let shared = self.0.as_ref().map(Arc::downgrade).unwrap_or_default();
        let draw = move || {
            while let Some(lines) = shared.upgrade() {
                lock(&lines).draw_in_time();
                drop(lines);
                thread::sleep(TICK);
            }
        };
        lines.ticks = thread::Builder::new().stack_size(STACK).spawn(draw).is_ok();
    }
}

impl Lines {
    fn draw(&mut self) {
        self.drawn_at = Instant::now();
        let (columns, rows) = self.frame.room();
        let (columns, now) = (columns.saturating_sub(FREE), now());
        let total = self.total.as_ref().filter(|total| rows > 1 && !total.is_over());
        let total = total.map(|total| total.show(columns, now));
        let shown = self.all.values().filter(|(from, _)| *from <= now).map(|(_, line)| line);
        let lines = shown.take(rows - usize::from(total.is_some()));
        let lines: Vec<_> = lines.map(|line| line.show(columns, now)).chain(total).collect();
        if lines.is_empty() { self.frame.clear() } else { self.frame.draw(&lines) }
    }

    fn draw_in_time(&mut self) {
        if self.drawn_at.elapsed() >= TICK {
            self.draw();
        }
    }
}

impl Bar {
    pub(crate) fn is_hidden(&self) -> bool {
        self.bars.0.is_none()
    }

    /// Shows words and a state. The bytes of a transfer are counted by [`advance`](Bar::advance).
    pub(crate) fn show(&self, words: &str, state: State) {
        self.bars.change(|lines| {
            let Some((from, line)) = lines.all.get_mut(&self.id) else { return false };
            (line.words, line.state) = (visible(words), state);
            *from <= now()
        });
    }

    pub(crate) fn advance(&self, bytes: u64) {
        let Some(mut lines) = self.bars.lock() else { return };
        if let Some((_, Line { state: State::Transfer(transfer), .. })) = lines.all.get_mut(&self.id) {
            transfer.advance(bytes, now());
        }
        lines.draw_in_time();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bars.change(|lines| lines.all.remove(&self.id).is_some_and(|(from, _)| from <= now()));
    }
}

/// Returns the time since the first call: all lines count from the same moment.
pub(crate) fn now() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

fn lock(lines: &Mutex<Lines>) -> MutexGuard<'_, Lines> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
