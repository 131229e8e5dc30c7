//! How one input gets on: a line of progress on a terminal, else a line for each phase.

use std::cell::RefCell;
use std::io;
use std::time::Duration;

use seatable_io_ureq::proto::{Server, TaskKind};
use seatable_io_ureq::task::{Call, Progress, Reason, Resume};
use seatable_io_ureq::{Event, Sink, StopSignal};

use crate::ui::bars::{Bar, now};
use crate::ui::layout::{Clock, Shown, Transfer};
use crate::ui::screen::Screen;
use crate::ui::words::Size;

pub(crate) struct Watch<'a> {
    screen: &'a Screen,
    server: &'a Server,
    label: &'a str,
    bar: Option<Bar>,
    phase: Phase,
    /// What the server works at, and since when.
    work: Option<(Work, Duration)>,
    /// Whether a line has said so.
    work_is_told: bool,
    /// When the last request went out, and what it was.
    asked: Option<(Duration, Call, String)>,
    /// Why the last request failed, in the transport's words.
    problem: Option<String>,
    /// The task, once the server has started it.
    pub(crate) accepted: Option<Resume>,
}

/// A sink that shows when a file is checked, which takes its time after the last byte.
pub(crate) struct Watched<'a, 'b, S> {
    pub(crate) sink: S,
    pub(crate) watch: &'a RefCell<Watch<'b>>,
}

impl<S: Sink> Sink for Watched<'_, '_, S> {
    fn begin(&mut self, len: Option<u64>) -> io::Result<()> {
        self.sink.begin(len)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sink.write(bytes)
    }

    fn check(&mut self, signal: &StopSignal) -> io::Result<()> {
        self.watch.borrow_mut().show(Phase::Asks, "checking the file", Clock::Since(now()));
        self.sink.check(signal)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.sink.finish()
    }
}

/// Compared with the next one for each piece of a file.
#[derive(PartialEq)]
enum Phase {
    Asks,
    Works,
    Transfer { verb: &'static str, of: Option<u64> },
    Waits,
}

/// What a server works at.
#[derive(Clone, Copy)]
enum Work {
    Export,
    Import,
}

impl Work {
    fn words(self) -> &'static str {
        match self {
            Work::Export => "the server is exporting",
            Work::Import => "the server is importing",
        }
    }
}

impl<'a> Watch<'a> {
    pub(crate) fn new(screen: &'a Screen, server: &'a Server, label: &'a str) -> Watch<'a> {
        Watch {
            screen,
            server,
            label,
            bar: screen.bar(label),
            phase: Phase::Waits,
            work: None,
            work_is_told: false,
            asked: None,
            problem: None,
            accepted: None,
        }
    }

    pub(crate) fn see(&mut self, event: &Event) {
        match event {
            Event::Requesting { call, request, file_len, .. } => self.ask(*call, request, *file_len),
            Event::Responded(status) => self.answered('<', status),
            Event::Failed(problem) => {
                self.answered('!', problem);
                self.problem = Some(problem.to_string());
            }
            Event::Accepted(resume) => self.accept(resume),
            Event::Waiting(progress, wait) => self.wait(progress, *wait),
            Event::Sent { bytes, of, .. } => {
                self.advance(*bytes);
                if bytes == of {
                    self.uploaded();
                }
            }
            Event::Received { bytes, of, .. } => {
                self.transfer("receiving", *of);
                self.advance(*bytes);
            }
            _ => {}
        }
    }

    fn ask(&mut self, call: Call, request: &str, file_len: u64) {
        self.detail(&format!("> {request}"));
        self.asked = Some((now(), call, request.to_owned()));
        self.problem = None;
        match call {
            _ if file_len > 0 => self.transfer("sending", Some(file_len)),
            Call::SynchronousExport => {
                self.work = Some((Work::Export, now()));
                self.tell_work(Work::Export.words());
                self.show_work();
            }
            Call::QueryStatus if self.work.is_some() => self.show_work(),
            Call::CancelTask => self.show(Phase::Asks, "cancelling", Clock::Since(now())),
            _ => self.show(Phase::Asks, "asking the server", Clock::Since(now())),
        }
    }

    fn answered(&self, mark: char, end: impl std::fmt::Display) {
        let Some((at, _, request)) = &self.asked else { return };
        self.detail(&format!("{mark} {request}: {end}, {} ms", now().saturating_sub(*at).as_millis()));
    }

    fn detail(&self, text: &str) {
        self.screen.detail(&format!("{}: {text}", self.label));
    }

    /// All of the file was sent. If the server starts a task, that is what a line tells.
    fn uploaded(&mut self) {
        self.work = Some((Work::Import, now()));
        if matches!(self.asked, Some((_, Call::ImportTable, _))) {
            self.tell_work(Work::Import.words());
        }
        self.show_work();
    }

    fn accept(&mut self, resume: &Resume) {
        self.detail(&format!("task {}, {}, base {}", resume.task, resume.kind, resume.base));
        let work = if resume.kind == TaskKind::Import { Work::Import } else { Work::Export };
        self.work.get_or_insert_with(|| (work, now()));
        self.say(&format!("waiting for task {}", resume.task));
        self.show_work();
        self.accepted = Some(resume.clone());
    }

    /// A wait between polls is part of the server's work, and one for its turn of the account is not worth a line.
    fn wait(&mut self, progress: &Progress, wait: Duration) {
        let until = now().saturating_add(wait);
        match progress.reason.as_ref().map(Reason::to_string) {
            Some(reason) if progress.is_paused => {
                if self.screen.is_new_pause(&reason, until) {
                    let seconds = wait.as_millis().div_ceil(1000);
                    self.say(&format!("paused by the server, {seconds} s: {reason}"));
                }
                self.show(Phase::Waits, "paused by the server", Clock::Until(", ", until));
            }
            Some(reason) => {
                let why = self.problem.as_ref().map(|words| format!(" [{words}]")).unwrap_or_default();
                let (server, seconds) = (self.server.url(), wait.as_secs_f64());
                self.say(&format!("{reason}{why} ({server}); trying again in {seconds:.1} s"));
                self.show(Phase::Waits, &(reason + &why), Clock::Until("; again in ", until));
            }
            None if progress.call == Some(Call::QueryStatus) => {
                self.work.get_or_insert_with(|| (Work::Export, now()));
                self.show_work();
            }
            None => self.show(Phase::Waits, "waiting for its turn", Clock::Until(", ", until)),
        }
    }

    /// Once, however often it is asked for.
    fn tell_work(&mut self, line: &str) {
        if !std::mem::replace(&mut self.work_is_told, true) {
            self.say(line);
        }
    }

    fn show_work(&mut self) {
        if let Some((work, since)) = self.work
            && self.phase != Phase::Works
        {
            self.show(Phase::Works, work.words(), Clock::Since(since));
        }
    }

    fn transfer(&mut self, verb: &'static str, of: Option<u64>) {
        let phase = Phase::Transfer { verb, of };
        if self.phase == phase {
            return;
        }
        let what = of.map_or_else(|| "the file".to_owned(), |len| Size(len).to_string());
        self.say(&format!("{verb} {what}"));
        if let Some(bar) = &self.bar {
            bar.enter(Shown { words: verb.to_owned(), clock: None, transfer: Some(Transfer::new(of)) });
        }
        self.phase = phase;
    }

    fn advance(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.advance(bytes);
        }
    }

    /// Prints a line where there is no bar.
    fn say(&self, line: &str) {
        if self.bar.is_none() {
            self.screen.say(&format!("{}: {line}", self.label));
        }
    }

    fn show(&mut self, phase: Phase, words: &str, clock: Clock) {
        if let Some(bar) = &self.bar {
            bar.enter(Shown { words: words.to_owned(), clock: Some(clock), transfer: None });
        }
        self.phase = phase;
    }
}
