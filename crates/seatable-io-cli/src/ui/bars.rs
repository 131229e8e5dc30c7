//! Lines of progress at the bottom of a terminal.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::ui::frame::{Frame, Terminal};
use crate::ui::layout::{Line, Shown};
use crate::ui::text::visible;
use crate::ui::total::Total;
use crate::ui::width::cut;

/// How often the lines are drawn.
const TICK: Duration = Duration::from_millis(100);

/// Bytes of stack for the thread that draws.
const STACK: usize = 128 * 1024;

/// Columns that stay free, so that the `^C` that a terminal echoes does not begin another row.
const FREE: usize = 3;

/// All lines.
pub(crate) struct Bars {
    frame: Frame,
    lines: Vec<(u64, Line)>,
    next: u64,
    total: Option<Total>,
    drawn_at: Instant,
    ticks: bool,
}

/// A line, until it is dropped.
pub(crate) struct Bar {
    bars: Arc<Mutex<Bars>>,
    id: u64,
}

impl Bars {
    pub(crate) fn new(terminal: Box<dyn Terminal>) -> Bars {
        Bars {
            frame: Frame::new(terminal),
            lines: Vec::new(),
            next: 0,
            total: None,
            drawn_at: Instant::now(),
            ticks: false,
        }
    }

    pub(crate) fn ended_one(&mut self) {
        if let Some(total) = &mut self.total {
            total.ended_one();
            self.draw();
        }
    }

    /// Removes the lines for good.
    pub(crate) fn leave(&mut self) {
        self.lines.clear();
        self.total = None;
        self.draw();
    }

    fn draw(&mut self) {
        self.drawn_at = Instant::now();
        let (columns, rows) = self.frame.room();
        let (columns, now) = (columns.saturating_sub(FREE), now());
        let total =
            self.total.as_ref().filter(|total| !total.is_over()).map(|total| cut(&total.show(now), columns));
        let total = total.filter(|_| rows > 1);
        let lines = self.lines.iter().take(rows - usize::from(total.is_some()));
        let lines: Vec<_> = lines.map(|(_, line)| line.show(columns, now)).chain(total).collect();
        if lines.is_empty() { self.frame.clear() } else { self.frame.draw(&lines) }
    }

    fn draw_in_time(&mut self) {
        if self.drawn_at.elapsed() >= TICK {
            self.draw();
        }
    }

    /// Writes where the lines are, which come back below it.
    pub(crate) fn aside<T>(&mut self, write: impl FnOnce() -> T) -> T {
        self.frame.step_aside();
        let written = write();
        self.draw();
        written
    }

    fn line(&mut self, id: u64) -> Option<&mut Line> {
        self.lines.iter_mut().find(|(own, _)| *own == id).map(|(_, line)| line)
    }
}

impl Bar {
    pub(crate) fn new(bars: &Arc<Mutex<Bars>>, label: &str) -> Bar {
        let mut all = lock(bars);
        let id = all.next;
        all.next += 1;
        let shown = Shown { words: "starting".to_owned(), ..Shown::default() };
        all.lines.push((id, Line { label: visible(label), shown }));
        all.draw();
        tick(bars, &mut all);
        Bar { bars: Arc::clone(bars), id }
    }

    /// Something else happens; in a transfer, bytes are counted.
    pub(crate) fn enter(&self, shown: Shown) {
        let shown = Shown { words: visible(&shown.words), ..shown };
        let mut bars = lock(&self.bars);
        if let Some(line) = bars.line(self.id) {
            line.shown = shown;
        }
        bars.draw();
    }

    pub(crate) fn advance(&self, bytes: u64) {
        let mut bars = lock(&self.bars);
        if let Some(transfer) = bars.line(self.id).and_then(|line| line.shown.transfer.as_mut()) {
            transfer.advance(bytes, now());
        }
        bars.draw_in_time();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        let mut bars = lock(&self.bars);
        bars.lines.retain(|(id, _)| *id != self.id);
        bars.draw();
    }
}

/// The time, as all lines count it.
pub(crate) fn now() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

pub(crate) fn lock(bars: &Mutex<Bars>) -> MutexGuard<'_, Bars> {
    bars.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shows how many of several inputs have ended.
pub(crate) fn count(bars: &Arc<Mutex<Bars>>, total: usize) {
    let mut all = lock(bars);
    all.total = (total > 1).then(|| Total::new(total, now()));
    all.draw();
    tick(bars, &mut all);
}

/// Draws while nothing happens: time passes, and the terminal's size changes.
fn tick(bars: &Arc<Mutex<Bars>>, all: &mut Bars) {
    if all.ticks {
        return;
    }
    let bars = Arc::downgrade(bars);
    let draw = move || {
        while let Some(bars) = bars.upgrade() {
            lock(&bars).draw_in_time();
            drop(bars);
            thread::sleep(TICK);
        }
    };
    all.ticks = thread::Builder::new().stack_size(STACK).spawn(draw).is_ok();
}

#[cfg(test)]
mod tests;
