//! Lines of progress at the bottom of a terminal.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::ui::frame::{Frame, Terminal};
use crate::ui::layout::{Line, State, Total};
use crate::ui::text::visible;
use crate::ui::width::cut;

/// The time between two drawings.
const TICK: Duration = Duration::from_millis(100);

/// The stack of the thread that draws, in bytes.
const STACK: usize = 128 * 1024;

/// Columns that stay free, so that the `^C` that a terminal echoes does not begin another row.
const FREE: usize = 3;

/// All lines, shared. There are none without a terminal.
#[derive(Clone)]
pub(crate) struct Bars(Option<Arc<Mutex<Lines>>>);

struct Lines {
    frame: Frame,
    all: BTreeMap<u64, Line>,
    last_id: u64,
    total: Option<Total>,
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
            drawn_at: Instant::now(),
            ticks: false,
        };
        Bars(terminal.map(|terminal| Arc::new(Mutex::new(lines(terminal)))))
    }

    fn lock(&self) -> Option<MutexGuard<'_, Lines>> {
        self.0.as_ref().map(|lines| lock(lines))
    }

    /// Changes the lines, and draws them.
    fn change(&self, change: impl FnOnce(&mut Lines)) {
        if let Some(mut lines) = self.lock() {
            change(&mut lines);
            lines.draw();
        }
    }

    /// Adds a line.
    pub(crate) fn bar(&self, label: &str) -> Bar {
        let line = Line { label: visible(label), words: "starting".to_owned(), state: State::Starting };
        let mut id = 0;
        self.change(|lines| {
            lines.last_id += 1;
            id = lines.last_id;
            lines.all.insert(id, line);
        });
        self.tick();
        Bar { bars: self.clone(), id }
    }

    /// Shows how many of several inputs have ended.
    pub(crate) fn count(&self, total: usize) {
        self.change(|lines| lines.total = (total > 1).then(|| Total::new(total, now())));
        self.tick();
    }

    pub(crate) fn ended_one(&self) {
        self.change(|lines| lines.total.iter_mut().for_each(Total::ended_one));
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
        let total = total.map(|total| cut(&total.show(now), columns));
        let lines = self.all.values().take(rows - usize::from(total.is_some()));
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
            if let Some(line) = lines.all.get_mut(&self.id) {
                (line.words, line.state) = (visible(words), state);
            }
        });
    }

    pub(crate) fn advance(&self, bytes: u64) {
        let Some(mut lines) = self.bars.lock() else { return };
        if let Some(Line { state: State::Transfer(transfer), .. }) = lines.all.get_mut(&self.id) {
            transfer.advance(bytes, now());
        }
        lines.draw_in_time();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bars.change(|lines| drop(lines.all.remove(&self.id)));
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
