//! Lines at the bottom of a terminal, drawn in place.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};

use terminal_size::terminal_size_of;

use crate::ui::width::width;

pub(crate) trait Terminal: Send {
    /// Columns and rows.
    fn size(&self) -> (usize, usize);
    fn write(&mut self, text: &str) -> io::Result<()>;
}

/// The lines on the terminal. The cursor is at the end of the last one.
///
/// Nothing is erased downwards from the top row: tmux treats that as clearing the screen, and saves the lines in its
/// history.
pub(crate) struct Frame {
    terminal: Box<dyn Terminal>,
    /// The width of each line.
    drawn: Vec<usize>,
    /// The widths of the parts above the top of a terminal that became smaller. They return if it grows.
    above: Vec<usize>,
    /// The columns and rows of the terminal when the lines were drawn.
    size: (usize, usize),
    /// The fewest columns since `printed` was 0.
    fewest: usize,
    /// The number of times that something was printed above the lines since the terminal became narrower.
    printed: usize,
}

impl Frame {
    pub(crate) fn new(terminal: Box<dyn Terminal>) -> Frame {
        Frame { terminal, drawn: Vec::new(), above: Vec::new(), size: (0, 0), fewest: usize::MAX, printed: 0 }
    }

    /// Returns the columns and rows that the lines may use.
    ///
    /// If the terminal becomes narrower, lines are wrapped, and tmux saves as many rows at the top in its history, even if
    /// others are free at the bottom. That happens once: lines that are drawn afterwards fit when it becomes as narrow again, until
    /// enough was printed above. Half of the rows also fit if it becomes lower.
    pub(crate) fn room(&self) -> (usize, usize) {
        let (columns, rows) = self.terminal.size();
        let columns = if self.printed < rows { columns.min(self.fewest) } else { columns };
        (columns, (rows / 2).max(1))
    }

    /// Removes the lines before something is printed in their place.
    pub(crate) fn step_aside(&mut self) {
        self.clear();
        self.printed = self.printed.saturating_add(1);
    }

    /// Removes the lines, and leaves the cursor at the start of the first one.
    pub(crate) fn clear(&mut self) {
        if !self.drawn.is_empty() {
            self.draw(&[String::new()]);
            self.drawn.clear();
            self.above.clear();
        }
    }

    /// Replaces the lines by others, which must fit the terminal.
    pub(crate) fn draw(&mut self, lines: &[String]) {
        let (columns, rows) = self.terminal.size();
        let size = (columns.max(1), rows);
        // A row must be erased as a whole to be no longer the rest of a wrapped line.
        let (before, after) = if size == self.size { ("", "\x1b[K") } else { ("\x1b[2K", "") };
        if size.0 < self.size.0 {
            (self.fewest, self.printed) = (self.room().0, 0);
        }
        let seen = self.fit(size);
        let up = if seen > 1 { format!("\x1b[{}A", seen - 1) } else { String::new() };
        let all: Vec<_> = lines.iter().map(|line| format!("{before}{line}{after}")).collect();
        let rest = "\r\n\x1b[2K".repeat(seen.saturating_sub(lines.len()));
        let rest = if rest.is_empty() { rest } else { format!("\x1b7{rest}\x1b8") };
        // If the terminal is gone, there is nothing to draw on.
        let _ = self.terminal.write(&format!("\r{up}{}{rest}", all.join("\r\n")));
        self.drawn = lines.iter().map(|line| width(line)).collect();
        self.size = size;
    }

    /// Determines the parts above the top of a terminal of this size. Returns the number of the other rows.
    fn fit(&mut self, (columns, rows): (usize, usize)) -> usize {
        let rows_of = |width: &usize| width.div_ceil(columns).max(1);
        let above: usize = self.above.iter().map(rows_of).sum();
        let taken = above + self.drawn.iter().map(rows_of).sum::<usize>();
        let back = rows.saturating_sub(self.size.1);
        let above = above.saturating_sub(back).max(taken.saturating_sub(rows));
        let mut left = above;
        let all = std::mem::take(&mut self.above).into_iter().chain(self.drawn.iter().copied());
        let cut = all.map_while(|width| {
            let rows = rows_of(&width).min(left);
            left -= rows;
            (rows > 0).then(|| width.min(rows * columns))
        });
        self.above = cut.collect();
        taken - above
    }
}

/// Returns standard error, if it is a terminal that can move its cursor. Elsewhere, each phase is a line.
pub(crate) fn terminal() -> Option<Box<dyn Terminal>> {
    let has_name = || env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb");
    let moves = cfg!(unix) && has_name() && io::stderr().is_terminal();
    moves.then(|| Box::new(Stderr) as Box<dyn Terminal>)
}

struct Stderr;

impl Terminal for Stderr {
    fn size(&self) -> (usize, usize) {
        let size = terminal_size_of(io::stderr());
        size.map_or((80, 24), |(columns, rows)| (columns.0.into(), rows.0.into()))
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        io::stderr().lock().write_all(text.as_bytes())
    }
}

#[cfg(test)]
pub(crate) mod tests;
