//! Promises about an error.

use seatable_io_proto::TaskKind;
use seatable_io_sandbox::ServerState;
use seatable_io_task::{ErrorKind, Failure, OperationError};

use crate::record::Seen;
use crate::wire::{Asked, Fate, Heard};
use crate::{Job, Violation, World};

impl World {
    pub(crate) fn judge_failure(&mut self, error: &OperationError) -> Result<(), Violation> {
        self.judge_resume(error.resume())?;
        let violation = |text: &str| Err(Violation(format!("{text}: {error} ({error:?})")));
        let kind = error.kind();
        if !self.fits_the_wire(kind) {
            return violation("an error that the wire does not show");
        }
        let cancelled = error.is_cancelled();
        if cancelled && self.record.cancelled.is_none() || !cancelled && self.record.ended_cancelled {
            return violation("cancelled or not, against the record");
        }
        if error.may_still_run() && !self.may_run(error) {
            return violation("nothing can still run");
        }
        if self.could_heal(kind) {
            return violation("an export that could have been repeated");
        }
        let about_task =
            matches!(self.scene.job, Job::PollOnce { .. } | Job::CancelExisting { .. } | Job::List { .. });
        let runs = runs(self.sandbox.state(self.now));
        if !self.record.lied
            && !about_task
            && runs
            && !error.may_still_run()
            && kind != ErrorKind::UnknownOutcome
        {
            return violation("something still runs");
        }
        let denied = self.scene.job.is_about_import() && !self.record.lied && !admits(error);
        if denied && self.will_be_on_server() {
            return violation("an import is denied that is on the server");
        }
        Ok(())
    }

    /// Returns whether an export ended without its file, although another export might have had one.
    fn could_heal(&self, kind: ErrorKind) -> bool {
        let may = match self.scene.job {
            Job::Export { .. } => true,
            Job::Resume { place, .. } => place,
            _ => false,
        };
        let kinds =
            [ErrorKind::TaskFailed, ErrorKind::NotFound, ErrorKind::UnknownTask, ErrorKind::Unavailable];
        let Some(Seen { asked: Asked::Download { .. }, fate, .. }) = &self.record.last else { return false };
        let status = if let Fate::Heard(heard) = fate { heard.status } else { 0 };
        let spent = self.scene.job.is_to_pipe() && !self.sink.is_empty();
        let busy = matches!(fate, Fate::Heard(heard) if heard.busy);
        may && kinds.contains(&kind)
            && !matches!(status, 405)
            && !matches!(fate, Fate::Heard(heard) if heard.is_no_such_address())
            && !matches!(fate, Fate::NotSent)
            && !busy
            && !spent
            && self.record.new_exports < self.policy.new_exports
    }

    /// Returns whether a task that this operation started may still run.
    fn may_run(&self, error: &OperationError) -> bool {
        if error.kind() == ErrorKind::UnknownOutcome {
            let sent = self.record.upload_at_large && self.record.known.is_none();
            return sent || self.may_yet_be_imported();
        }
        self.record.known.as_ref().is_some_and(|known| !known.finished) || self.record.export_at_large
    }

    /// Returns whether the responses justify an error of this kind.
    fn fits_the_wire(&self, kind: ErrorKind) -> bool {
        let (last, heard) = (self.record.last.as_ref(), self.heard());
        let status = heard.map_or(0, |heard| heard.status);
        let is_import = self.scene.job.imports();
        match kind {
            ErrorKind::UnknownOutcome => {
                let unclear = self.record.is_cancelled() || self.is_nonsense();
                self.is_unclear() || (unclear || self.cancel_was_sent()) && self.may_yet_be_imported()
            }
            ErrorKind::TaskFailed => self.has_failed(),
            _ if self.ended_cancelled() && self.may_yet_be_imported() && is_import => false,
            ErrorKind::Timeout => {
                let over = self.deadline.is_some_and(|deadline| deadline <= self.now);
                (self.record.timed_out || over) && !self.has_failed() && !self.ran_out_busy()
            }
            ErrorKind::Unavailable if self.ran_out_busy() => true,
            _ if self.record.ended_timed_out => false,
            ErrorKind::Cancelled => self.record.cancelled.is_some() && self.cancel_is_clear(),
            ErrorKind::Unauthorized => status == 401 || status == 403,
            ErrorKind::Forbidden => status == 403,
            ErrorKind::NotFound => matches!(status, 404 | 405),
            ErrorKind::UnknownTask => {
                let asks = matches!(self.scene.job, Job::PollOnce { .. } | Job::CancelExisting { .. });
                heard.is_some_and(Heard::is_unknown_task) && (asks || !is_import)
            }
            ErrorKind::NotABase => self.is_no_base(),
            ErrorKind::Mismatch => {
                let renamed = matches!(self.record.last_heard(), Some((Asked::StartExport { .. }, heard)) if heard.field("table").is_some());
                matches!(self.scene.job, Job::Resume { kind: TaskKind::Export, place: true, .. }) && renamed
            }
            ErrorKind::Rejected => (400..500).contains(&status) || self.is_rejected_table(),
            ErrorKind::Unsupported => self.is_unsupported(),
            ErrorKind::BadAnswer => self.is_nonsense() && !self.may_yet_be_imported(),
            ErrorKind::Unavailable => self.is_exhausted(),
            ErrorKind::Untrusted => matches!(last, Some(Seen { fate: Fate::Untrusted, .. })),
            ErrorKind::LocalFile => matches!(last, Some(Seen { failure: Some(Failure::LocalFile), .. })),
            _ => false,
        }
    }

    /// Returns whether the operation is known to be cancelled: its task never began, the server confirmed it, or it is an
    /// export.
    fn cancel_is_clear(&self) -> bool {
        match self.record.known {
            None => !self.scene.job.imports() || !self.record.upload_at_large,
            Some(_) => !self.scene.job.imports() || self.cancel_is_confirmed(),
        }
    }

    /// Returns whether a request to cancel an import was made.
    fn cancel_was_sent(&self) -> bool {
        let cancel_existing = matches!(self.scene.job, Job::CancelExisting { kind: TaskKind::Import, .. });
        cancel_existing && self.record.known.as_ref().is_some_and(|known| known.last_poll)
    }

    /// Returns whether an import is about to be cancelled.
    fn is_cancelling(&self) -> bool {
        self.record.known.as_ref().is_some_and(|known| known.last_poll && !known.cancelled)
    }

    /// Returns whether the time was over while the server was busy.
    fn ran_out_busy(&self) -> bool {
        // The poll before the request to cancel is not repeated.
        let polled = matches!(self.record.last_heard(), Some((Asked::Poll { .. }, _)));
        if polled && self.is_cancelling() {
            return false;
        }
        let over = self.deadline.is_some_and(|deadline| deadline <= self.now);
        self.record.busy_at_the_end
            || over && !self.record.timed_out && self.heard().is_some_and(|heard| heard.busy)
    }

    /// Returns whether a whole file was not a base, and neither was that of another export.
    fn is_no_base(&self) -> bool {
        let Some(Seen { asked, failure, .. }) = &self.record.last else { return false };
        let empty = self.heard().is_some_and(|heard| heard.body.starts_with(b"PK\x05\x06"));
        let again = self.record.new_exports >= self.policy.new_exports.min(1);
        let lonely = matches!(self.scene.job, Job::Resume { place: false, .. });
        let spent = self.scene.job.is_to_pipe() && !self.sink.is_empty();
        asked.is_for_file() && (empty || *failure == Some(Failure::NotABase)) && (again || lonely || spent)
    }

    /// Returns whether the last response was not from SeaTable.
    fn is_nonsense(&self) -> bool {
        self.heard().is_some_and(|heard| (101..500).contains(&heard.status) && !heard.busy)
    }

    /// Returns whether the operation was cancelled before its last exchange ended.
    fn ended_cancelled(&self) -> bool {
        self.record.ended_cancelled || self.record.ended_timed_out
    }

    /// Returns whether an import may still finish: no response reported its end, or that its base is deleted.
    fn may_yet_be_imported(&self) -> bool {
        let Some(known) = &self.record.known else { return false };
        let is_gone = match self.record.last_heard() {
            Some((Asked::Poll { .. }, heard)) if known.cancelled => {
                heard.is_unknown_task() && heard.status == 400
            }
            Some((Asked::Poll { .. } | Asked::Cancel { .. }, heard)) => heard.is_unknown_task(),
            _ => false,
        };
        self.scene.job.is_about_import() && (!known.finished || known.cancelled) && !is_gone
    }

    /// Returns whether a response reported that the task failed.
    fn has_failed(&self) -> bool {
        let (Some((asked, heard)), Some(known)) = (self.record.last_heard(), &self.record.known) else {
            return false;
        };
        match asked {
            // Only current servers report a failure, and say 404 afterwards.
            Asked::Poll { .. } if heard.is_unknown_task() => {
                heard.status == 404 && known.may_have_failed && !known.lost && !known.cancelled
            }
            Asked::Poll { .. } => matches!(heard.status, 400 | 413) && heard.error_msg().is_some(),
            _ => false,
        }
    }

    /// Returns whether the responses leave it open how an import ended.
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
            Asked::Poll { .. } | Asked::Cancel { .. } => {
                gone && self.scene.job.imports() && !self.has_failed() && !self.cancel_is_confirmed()
            }
            _ => false,
        }
    }

    /// Returns whether a server that gives no useful response was asked often enough.
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
        let once = asked.exports_at_once() && status == 504;
        let lonely = matches!(self.scene.job, Job::Resume { place: false, .. }) && asked.is_for_file();
        let retries = self.pace.retries > self.policy.retries;
        too_late || spent || exports || once || lonely || retries
    }

    /// Returns whether this server cannot import the table.
    fn is_rejected_table(&self) -> bool {
        let (Job::Import { file, .. }, Some((asked, heard))) = (self.scene.job, self.record.last_heard())
        else {
            return false;
        };
        let previewed = heard.field("dtable_name").is_some() && *asked == Asked::Upload;
        file.is_table() && (previewed || *asked == Asked::TableProbe && heard.status == 404)
    }

    fn is_unsupported(&self) -> bool {
        match (self.scene.job, self.record.last_heard()) {
            (Job::Export { target, wait: false, .. }, None) => {
                target.needs_current() && self.record.last.is_none()
            }
            (
                Job::Export { wait: false, .. } | Job::Resume { place: true, .. },
                Some((Asked::StartExport { .. }, heard)),
            ) => matches!(heard.status, 404 | 405),
            (Job::Import { file, wait: false, .. }, Some((Asked::TableProbe, heard))) => {
                file.is_table() && heard.status == 405
            }
            (Job::Export { target, .. }, Some((asked, heard))) if asked.exports_at_once() => {
                target.needs_current() && matches!(heard.status, 404 | 405)
            }
            (Job::List { .. }, Some((Asked::ListServerBases { .. }, heard))) => heard.is_no_such_address(),
            _ => false,
        }
    }
}

/// Returns whether an error allows for an import that was made.
fn admits(error: &OperationError) -> bool {
    match error.kind() {
        ErrorKind::UnknownOutcome | ErrorKind::UnknownTask => true,
        ErrorKind::TaskFailed | ErrorKind::Cancelled | ErrorKind::Mismatch => false,
        _ => error.resume().is_some(),
    }
}

/// Returns whether a task of this story is running that creates or reads a base.
fn runs(state: &ServerState) -> bool {
    let of_others =
        |uuid: &String| state.bases.values().any(|base| base.uuid == *uuid && base.name.starts_with("other"));
    state.unfinished().any(|task| task.base.as_ref().is_some_and(|uuid| !of_others(uuid)))
}
