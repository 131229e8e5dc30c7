//! How one input gets on: a bar on a terminal, else a line a phase.

use std::time::Duration;

use indicatif::{BinaryBytes, ProgressBar, ProgressStyle};
use seatable_io_task::{Cause, Progress, Resume};
use seatable_io_ureq::Event;

use crate::screen::{Screen, clean};

pub(crate) struct Watch<'a> {
    screen: &'a Screen,
    label: &'a str,
    bar: Option<ProgressBar>,
    phase: String,
    /// The task, once the server has started it.
    pub(crate) accepted: Option<Resume>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(screen: &'a Screen, label: &'a str) -> Watch<'a> {
        let bar = screen.bar(ProgressBar::new_spinner().with_prefix(clean(label)));
        Watch { screen, label, bar, phase: String::new(), accepted: None }
    }

    pub(crate) fn see(&mut self, event: &Event) {
        match event {
            Event::Asking { request, file_len, .. } => {
                self.screen.detail(&format!("> {request}"));
                match *file_len {
                    0 => {}
                    len => self.enter(&format!("sending {}", BinaryBytes(len)), Some(len)),
                }
            }
            Event::Answered(status) => self.screen.detail(&format!("< {status}")),
            Event::Failed(trouble) => self.screen.detail(&format!("! {trouble}")),
            Event::Accepted(resume) => {
                self.enter(&format!("waiting for task {}", resume.task), None);
                self.accepted = Some(resume.clone());
            }
            Event::Waiting(progress, wait) => self.wait(progress, *wait),
            Event::Sent { bytes, .. } => self.advance(*bytes),
            Event::Received { bytes, of } => {
                match of {
                    Some(len) => self.enter(&format!("receiving {}", BinaryBytes(*len)), Some(*len)),
                    None => self.enter("receiving the file", None),
                }
                self.advance(*bytes);
            }
            _ => {}
        }
    }

    /// A wait before a retry is reported; one between polls is not.
    fn wait(&mut self, progress: &Progress, wait: Duration) {
        let Some(cause) = progress.cause.as_ref().map(Cause::to_string) else { return };
        self.enter(&format!("{cause}; trying again in {:.1} s", wait.as_secs_f64()), None);
    }

    fn advance(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(bytes);
        }
    }

    fn enter(&mut self, phase: &str, len: Option<u64>) {
        if phase == self.phase {
            return;
        }
        phase.clone_into(&mut self.phase);
        let Some(bar) = &self.bar else { return self.screen.say(&format!("{}: {phase}", self.label)) };
        let counts = if len.is_some() {
            "{prefix}: {msg} {wide_bar} {binary_bytes_per_sec} {eta}"
        } else if phase.starts_with("receiving") {
            "{spinner} {prefix}: {msg} {binary_bytes} {binary_bytes_per_sec}"
        } else {
            "{spinner} {prefix}: {msg}"
        };
        bar.set_style(
            ProgressStyle::with_template(counts).unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        bar.set_length(len.unwrap_or_default());
        bar.set_position(0);
        bar.set_message(clean(phase));
        bar.enable_steady_tick(Duration::from_millis(100));
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
