//! Everything that is printed. A result goes to standard output, all else to standard error.

use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::PoisonError;

use indicatif::{MultiProgress, ProgressBar};

use crate::args::Global;
use crate::failure::Failure;
use crate::line::Report;

/// Standard output and standard error, shared by all jobs.
pub(crate) struct Screen {
    json: bool,
    quiet: bool,
    verbose: bool,
    bars: MultiProgress,
    /// The first failure of standard output.
    broken: Mutex<Option<io::Error>>,
}

impl Screen {
    pub(crate) fn new(global: &Global) -> Screen {
        let Global { json, quiet, verbose, .. } = *global;
        Screen { json, quiet, verbose, bars: MultiProgress::new(), broken: Mutex::default() }
    }

    /// A bar at the bottom of the terminal, if there is a terminal and it is wanted.
    pub(crate) fn bar(&self, bar: ProgressBar) -> Option<ProgressBar> {
        (!self.quiet && !self.bars.is_hidden()).then(|| self.bars.add(bar))
    }

    /// A phase, a warning.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            self.err(text);
        }
    }

    /// A request, or the status of its answer.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose {
            self.err(text);
        }
    }

    /// What went wrong.
    pub(crate) fn complain(&self, failure: &Failure) {
        self.err(&format!("seatable-io: {}", failure.message));
    }

    /// What to do after something went wrong.
    pub(crate) fn advise(&self, text: &str) {
        self.err(&format!("seatable-io: {text}"));
    }

    fn err(&self, text: &str) {
        // Nobody is left to be told that standard error is closed.
        self.bars.suspend(|| drop(io::stderr().lock().write_all(cleaned(text).as_bytes())));
    }

    /// What became of one input, on standard output.
    pub(crate) fn result(&self, report: &Report) {
        match &report.end {
            _ if self.json => self.out(&(report.line() + "\n")),
            Ok(good) => self.out(&cleaned(&good.said)),
            Err(_) => {}
        }
    }

    fn out(&self, text: &str) {
        let written = self.bars.suspend(|| {
            let mut out = io::stdout().lock();
            out.write_all(text.as_bytes()).and_then(|()| out.flush())
        });
        if let Err(error) = written {
            self.broken.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    /// The exit code, which is not 0 if results were lost on the way to standard output.
    pub(crate) fn exit(&self, code: u8) -> u8 {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(error) = broken else { return code };
        let failure = Failure::io(format!("cannot write to standard output: {error}"));
        self.complain(&failure);
        if code == 0 { failure.kind.exit() } else { code }
    }
}

fn cleaned(text: &str) -> String {
    text.lines().map(|line| clean(line) + "\n").collect()
}

/// Without what could move a terminal's cursor or turn its text around.
pub(crate) fn clean(text: &str) -> String {
    let is_direction =
        |c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || is_direction(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn a_name_cannot_move_the_cursor() {
        assert_eq!(clean("a\u{1b}[2Jb\rc\u{202e}d"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d");
        assert_eq!(clean("Größe 项目 😀 „…“"), "Größe 项目 😀 „…“");
    }
}
