//! Everything that is printed. A result goes to standard output, all else to standard error.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::failure::Failure;
use crate::global::Global;
use crate::report::Report;
use crate::ui::bars::{self, Bar, Bars};
use crate::ui::frame;
use crate::ui::layout::{Clock, Shown};
use crate::ui::text::visible;

/// Inputs learn the end of a pause at different moments.
const ABOUT: Duration = Duration::from_millis(900);

/// Standard output and standard error, shared by all jobs.
pub(crate) struct Screen {
    json: bool,
    quiet: bool,
    verbose: bool,
    /// On a terminal, unless it should be quiet.
    bars: Option<Arc<Mutex<Bars>>>,
    /// The last pause that was told, and when it is over.
    pause: Mutex<Option<(String, Duration)>>,
    /// The first failure of standard output.
    broken: Mutex<Option<io::Error>>,
}

impl Screen {
    pub(crate) fn new(global: &Global) -> Screen {
        let Global { json, quiet, verbose, .. } = *global;
        let terminal = if quiet { None } else { frame::terminal() };
        let bars = terminal.map(|terminal| Arc::new(Mutex::new(Bars::new(terminal))));
        Screen { json, quiet, verbose, bars, pause: Mutex::default(), broken: Mutex::default() }
    }

    /// A line of progress at the bottom of the terminal, if there is a terminal and it is wanted.
    pub(crate) fn bar(&self, label: &str) -> Option<Bar> {
        self.bars.as_ref().map(|bars| Bar::new(bars, label))
    }

    /// A line that says what happens, and for how long.
    pub(crate) fn busy(&self, label: &str, words: &str, clock: Clock) -> Option<Bar> {
        let bar = self.bar(label)?;
        bar.enter(Shown { words: words.to_owned(), clock: Some(clock), transfer: None });
        Some(bar)
    }

    /// Counts several inputs.
    pub(crate) fn count(&self, total: usize) {
        if let Some(bars) = &self.bars {
            bars::count(bars, total);
        }
    }

    /// Removes the lines of progress, for an exit that is not waited for.
    pub(crate) fn leave(&self) -> impl Fn() + Send + 'static {
        let bars = self.bars.clone();
        move || {
            // Whoever draws may be stuck.
            if let Some(Ok(mut bars)) = bars.as_ref().map(|bars| bars.try_lock()) {
                bars.leave();
            }
        }
    }

    /// Whether a pause is longer than the one that was told: one response pauses all inputs.
    pub(crate) fn is_new_pause(&self, reason: &str, until: Duration) -> bool {
        let mut told = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        let is_told = told.as_ref().is_some_and(|(before, end)| before == reason && until <= *end + ABOUT);
        if !is_told {
            *told = Some((reason.to_owned(), until));
        }
        !is_told
    }

    /// A phase, a warning.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            self.err(&lines([text]));
        }
    }

    /// What `-v` adds, with the time.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose {
            self.err(&lines([format!("{} {text}", time_of_day(SystemTime::now()))]));
        }
    }

    pub(crate) fn complain(&self, failure: &Failure) {
        let Failure { message, hint, commands, .. } = failure;
        if commands.is_empty() {
            return self.warn(message, hint.as_deref(), &[]);
        }
        let hint = hint.as_ref().map(|hint| format!("{hint}; ")).unwrap_or_default();
        self.warn(message, Some(&format!("{hint}to continue the task:")), commands);
    }

    /// What needs a person, what to do about it, and commands for that.
    pub(crate) fn warn(&self, text: &str, hint: Option<&str>, commands: &[String]) {
        let hint = hint.map(|hint| format!("hint: {hint}"));
        let first = [format!("seatable-io: {text}")].into_iter().chain(hint);
        self.err(&lines(first.chain(indented(commands))));
    }

    fn err(&self, text: &str) {
        // Nobody is left to be told that standard error is closed.
        self.aside(|| drop(io::stderr().lock().write_all(text.as_bytes())));
    }

    /// Writes where the lines of progress are.
    fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bars {
            Some(bars) => bars::lock(bars).aside(write),
            None => write(),
        }
    }

    /// What became of one input, on standard output; on standard error if that fails.
    pub(crate) fn result(&self, report: &Report) {
        self.line(report);
        report.details.deletions.iter().for_each(|deletion| self.line(deletion));
        if let Some(bars) = &self.bars {
            bars::lock(bars).ended_one();
        }
    }

    fn line(&self, report: &Report) {
        match &report.end {
            _ if self.json => self.out(&(report.line() + "\n")),
            Ok(good) if !self.quiet => {
                let said = Some(good.said.clone()).filter(|said| !said.is_empty());
                self.out(&lines(said.into_iter().chain(indented(&good.commands))));
            }
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

/// `20:53:41.123Z`.
fn time_of_day(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs() % 86_400;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{:03}Z", since.subsec_millis())
}

fn indented(commands: &[String]) -> impl Iterator<Item = String> {
    commands.iter().map(|command| format!("  {command}"))
}

/// Text of which each piece is one line, whatever names and words of others are in it.
fn lines(pieces: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    pieces.into_iter().map(|piece| visible(piece.as_ref()) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::frame::tests::Fake;

    #[test]
    fn a_terminal_that_goes_away_is_survived() {
        let terminal = Fake::new(80, 24);
        let bars = Some(Arc::new(Mutex::new(Bars::new(Box::new(terminal.clone())))));
        let screen = Screen { bars, ..Screen::new(&Global::default()) };
        let bar = screen.bar("a").unwrap();
        terminal.close();
        assert_eq!(screen.aside(|| 1) + screen.aside(|| 2), 3);
        drop(bar);
    }

    #[test]
    fn a_piece_is_a_line() {
        assert_eq!(lines(["a\nhint: b", ""]), "a\\nhint: b\n\n");
    }

    #[test]
    fn times_are_those_of_a_clock() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_764_104_021_123);
        assert_eq!(time_of_day(time), "20:53:41.123Z");
    }
}
