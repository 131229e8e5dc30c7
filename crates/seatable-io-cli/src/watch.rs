//! How one input gets on: a line of progress on a terminal, else a line for each phase.

use std::time::{Duration, Instant};

use seatable_io_proto::Server;
use seatable_io_task::{Cause, Progress, Resume};
use seatable_io_ureq::Event;

use crate::bars::Bar;
use crate::layout::Transfer;
use crate::screen::{Screen, clean};
use crate::size::Size;

pub(crate) struct Watch<'a> {
    screen: &'a Screen,
    server: &'a Server,
    label: &'a str,
    bar: Option<Bar>,
    phase: Option<Phase>,
    /// When the last request went out, and what it was.
    asked: Option<(Instant, String)>,
    /// Why the last request failed, in the transport's words.
    trouble: Option<String>,
    /// The task, once the server has started it.
    pub(crate) accepted: Option<Resume>,
}

/// Compared with the next one for each piece of a file.
#[derive(PartialEq)]
enum Phase {
    Words(String),
    Transfer { verb: &'static str, of: Option<u64> },
}

impl<'a> Watch<'a> {
    pub(crate) fn new(screen: &'a Screen, server: &'a Server, label: &'a str) -> Watch<'a> {
        let bar = screen.bar(label);
        Watch { screen, server, label, bar, phase: None, asked: None, trouble: None, accepted: None }
    }

    pub(crate) fn see(&mut self, event: &Event) {
        match event {
            Event::Asking { request, file_len, .. } => self.ask(request, *file_len),
            Event::Answered(status) => self.answered('<', status),
            Event::Failed(trouble) => {
                self.answered('!', trouble);
                self.trouble = Some(trouble.to_string());
            }
            Event::Accepted(resume) => {
                self.detail(&format!("task {}, {}, base {}", resume.task, resume.kind, resume.base));
                self.enter(Phase::Words(format!("waiting for task {}", resume.task)));
                self.accepted = Some(resume.clone());
            }
            Event::Waiting(progress, wait) => self.wait(progress, *wait),
            Event::Sent { bytes, .. } => self.advance(*bytes),
            Event::Received { bytes, of, .. } => {
                self.enter(Phase::Transfer { verb: "receiving", of: *of });
                self.advance(*bytes);
            }
            _ => {}
        }
    }

    fn ask(&mut self, request: &str, file_len: u64) {
        self.detail(&format!("> {request}"));
        self.asked = Some((Instant::now(), request.to_owned()));
        self.trouble = None;
        if file_len > 0 {
            self.enter(Phase::Transfer { verb: "sending", of: Some(file_len) });
        }
    }

    fn answered(&self, mark: char, end: impl std::fmt::Display) {
        let Some((at, request)) = &self.asked else { return };
        self.detail(&format!("{mark} {request}: {end}, {} ms", at.elapsed().as_millis()));
    }

    fn detail(&self, text: &str) {
        self.screen.detail(&format!("{}: {text}", self.label));
    }

    /// A wait before a retry is reported; one between polls is not.
    fn wait(&mut self, progress: &Progress, wait: Duration) {
        let Some(cause) = progress.cause.as_ref().map(Cause::to_string) else { return };
        let why = self.trouble.as_ref().map(|words| format!(" [{words}]")).unwrap_or_default();
        let (server, seconds) = (self.server.url(), wait.as_secs_f64());
        self.enter(Phase::Words(format!("{cause}{why} ({server}); trying again in {seconds:.1} s")));
    }

    fn advance(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.advance(bytes);
        }
    }

    fn enter(&mut self, phase: Phase) {
        if self.phase.as_ref() == Some(&phase) {
            return;
        }
        let (words, transfer) = match &phase {
            Phase::Words(words) => (words.clone(), None),
            Phase::Transfer { verb, of } => {
                let what = of.map_or_else(|| "the file".to_owned(), |len| Size(len).to_string());
                let words = if self.bar.is_some() { (*verb).to_owned() } else { format!("{verb} {what}") };
                (words, Some(Transfer::new(*of)))
            }
        };
        match &self.bar {
            Some(bar) => bar.enter(clean(&words), transfer),
            None => self.screen.say(&format!("{}: {words}", self.label)),
        }
        self.phase = Some(phase);
    }
}
