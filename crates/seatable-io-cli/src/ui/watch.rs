//! The progress of one input: a bar on a terminal, otherwise a line for each phase.

use std::time::Duration;

use seatable_io_ureq::Event;
use seatable_io_ureq::proto::{Server, TaskKind};
use seatable_io_ureq::task::{Call, Progress, Reason, Resume};

use crate::ui::bars::{Bar, now};
use crate::ui::layout::{State, Transfer};
use crate::ui::screen::Screen;
use crate::ui::words::Size;

pub(crate) struct Watch<'a> {
    screen: &'a Screen,
    server: &'a Server,
    label: &'a str,
    bar: Bar,
    phase: Phase,
    /// The server's work, and since when.
    work: Option<(&'static str, Duration)>,
    /// The last request, and since when.
    requested: Option<(Duration, Call, String)>,
    /// Why the last request failed, in the transport's words.
    problem: Option<String>,
    /// The task, once the server has started it.
    pub(crate) accepted: Option<Resume>,
}

/// Compared with the next one for each piece of a file.
#[derive(PartialEq)]
enum Phase {
    Works,
    Transfer(&'static str, Option<u64>),
    Other,
}

const EXPORTING: &str = "the server is exporting";
const IMPORTING: &str = "the server is importing";

impl<'a> Watch<'a> {
    pub(crate) fn new(screen: &'a Screen, server: &'a Server, label: &'a str) -> Watch<'a> {
        Watch {
            screen,
            server,
            label,
            bar: screen.bars.bar(label),
            phase: Phase::Other,
            work: None,
            requested: None,
            problem: None,
            accepted: None,
        }
    }

    pub(crate) fn see(&mut self, event: &Event) {
        match event {
            Event::Requesting { call, request, file_len, .. } => self.request(*call, request, *file_len),
            Event::Responded { status, .. } => self.responded('<', status),
            Event::Failed { error: problem, .. } => {
                self.responded('!', problem);
                self.problem = Some(problem.to_string());
            }
            Event::Checking => self.show("checking the file", State::Since(now())),
            Event::Accepted { resume, .. } => self.accept(resume),
            Event::Waiting { progress, wait, .. } => self.wait(progress, *wait),
            Event::Sent { bytes, of, .. } => {
                self.bar.advance(*bytes);
                if bytes == of {
                    // If the server starts a task, a line reports that instead of the work.
                    self.works(IMPORTING, matches!(self.requested, Some((_, Call::ImportTable, _))));
                }
            }
            Event::Received { bytes, of, .. } => {
                self.transfer("receiving", *of);
                self.bar.advance(*bytes);
            }
            _ => {}
        }
    }

    fn request(&mut self, call: Call, request: &str, file_len: u64) {
        self.detail(&format!("> {request}"));
        self.requested = Some((now(), call, request.to_owned()));
        self.problem = None;
        match call {
            _ if file_len > 0 => self.transfer("sending", Some(file_len)),
            Call::SynchronousExport | Call::ExportByUuid => self.works(EXPORTING, true),
            Call::QueryStatus if self.work.is_some() => self.show_work(),
            Call::CancelTask => self.show("cancelling", State::Since(now())),
            _ => self.show("asking the server", State::Since(now())),
        }
    }

    fn responded(&self, mark: char, end: impl std::fmt::Display) {
        let Some((at, _, request)) = &self.requested else { return };
        self.detail(&format!("{mark} {request}: {end}, {} ms", now().saturating_sub(*at).as_millis()));
    }

    fn detail(&self, text: &str) {
        self.screen.detail(&format!("{}: {text}", self.label));
    }

    fn accept(&mut self, resume: &Resume) {
        self.detail(&format!("task {}, {}, base {}", resume.task, resume.kind, resume.base));
        let work = if resume.kind == TaskKind::Import { IMPORTING } else { EXPORTING };
        self.work.get_or_insert_with(|| (work, now()));
        self.say(&format!("waiting for task {}", resume.task));
        self.show_work();
        self.accepted = Some(resume.clone());
    }

    /// A wait between polls is part of the server's work, and one for the account's rate limit is not worth a line.
    fn wait(&mut self, progress: &Progress, wait: Duration) {
        let until = now().saturating_add(wait);
        match progress.reason.as_ref().map(Reason::to_string) {
            Some(reason) if progress.is_paused => {
                if self.screen.is_new_pause(&reason, until) {
                    let seconds = wait.as_millis().div_ceil(1000);
                    self.say(&format!("paused by the server, {seconds} s: {reason}"));
                }
                self.show("paused by the server", State::Until(", ", until));
            }
            Some(reason) => {
                let why = self.problem.as_ref().map(|words| format!(" [{words}]")).unwrap_or_default();
                let (server, seconds) = (self.server.url(), wait.as_secs_f64());
                self.say(&format!("{reason}{why} ({server}); trying again in {seconds:.1} s"));
                self.show(&(reason + &why), State::Until("; again in ", until));
            }
            None if progress.call == Some(Call::QueryStatus) => {
                self.work.get_or_insert_with(|| (EXPORTING, now()));
                self.show_work();
            }
            None => self.show("waiting for its turn", State::Until(", ", until)),
        }
    }

    /// The server begins to work. That is reported once, however often it is requested.
    fn works(&mut self, work: &'static str, is_reported: bool) {
        let is_first = self.work.replace((work, now())).is_none();
        if is_reported && is_first {
            self.say(work);
        }
        self.show_work();
    }

    fn show_work(&mut self) {
        if let Some((work, since)) = self.work
            && self.phase != Phase::Works
        {
            self.bar.show(work, State::Since(since));
            self.phase = Phase::Works;
        }
    }

    fn transfer(&mut self, verb: &'static str, of: Option<u64>) {
        let phase = Phase::Transfer(verb, of);
        if self.phase != phase {
            let file = of.map_or_else(|| "the file".to_owned(), |len| Size(len).to_string());
            self.say(&format!("{verb} {file}"));
            self.bar.show(verb, State::Transfer(Transfer::new(of)));
            self.phase = phase;
        }
    }

    /// Prints a line where there is no bar.
    fn say(&self, line: &str) {
        if self.bar.is_hidden() {
            self.screen.say(&format!("{}: {line}", self.label));
        }
    }

    fn show(&mut self, words: &str, state: State) {
        self.bar.show(words, state);
        self.phase = Phase::Other;
    }
}
