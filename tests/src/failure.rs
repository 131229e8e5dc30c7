//! What must be true of an error.

use seatable_io_sandbox::Book;
use seatable_io_task::{ErrorKind, Failure, TaskError};

use crate::record::Seen;
use crate::wire::{Asked, Fate, Heard};
use crate::{Job, Violation, World};

impl World {
    pub(crate) fn judge_failure(&mut self, error: &TaskError) -> Result<(), Violation> {
        self.judge_resume(error.resume(), false)?;
        let says = |text: &str| Err(Violation(format!("{text}: {error} ({error:?})")));
        let kind = error.kind();
        if !self.fits_the_wire(kind) {
            return says("an error that the wire does not show");
        }
        let cancelled = error.is_cancelled();
        if cancelled && self.record.cancelled.is_none() || !cancelled && self.record.ended_cancelled {
            return says("cancelled, or not");
        }
        if error.may_still_run() && !self.may_run(error) {
            return says("nothing can still run");
        }
        if self.scene.job.imports() && !self.record.lied && self.is_on_server() && !self.admits(error) {
            return says("an import is denied that is on the server");
        }
        let look = matches!(self.scene.job, Job::Look { .. });
        let book = self.sandbox.book(self.now);
        if !self.record.lied && !look && runs(book) && !error.may_still_run() && kind != ErrorKind::Unknown {
            return says("something still runs");
        }
        Ok(())
    }

    /// Whether an error leaves it open that the import was made.
    fn admits(&self, error: &TaskError) -> bool {
        match error.kind() {
            ErrorKind::Unknown => true,
            ErrorKind::TaskFailed => false,
            ErrorKind::Cancelled => self.is_current() && error.resume().is_some(),
            _ => error.resume().is_some(),
        }
    }

    /// Whether something may run that this task has started.
    fn may_run(&self, error: &TaskError) -> bool {
        if error.kind() == ErrorKind::Unknown {
            let sent = self.record.upload_at_large && self.record.known.is_none();
            let unclear = self.record.is_cancelled() || self.is_nonsense();
            return sent || unclear && self.may_yet_be_imported();
        }
        self.record.known.as_ref().is_some_and(|known| !known.finished) || self.record.export_at_large
    }

    /// Whether the wire shows what an error of this kind says.
    fn fits_the_wire(&self, kind: ErrorKind) -> bool {
        let (last, heard) = (self.record.last.as_ref(), self.heard());
        let status = heard.map_or(0, |heard| heard.status);
        let is_import = self.scene.job.imports();
        match kind {
            ErrorKind::Unknown => {
                let unclear = self.record.is_cancelled() || self.is_nonsense();
                self.is_unclear() || unclear && self.may_yet_be_imported()
            }
            ErrorKind::TaskFailed => self.has_failed(),
            _ if self.ended_cancelled() && self.may_yet_be_imported() => false,
            ErrorKind::TimedOut => {
                let over = self.deadline.is_some_and(|deadline| deadline <= self.now);
                let polled = matches!(last, Some(Seen { asked: Asked::Poll { .. }, .. }));
                (self.record.timed_out || over) && !(self.has_failed() && (is_import || polled))
            }
            _ if self.record.ended_timed_out => false,
            ErrorKind::Cancelled => self.record.cancelled.is_some() && self.cancel_is_clear(),
            ErrorKind::Unauthorized => status == 401,
            ErrorKind::Forbidden => status == 403,
            ErrorKind::NotFound => matches!(status, 404 | 405),
            ErrorKind::UnknownTask => {
                let asks = matches!(self.scene.job, Job::Look { .. } | Job::CancelOnly { .. });
                heard.is_some_and(Heard::is_unknown_task) && (asks || !is_import)
            }
            ErrorKind::Rejected => (400..500).contains(&status) || self.is_rejected_table(),
            ErrorKind::Unsupported => self.is_unsupported(),
            ErrorKind::BadAnswer => self.is_nonsense() && !self.may_yet_be_imported(),
            ErrorKind::Unavailable => self.is_exhausted(),
            ErrorKind::Untrusted => matches!(last, Some(Seen { fate: Fate::Untrusted, .. })),
            ErrorKind::LocalFile => matches!(last, Some(Seen { why: Some(Failure::LocalFile), .. })),
            _ => false,
        }
    }

    /// Whether what was cancelled is known to be: it never began, the server said so, or nobody minds.
    fn cancel_is_clear(&self) -> bool {
        let Some(known) = &self.record.known else {
            return !self.scene.job.imports() || !self.record.upload_at_large;
        };
        let told =
            matches!(self.record.last_heard(), Some((Asked::Cancel { .. }, heard)) if heard.is_cancelled());
        told || !self.scene.job.imports() || known.may_be_cancelled && self.was_cancelled_before()
    }

    /// Whether the last answer was none of SeaTable's.
    fn is_nonsense(&self) -> bool {
        self.heard().is_some_and(|heard| (101..500).contains(&heard.status) && !heard.busy)
    }

    /// Whether the task was to be cancelled before its last exchange ended.
    fn ended_cancelled(&self) -> bool {
        self.record.ended_cancelled || self.record.ended_timed_out
    }

    /// Whether an import runs, and no answer said that it was cancelled or how it ended.
    fn may_yet_be_imported(&self) -> bool {
        let is_open = self.record.known.as_ref().is_some_and(|known| !known.finished);
        let is_over = matches!(self.record.last_heard(), Some((Asked::Cancel { .. }, heard))
            if heard.is_cancelled() || heard.is_unknown_task());
        self.scene.job.imports() && is_open && !is_over
    }

    /// Whether the wire said that the task failed.
    fn has_failed(&self) -> bool {
        let (Some((asked, heard)), Some(known)) = (self.record.last_heard(), &self.record.known) else {
            return false;
        };
        match asked {
            Asked::Poll { .. } if heard.is_unknown_task() => !known.lost,
            Asked::Poll { .. } => matches!(heard.status, 400 | 413) && heard.error_msg().is_some(),
            Asked::Cancel { .. } => heard.is_unknown_task() && known.may_have_failed && !known.lost,
            _ => false,
        }
    }

    /// Whether nobody could say how an import ended.
    fn is_unclear(&self) -> bool {
        let (Some(Seen { asked, fate, .. }), known) = (&self.record.last, &self.record.known) else {
            return false;
        };
        let heard = if let Fate::Heard(heard) = fate { Some(heard) } else { None };
        let gone = heard.is_some_and(Heard::is_unknown_task);
        match asked {
            Asked::Upload | Asked::TableUpload => {
                let clear = heard.is_some_and(Heard::is_refusal);
                known.is_none() && !clear && !matches!(fate, Fate::NotSent | Fate::Untrusted)
            }
            Asked::Poll { .. } => {
                let look = matches!(self.scene.job, Job::Look { .. });
                let lost = known.as_ref().is_some_and(|known| known.lost);
                gone && lost && (look || self.scene.job.imports())
            }
            Asked::Cancel { .. } => gone && self.scene.job.imports(),
            _ => false,
        }
    }

    /// Whether a server that gives no useful answer was asked often enough.
    fn is_exhausted(&self) -> bool {
        let Some(Seen { asked, fate, .. }) = &self.record.last else { return false };
        let (status, after) = match fate {
            Fate::Heard(heard) => (heard.status, heard.retry_after.filter(|_| heard.busy)),
            _ => (0, None),
        };
        let too_late = after
            .is_some_and(|after| self.now.saturating_add(self.pace.longest(after)) > self.record.deadline);
        let spent = self.scene.job.is_to_pipe() && !self.sink.is_empty();
        let first = u32::from(matches!(self.scene.job, Job::Export { .. }));
        let again = self.record.exports.saturating_sub(first);
        let exports = asked.is_for_file() && again >= self.policy.new_exports;
        let once = asked.is_for_file() && status == 504 && again > 0;
        let lonely = matches!(self.scene.job, Job::Resume { place: false, .. }) && asked.is_for_file();
        let retries = self.pace.retries > self.policy.retries;
        too_late || spent || exports || once || lonely || retries
    }

    /// Whether a table cannot be imported the way that this server does it.
    fn is_rejected_table(&self) -> bool {
        let (Job::Import { file, .. }, Some((asked, heard))) = (self.scene.job, self.record.last_heard())
        else {
            return false;
        };
        let previewed = heard.told("dtable_name").is_some() && *asked == Asked::Upload;
        file.is_table() && (previewed || *asked == Asked::TableProbe && heard.status == 404)
    }

    fn is_unsupported(&self) -> bool {
        match (self.scene.job, self.record.last_heard()) {
            (Job::Export { target, wait: false, .. }, None) => {
                target.needs_current() && self.record.last.is_none()
            }
            (Job::Export { wait: false, .. }, Some((Asked::StartExport { .. }, heard))) => {
                matches!(heard.status, 404 | 405)
            }
            (Job::Import { file, wait: false, .. }, Some((Asked::TableProbe, heard))) => {
                file.is_table() && heard.status == 405
            }
            (Job::Export { target, .. }, Some((Asked::SynchronousExport { .. }, heard))) => {
                target.needs_current() && matches!(heard.status, 404 | 405)
            }
            _ => false,
        }
    }
}

/// Whether a task runs that makes or reads a base.
fn runs(book: &Book) -> bool {
    book.unfinished().any(|task| task.base.is_some())
}
