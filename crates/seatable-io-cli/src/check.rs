//! Proves an import: exports the new base, and compares it with the file that was sent.

mod sheets;
mod words;

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::time::{Duration, Instant};

use seatable_io_ureq::dtable::{
    CompareError, Comparison, Difference, Dtable, Rules, compare, compare_spreadsheet,
};
use seatable_io_ureq::proto::{Base, BaseName, Format};
use seatable_io_ureq::{Sink, StopSignal, check_archive};
use serde::Serialize;
use serde_json::Value;

use self::sheets::{Csv, Workbook};
use self::words::summary;
use crate::differences::counts;
use crate::failure::{Failure, Kind};
use crate::report::{Attention, Details};
use crate::session::Session;
use crate::stop;
use crate::ui::{State, now};

/// The result of a check, as a field of a line.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Checked {
    /// `None` if the import could not be proven.
    pub(crate) same: Option<bool>,
    differences: Vec<Difference>,
    /// Whether some differences are only counted.
    cut: bool,
    counts: Value,
    /// Why it could not be proven.
    error: Option<String>,
}

/// The file that was sent.
pub(crate) struct Sent<'a> {
    pub(crate) file: &'a File,
    pub(crate) format: Format,
    /// When the work on this input began, for its timeout.
    pub(crate) began: Instant,
}

impl Sent<'_> {
    /// Exports the base of these details, and compares it. Returns the words for the result, and what a person should look at.
    pub(crate) fn check(
        &self,
        session: &Session,
        label: &str,
        name: &str,
        details: &mut Details,
    ) -> (&'static str, Option<Attention>) {
        let end = self.prove(session, label, name, details);
        details.fields.checked = Some(Checked::of(&end));
        match end {
            Ok(comparison) if comparison.is_same() => ("; checked: the same", None),
            Ok(comparison) => {
                let message = format!("{label}: the new base \"{name}\" differs: {}", summary(&comparison));
                let hint = "it stays on the server: look at it before you use it or import the file again";
                ("; checked: it differs", Some(Attention { message, hint: Some(hint.to_owned()) }))
            }
            Err(Failure { message, hint, kind, .. }) => {
                // Other hints are for those who want the file.
                let hint = hint.filter(|_| matches!(kind, Kind::Timeout | Kind::Io));
                let hint = hint.map_or_else(String::new, |hint| format!("; {hint}"));
                let hint = format!("look at \"{name}\" in a browser before you rely on it{hint}");
                let message = format!("{label}: the import of \"{name}\" is not proven: {message}");
                ("; not proven", Some(Attention { message, hint: Some(hint) }))
            }
        }
    }

    fn prove(
        &self,
        session: &Session,
        label: &str,
        name: &str,
        details: &Details,
    ) -> Result<Comparison, Failure> {
        let left = session.policy.timeout.saturating_sub(self.began.elapsed());
        if left < Duration::from_secs(1) {
            let failure = Failure::new(Kind::Timeout, "there is no time left to export it");
            return Err(failure.hint("allow more with --timeout"));
        }
        let name = BaseName::new(name)?;
        let file = tempfile::tempfile().map_err(Failure::cannot("create", "a temporary file"))?;
        let mut exported = Exported(file);
        let export = session.export(details.workspace_id.unwrap_or_default(), &name, None, false);
        let export = export.policy(session.policy.clone().timeout(left)).sink(&mut exported);
        let found = session.run(label, export, &mut Details::default())?;
        if is_another(found.base.as_ref(), details.base.as_ref()) {
            return Err(Failure::new(Kind::NotFound, "the server exported another base of this name"));
        }
        let signal = stop::signal(&session.stop, session.policy.timeout.saturating_sub(self.began.elapsed()));
        let _busy = session.screen.busy(label, "comparing", State::Since(now()));
        self.compare(&mut exported.0, &signal).map_err(|error| unread(&error, &signal))
    }

    fn compare(&self, exported: &mut File, signal: &StopSignal) -> Result<Comparison, CompareError> {
        let mut imported = Dtable::open(signal.reader(exported)).map_err(CompareError::After)?;
        let sent = signal.reader(self.file);
        match self.format {
            Format::Dtable => {
                let mut sent = Dtable::open(sent).map_err(CompareError::Before)?;
                compare(&mut sent, &mut imported, &Rules::imported())
            }
            Format::Csv => compare_spreadsheet(&mut Csv::new(sent)?, &mut imported),
            Format::Xlsx => compare_spreadsheet(&mut Workbook::new(sent)?, &mut imported),
        }
    }
}

/// Returns whether the server describes two bases, and they are not the same.
fn is_another(exported: Option<&Base>, imported: Option<&Base>) -> bool {
    exported.zip(imported).is_some_and(|(exported, imported)| exported.uuid != imported.uuid)
}

fn unread(error: &CompareError, signal: &StopSignal) -> Failure {
    if signal.check().is_err() {
        return stop::unread(&io::Error::other("stopped"), signal);
    }
    let words = match error {
        CompareError::After(error) => format!("the file that the server exported cannot be read: {error}"),
        CompareError::Before(error) => format!("the file that was sent cannot be read again: {error}"),
        error => error.to_string(),
    };
    Failure::new(Kind::BadFile, words)
}

impl Checked {
    fn of(end: &Result<Comparison, Failure>) -> Checked {
        let (comparison, error) = match end {
            Ok(comparison) => (Some(comparison), None),
            Err(failure) => (None, Some(failure.message.clone())),
        };
        Checked {
            same: comparison.map(Comparison::is_same),
            differences: comparison.map(|comparison| comparison.differences().to_vec()).unwrap_or_default(),
            cut: comparison.is_some_and(Comparison::is_cut),
            counts: comparison.map(counts).unwrap_or_default(),
            error,
        }
    }
}

/// An unnamed temporary file for an export.
struct Exported(File);

impl Sink for Exported {
    fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        self.0.set_len(0)?;
        self.0.rewind()
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn check(&mut self, signal: &StopSignal) -> io::Result<()> {
        Ok(check_archive(signal.reader(&mut self.0))?)
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}
