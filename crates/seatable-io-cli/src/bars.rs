//! Lines of progress at the bottom of a terminal.

use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::layout::{Line, Shown, cut, width};
use crate::total::Total;

/// How often the lines are drawn.
const TICK: Duration = Duration::from_millis(100);

/// Bytes of stack for the thread that draws.
const STACK: usize = 128 * 1024;

/// Columns that stay free, so that the `^C` that a terminal echoes does not begin another row.
const FREE: usize = 3;

pub(crate) trait Terminal: Send {
    /// Columns and rows.
    fn size(&self) -> (usize, usize);
    fn write(&mut self, text: &str) -> io::Result<()>;
}

/// All lines. The cursor is at the end of the last one.
pub(crate) struct Bars {
    terminal: Box<dyn Terminal>,
    lines: Vec<(u64, Line)>,
    next: u64,
    total: Option<Total>,
    drawn_at: Instant,
    /// How wide each line was drawn.
    drawn: Vec<usize>,
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
            terminal,
            lines: Vec::new(),
            next: 0,
            total: None,
            drawn_at: Instant::now(),
            drawn: Vec::new(),
            ticks: false,
        }
    }

    /// Shows how many of several inputs have ended.
    pub(crate) fn count(&mut self, total: usize) {
        self.total = (total > 1).then(|| Total::new(total, now()));
    }

    pub(crate) fn ended_one(&mut self) {
        if let Some(total) = &mut self.total {
            total.ended_one();
        }
    }

    /// Removes the lines from the terminal. A terminal that is gone is not written to.
    ///
    /// Lines that have become wider than the terminal take more rows than when they were drawn.
    pub(crate) fn clear(&mut self) {
        if self.drawn.is_empty() {
            return;
        }
        let columns = self.terminal.size().0.max(1);
        let rows: usize = self.drawn.drain(..).map(|width| width.div_ceil(columns).max(1)).sum();
        let up = if rows > 1 { format!("\x1b[{}A", rows - 1) } else { String::new() };
        let _ = self.terminal.write(&format!("\r{up}\x1b[J"));
    }

    fn draw(&mut self) {
        self.clear();
        self.drawn_at = Instant::now();
        if self.lines.is_empty() {
            return;
        }
        let (columns, rows) = self.terminal.size();
        let (columns, now) = (columns.saturating_sub(FREE), now());
        let total = self.total.as_ref().map(|total| cut(&total.show(now), columns));
        let room = rows.saturating_sub(1 + total.iter().len()).max(1);
        let lines = self.lines.iter().take(room).map(|(_, line)| line.show(columns, now));
        let lines: Vec<_> = lines.chain(total).collect();
        if self.terminal.write(&lines.join("\r\n")).is_ok() {
            self.drawn = lines.iter().map(|line| width(line)).collect();
        }
    }

    fn draw_in_time(&mut self) {
        if self.drawn_at.elapsed() >= TICK {
            self.draw();
        }
    }

    /// Writes where the lines are, which come back below it.
    pub(crate) fn aside<T>(&mut self, write: impl FnOnce() -> T) -> T {
        self.clear();
        let written = write();
        self.draw();
        written
    }

    fn line(&mut self, id: u64) -> Option<&mut Line> {
        self.lines.iter_mut().find(|(own, _)| *own == id).map(|(_, line)| line)
    }
}

impl Bar {
    pub(crate) fn new(bars: &Arc<Mutex<Bars>>, label: String) -> Bar {
        let mut all = lock(bars);
        let id = all.next;
        all.next += 1;
        let shown = Shown { words: "starting".to_owned(), ..Shown::default() };
        all.lines.push((id, Line { label, shown }));
        all.draw();
        if !all.ticks {
            all.ticks = tick(bars);
        }
        Bar { bars: Arc::clone(bars), id }
    }

    /// Something else happens; in a transfer, bytes are counted.
    pub(crate) fn enter(&self, shown: Shown) {
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

/// Draws while nothing happens: time passes, and the terminal's size changes. Whether there is a thread for it.
fn tick(bars: &Arc<Mutex<Bars>>) -> bool {
    let bars = Arc::downgrade(bars);
    let draw = move || {
        while let Some(bars) = bars.upgrade() {
            lock(&bars).draw_in_time();
            drop(bars);
            thread::sleep(TICK);
        }
    };
    thread::Builder::new().stack_size(STACK).spawn(draw).is_ok()
}

/// Standard error, if it is a terminal that can move its cursor.
#[cfg(unix)]
pub(crate) fn terminal() -> Option<Box<dyn Terminal>> {
    use std::io::IsTerminal;
    let moves = std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb");
    (moves && io::stderr().is_terminal()).then(|| Box::new(Stderr) as Box<dyn Terminal>)
}

/// Elsewhere a phase is a line.
#[cfg(not(unix))]
pub(crate) fn terminal() -> Option<Box<dyn Terminal>> {
    None
}

#[cfg(unix)]
struct Stderr;

#[cfg(unix)]
impl Terminal for Stderr {
    fn size(&self) -> (usize, usize) {
        match rustix::termios::tcgetwinsize(rustix::stdio::stderr()) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
            _ => (80, 24),
        }
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        io::stderr().lock().write_all(text.as_bytes())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A terminal whose size can change, and that can go away.
    #[derive(Clone, Default)]
    pub(crate) struct Fake(Arc<Mutex<(usize, Option<String>)>>);

    impl Fake {
        pub(crate) fn new(columns: usize) -> Fake {
            Fake(Arc::new(Mutex::new((columns, Some(String::new())))))
        }

        fn resize(&self, columns: usize) {
            self.0.lock().unwrap().0 = columns;
        }

        pub(crate) fn close(&self) {
            self.0.lock().unwrap().1 = None;
        }

        /// What was written since it was last asked.
        fn written(&self) -> String {
            std::mem::take(self.0.lock().unwrap().1.as_mut().unwrap())
        }
    }

    impl Terminal for Fake {
        fn size(&self) -> (usize, usize) {
            (self.0.lock().unwrap().0, 4)
        }

        fn write(&mut self, text: &str) -> io::Result<()> {
            let mut own = self.0.lock().unwrap();
            own.1.as_mut().map(|all| all.push_str(text)).ok_or_else(|| io::Error::other("gone"))
        }
    }

    fn bars(terminal: &Fake) -> Arc<Mutex<Bars>> {
        let mut bars = Bars::new(Box::new(terminal.clone()));
        bars.ticks = true;
        Arc::new(Mutex::new(bars))
    }

    fn waiting() -> Shown {
        Shown { words: "waiting".to_owned(), ..Shown::default() }
    }

    #[test]
    fn a_line_makes_room_for_what_is_written_aside() {
        let terminal = Fake::new(80);
        let bars = bars(&terminal);
        let bar = Bar::new(&bars, "a".to_owned());
        bar.enter(waiting());
        terminal.written();
        lock(&bars).aside(|| terminal.clone().write("result\n")).unwrap();
        assert_eq!(terminal.written(), "\r\x1b[Jresult\na: waiting");
        drop(bar);
        assert_eq!(terminal.written(), "\r\x1b[J");
    }

    #[test]
    fn a_terminal_that_became_narrower_has_no_debris() {
        let terminal = Fake::new(80);
        let bars = bars(&terminal);
        let bar = Bar::new(&bars, "x".repeat(90));
        terminal.written();
        terminal.resize(40);
        bar.enter(waiting());
        assert_eq!(terminal.written(), format!("\r\x1b[1A\x1b[J{}..: waiting", "x".repeat(26)));
    }

    #[test]
    fn several_inputs_are_counted_and_more_lines_than_rows_are_not_drawn() {
        let terminal = Fake::new(80);
        let bars = bars(&terminal);
        lock(&bars).count(200);
        lock(&bars).ended_one();
        let all: Vec<_> = ["a", "b", "c"].map(|label| Bar::new(&bars, label.to_owned())).into();
        assert!(terminal.written().ends_with("\x1b[Ja: starting\r\nb: starting\r\n1/200, 0 s, 0 s left"));
        drop(all);
    }
}
