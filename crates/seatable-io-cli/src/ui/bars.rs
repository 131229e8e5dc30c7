//! Lines of progress at the bottom of a terminal.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{mem, thread};

use crate::ui::frame::{Frame, Terminal};
use crate::ui::layout::{Clock, Line, Transfer};
use crate::ui::text::visible;
use crate::ui::total::Total;
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
    all: Vec<(u64, Line)>,
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
            all: Vec::new(),
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

    /// Adds a line.
    pub(crate) fn bar(&self, label: &str) -> Bar {
        let mut id = 0;
        if let Some(mut lines) = self.lock() {
            lines.last_id += 1;
            id = lines.last_id;
            let words = "starting".to_owned();
            lines.all.push((id, Line { label: visible(label), words, clock: None, transfer: None }));
            lines.draw();
        }
        self.tick();
        Bar { bars: self.clone(), id }
    }

    /// Shows how many of several inputs have ended.
    pub(crate) fn count(&self, total: usize) {
        if let Some(mut lines) = self.lock() {
            lines.total = (total > 1).then(|| Total::new(total, now()));
            lines.draw();
        }
        self.tick();
    }

    pub(crate) fn ended_one(&self) {
        if let Some(mut lines) = self.lock()
            && let Some(total) = &mut lines.total
        {
            total.ended_one();
            lines.draw();
        }
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
        let lines = self.all.iter().take(rows - usize::from(total.is_some()));
        let lines: Vec<_> = lines.map(|(_, line)| line.show(columns, now)).chain(total).collect();
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

    /// Shows words and a clock.
    pub(crate) fn show(&self, words: &str, clock: Clock) {
        self.enter(words, Some(clock), None);
    }

    /// Shows a transfer, whose bytes are counted by [`advance`](Bar::advance).
    pub(crate) fn transfer(&self, verb: &str, of: Option<u64>) {
        self.enter(verb, None, Some(Transfer::new(of)));
    }

    fn enter(&self, words: &str, clock: Option<Clock>, transfer: Option<Transfer>) {
        let words = visible(words);
        self.change(
            |own| *own = Line { label: mem::take(&mut own.label), words, clock, transfer },
            Lines::draw,
        );
    }

    pub(crate) fn advance(&self, bytes: u64) {
        let advance = |own: &mut Line| {
            if let Some(transfer) = &mut own.transfer {
                transfer.advance(bytes, now());
            }
        };
        self.change(advance, Lines::draw_in_time);
    }

    fn change(&self, change: impl FnOnce(&mut Line), draw: impl Fn(&mut Lines)) {
        if let Some(mut lines) = self.bars.lock() {
            if let Some((_, line)) = lines.all.iter_mut().find(|(id, _)| *id == self.id) {
                change(line);
            }
            draw(&mut lines);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(mut lines) = self.bars.lock() {
            lines.all.retain(|(id, _)| *id != self.id);
            lines.draw();
        }
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
