//! The reports of a driver about one exchange, correct or not.

use bytes::Bytes;
use http::response::Parts;
use seatable_io_task::Failure;

use crate::odd::head;
use crate::story::{Driver, When};
use crate::wire::{Asked, Fate, Heard};

/// All reports of a driver about one exchange, in order.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) reports: Vec<Report>,
    /// `None` if the response was complete.
    pub(crate) failure: Option<Failure>,
    /// Whether the driver goes on after it was asked to stop.
    pub(crate) goes_on: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Report {
    Sent(u64),
    Head(Parts),
    Chunk(Bytes),
}

impl Script {
    pub(crate) fn failed(failure: Failure, sent: u64) -> Self {
        let reports = if sent == 0 { Vec::new() } else { vec![Report::Sent(sent)] };
        Self { reports, failure: Some(failure), goes_on: false }
    }

    /// Creates the reports of a response, which breaks off if there is a failure.
    pub(crate) fn response(
        when: When,
        file: u64,
        head: Parts,
        body: &Bytes,
        failure: Option<Failure>,
    ) -> Self {
        let first = match when {
            When::Before => 0,
            When::During | When::DuringAll => file / 2,
            When::After | When::Acted => file,
        };
        let mut reports = vec![Report::Sent(first / 3), Report::Sent(first - first / 3), Report::Head(head)];
        if when == When::DuringAll {
            reports.push(Report::Sent(file - first));
        }
        let size = 97.max(body.len() / 4);
        let chunks = (0..body.len()).step_by(size).map(|at| body.slice(at..body.len().min(at + size)));
        reports.extend(chunks.map(Report::Chunk));
        Self { reports, failure, goes_on: false }
    }

    /// Distorts the reports as this driver does.
    pub(crate) fn reported_by(mut self, driver: Driver, asked: &Asked) -> Self {
        match driver {
            Driver::Interim => {
                let at = self.reports.iter().position(|report| matches!(report, Report::Head(_)));
                let heads = [100, 103, 102].map(|status| Report::Head(head(status)));
                if let Some(at) = at {
                    self.reports.splice(at..at, heads);
                }
            }
            Driver::EndsWithoutHead => {
                self.reports.retain(|report| matches!(report, Report::Sent(_)));
                self.failure = None;
            }
            Driver::BodyWithoutHead => {
                self.reports.retain(|report| !matches!(report, Report::Head(_)));
                self.failure = None;
            }
            Driver::TwoHeads(status) => {
                let at = self.reports.iter().position(|report| matches!(report, Report::Head(_)));
                if let Some(at) = at {
                    self.reports.insert(at + 1, Report::Head(head(status)));
                }
            }
            Driver::ChunksAfterStop => {
                self.goes_on = true;
                self.reports.push(Report::Chunk(Bytes::from_static(b"more")));
            }
            Driver::SentTooMuch => self.reports.insert(0, Report::Sent(1 << 40)),
            Driver::SentNever => self.reports.retain(|report| !matches!(report, Report::Sent(_))),
            Driver::LiesNotSent => self.failure = Some(Failure::NotSent),
            Driver::LocalFile => {
                self.reports.truncate(self.reports.len() / 2);
                self.failure = Some(Failure::LocalFile);
            }
            Driver::Damaged if asked.is_for_file() && self.failure.is_none() => {
                self.failure = Some(Failure::Damaged);
            }
            Driver::NotABase if asked.is_for_file() && self.failure.is_none() => {
                self.failure = Some(Failure::NotABase);
            }
            Driver::GivesUp => {
                self.reports.pop();
                self.failure = Some(Failure::TimedOut);
            }
            _ => {}
        }
        self
    }

    /// Returns the fate of the request, as seen by an observer who trusts the reports as far as they agree.
    pub(crate) fn fate(&self, file: u64) -> Fate {
        let (mut sent, mut touched, mut first, mut body) = (0_u64, false, None, Vec::new());
        for report in &self.reports {
            match report {
                Report::Sent(bytes) => sent = sent.saturating_add(*bytes),
                Report::Head(head) => {
                    touched = true;
                    if first.is_none() && (head.status.as_u16() == 101 || !head.status.is_informational()) {
                        first = Some((head, sent < file));
                    }
                }
                Report::Chunk(bytes) => {
                    touched = true;
                    if first.is_some() {
                        body.extend_from_slice(bytes);
                    }
                }
            }
        }
        let untouched = !touched && sent == 0;
        match (first, self.failure) {
            (Some((begun, early)), failure) => {
                let mut heard = Heard::new(begun, Bytes::from(body), failure.is_none(), early);
                // Without its whole body, a busy response counts only if it is to an upload.
                heard.busy &= heard.whole || file > 0;
                Fate::Heard(heard)
            }
            (None, Some(Failure::NotSent)) if untouched => Fate::NotSent,
            (None, Some(Failure::Untrusted)) if untouched => Fate::Untrusted,
            (None, _) => Fate::Unheard,
        }
    }
}
