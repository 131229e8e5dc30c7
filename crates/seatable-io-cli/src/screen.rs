//! Everything that is printed. A result goes to standard output, all else to standard error.

use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::PoisonError;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};

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
        self.aside(|| drop(io::stderr().lock().write_all(cleaned(text).as_bytes())));
    }

    /// Writes where the bars are, which come back below it; none do on a terminal that is gone.
    fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        if self.bars.clear().is_err() {
            self.bars.set_draw_target(ProgressDrawTarget::hidden());
        }
        self.bars.suspend(write)
    }

    /// What became of one input, on standard output; on standard error if that fails.
    pub(crate) fn result(&self, report: &Report) {
        match &report.end {
            _ if self.json => self.out(&(report.line() + "\n")),
            Ok(good) if !self.quiet => self.out(&cleaned(&good.said)),
            _ => {}
        }
    }

    fn out(&self, text: &str) {
        let written = self.aside(|| {
            let mut out = io::stdout().lock();
            out.write_all(text.as_bytes()).and_then(|()| out.flush())
        });
        if let Err(error) = written {
            self.err(text);
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
    text.chars().map(|c| if is_invisible(c) { '\u{fffd}' } else { c }).collect()
}

/// Control characters, line separators and bidirectional controls.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use indicatif::TermLike;

    use super::*;

    /// A terminal that can be closed.
    #[derive(Clone, Debug, Default)]
    struct Terminal(std::sync::Arc<std::sync::atomic::AtomicBool>);

    impl Terminal {
        fn written(&self) -> io::Result<()> {
            if self.0.load(std::sync::atomic::Ordering::Relaxed) {
                Err(io::Error::other("gone"))
            } else {
                Ok(())
            }
        }
    }

    impl TermLike for Terminal {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            self.written()
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            self.written()
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            self.written()
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            self.written()
        }
        fn write_line(&self, _: &str) -> io::Result<()> {
            self.written()
        }
        fn write_str(&self, _: &str) -> io::Result<()> {
            self.written()
        }
        fn clear_line(&self) -> io::Result<()> {
            self.written()
        }
        fn flush(&self) -> io::Result<()> {
            self.written()
        }
    }

    #[test]
    fn a_terminal_that_goes_away_is_survived() {
        let terminal = Terminal::default();
        let mut screen = Screen::new(&Global::default());
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        screen.bars = MultiProgress::with_draw_target(target);
        let bar = screen.bar(ProgressBar::new_spinner()).unwrap();
        bar.tick();
        terminal.0.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(screen.aside(|| 1) + screen.aside(|| 2), 3);
        drop(bar);
    }

    #[test]
    fn a_name_cannot_move_the_cursor() {
        assert_eq!(clean("a\u{1b}[2Jb\rc\u{202e}d\u{9b}e"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}e");
        assert_eq!(clean("Größe 项目 😀 „…“"), "Größe 项目 😀 „…“");
    }
}
