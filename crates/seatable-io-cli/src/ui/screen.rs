//! Everything that is printed: results to standard output, all else to standard error.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::failure::Failure;
use crate::global::Global;
use crate::report::Report;
use crate::stdout;
use crate::ui::bars::{Bar, Bars};
use crate::ui::complaints::Complaints;
use crate::ui::frame;
use crate::ui::layout::State;
use crate::ui::text::visible;

/// Inputs learn of a pause at different moments.
const ABOUT: Duration = Duration::from_millis(900);

/// Standard output and standard error, shared by all threads.
pub(crate) struct Screen {
    json: bool,
    quiet: bool,
    verbose: bool,
    /// Hidden if it should be quiet.
    pub(crate) bars: Bars,
    /// The last pause that was reported, and its end.
    pause: Mutex<Option<(String, Duration)>>,
    complaints: Complaints,
    /// The first failure of standard output.
    broken: Mutex<Option<io::Error>>,
}

impl Screen {
    pub(crate) fn new(global: &Global) -> Screen {
        let Global { json, quiet, verbose, .. } = *global;
        let bars = Bars::new(if quiet { None } else { frame::terminal() });
        let complaints = global.complaints.clone();
        Screen { json, quiet, verbose, bars, complaints, pause: Mutex::default(), broken: Mutex::default() }
    }

    /// Adds a line of progress with words and a state, which appears if it lasts for a while.
    pub(crate) fn busy(&self, label: &str, words: &str, state: State) -> Bar {
        let bar = self.bars.late_bar(label);
        bar.show(words, state);
        bar
    }

    /// Returns whether a pause is longer than the one that was reported: one response pauses all inputs.
    pub(crate) fn is_new_pause(&self, reason: &str, until: Duration) -> bool {
        let mut reported = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known =
            reported.as_ref().is_some_and(|(before, end)| before == reason && until <= *end + ABOUT);
        if !is_known {
            *reported = Some((reason.to_owned(), until));
        }
        !is_known
    }

    /// Prints a phase or a warning.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            self.err(&lines([text]));
        }
    }

    /// Prints a detail with the time, if `-v` is given.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose {
            self.err(&lines([format!("{} {text}", time_of_day(SystemTime::now()))]));
        }
    }

    pub(crate) fn complain(&self, failure: &Failure) {
        let Failure { message, hint, commands, .. } = failure;
        let go_on = (!commands.is_empty()).then_some("to continue the task:");
        let hints: Vec<_> = hint.as_deref().into_iter().chain(go_on).collect();
        self.warn(message, &hints.join("; "), commands);
    }

    /// Prints a problem, a hint if there is one, and commands.
    pub(crate) fn warn(&self, text: &str, hint: &str, commands: &[String]) {
        let hint = (!hint.is_empty()).then(|| format!("hint: {hint}"));
        let first = [format!("seatable-io: {text}")].into_iter().chain(hint);
        let text = lines(first.chain(indented(commands)));
        self.complaints.add(&text);
        self.err(&text);
    }

    fn err(&self, text: &str) {
        // If standard error is closed, there is nowhere to report it.
        self.bars.aside(|| drop(io::stderr().lock().write_all(text.as_bytes())));
    }

    /// Prints the result of one input on standard output. If that fails, a result that no other run can print goes to standard error.
    pub(crate) fn result(&self, report: &Report) {
        self.line(report);
        report.details.deletions.iter().for_each(|deletion| self.line(deletion));
    }

    fn line(&self, report: &Report) {
        match &report.end {
            _ if self.json => self.out(&(report.line() + "\n"), report),
            Ok(good) if !self.quiet => {
                let text = Some(good.text.clone()).filter(|text| !text.is_empty());
                let more = good.lines.iter().cloned().chain(indented(&good.commands));
                self.out(&lines(text.into_iter().chain(more)), report);
            }
            _ => {}
        }
    }

    fn out(&self, text: &str, report: &Report) {
        if let Err(error) = self.bars.aside(|| stdout::write(text)) {
            if !report.is_repeatable() {
                self.err(text);
            }
            self.broken.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    /// Returns whether results were lost on the way to standard output.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Returns the exit code, which is not 0 if results were lost on the way to standard output.
    pub(crate) fn exit(&self, code: u8) -> u8 {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(error) = broken else { return code };
        let failure = stdout::failed(error);
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

/// Each piece becomes one line, whatever names and foreign text it contains.
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
        let bars = Bars::new(Some(Box::new(terminal.clone())));
        let screen = Screen { bars, ..Screen::new(&Global::default()) };
        let bar = screen.bars.bar("a");
        terminal.close();
        assert_eq!(screen.bars.aside(|| 1) + screen.bars.aside(|| 2), 3);
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
