//! Bases that are excluded, that fail again, or that have vanished.

use std::path::Path;
use std::sync::PoisonError;

use seatable_io_backup::{BaseEvent, BasePlan, Cause, EventKind, Failed, Options};
use seatable_io_ureq::proto::Listing;
use seatable_io_ureq::task::OperationError;
use serde_json::json;

use super::Backup;
use crate::batch;
use crate::failure::{Failure, Kind};
use crate::report::{Attention, CommandName, Details, Good};
use crate::store::Store;
use crate::ui::Screen;
use crate::ui::shell::option;

/// Warns of each `--exclude` without a base, which may have been deleted.
pub(super) fn warn_of_excluded(screen: &Screen, options: &Options, listing: &Listing) {
    for text in options.excluded_in_vain(listing) {
        screen.say(&format!("warning: --exclude {text}: the server lists no base with this name or uuid"));
    }
}

/// Names the bases that have vanished or are back, and records all changes; returns the exit code if nothing else fails, or 0.
pub(super) fn report(screen: &Screen, store: &mut Store, changes: &[BaseEvent]) -> u8 {
    for event in changes {
        let BaseEvent { folder, since, .. } = event;
        let gone_since = store.catalogue.gone_since(&event.base.uuid);
        let (status, words) = match (&event.kind, gone_since) {
            (EventKind::Gone, _) => {
                let has_copies = store.catalogue.copies_of(&event.base.uuid).next().is_some();
                let left = if has_copies { "its copies stay" } else { "it has no copy" };
                ("gone", format!("warning: {folder} is no longer in the server's list; {left}"))
            }
            (EventKind::Listed, Some(gone)) => {
                let date = gone.date();
                (
                    "listed",
                    format!("{folder} is in the server's list again, where it was missing since {date}"),
                )
            }
            _ => continue,
        };
        screen.say(&words);
        let mut details = Details::new(Some(CommandName::Backup), Some(event.base.name.clone()));
        details.of_base(&event.base, event.workspace_id);
        details.fields.workspace = Some(event.workspace.clone());
        details.fields.since = Some(since.to_string());
        screen.result(&details.ended(Ok(Good::new(status, ""))));
    }
    record(screen, store, changes)
}

/// Reports a listing that lacks all bases; returns the exit code if nothing else fails, or 0.
pub(super) fn report_all_gone(screen: &Screen, dir: &Path, bases: Option<usize>) -> u8 {
    let Some(bases) = bases else { return 0 };
    let message = format!("none of the {bases} bases with copies is in the server's list; their copies stay");
    let hint = Some("if this is the token of another account, use another folder for its copies".to_owned());
    let good = Good::to_look_at("gone", Attention { message, hint });
    let dir = Some(dir.to_string_lossy().into_owned());
    batch::print(screen, &Details::new(Some(CommandName::Backup), dir).ended(Ok(good)))
}

/// Records events; returns the exit code if nothing else fails, or 0.
fn record(screen: &Screen, store: &mut Store, events: &[BaseEvent]) -> u8 {
    let Err(failure) = store.note(events) else { return 0 };
    screen.complain(&failure);
    failure.exit()
}

impl Backup<'_> {
    /// Adds the time since which the base has failed for the same cause, or keeps a new failure to record it.
    pub(super) fn recognize(&self, failure: Failure, plan: &BasePlan, details: &mut Details) -> Failure {
        // These say nothing about the base.
        let is_of_run = failure.kind == Kind::Cancelled || failure.is_full || failure.is_reported;
        if is_of_run || details.again.is_some() {
            return failure;
        }
        let cause = cause(&failure, plan.folder());
        let failed = plan.failed(cause, &self.store().catalogue, self.began);
        match failed {
            Failed::AsSince(since) => {
                details.fields.since = Some(since.to_string());
                let message = format!("{}, as since {}", failure.message, since.date());
                // A base that cannot be exported for a while is not to be excluded.
                let skip = format!("to skip it: {}", option("--exclude", plan.listed.base.uuid.as_str()));
                let skip = Some(skip).filter(|_| failure.http_status() == Some(403));
                let hints: Vec<_> = failure.hint.iter().cloned().chain(skip).collect();
                let hint = (!hints.is_empty()).then(|| hints.join("; "));
                Failure { message, hint, ..failure }
            }
            Failed::New(event) => {
                self.failures.lock().unwrap_or_else(PoisonError::into_inner).push(event);
                failure
            }
        }
    }

    /// Records the new failures, all at once: if a server is closed, there may be many.
    pub(super) fn record_failures(&self) {
        let failures = std::mem::take(&mut *self.failures.lock().unwrap_or_else(PoisonError::into_inner));
        // If that fails, the exit code is still that of the first failure.
        let _ = record(&self.session.screen, &mut self.store(), &failures);
    }
}

/// Returns the parts of a failure that are the same whenever it happens: no folder, address or number of retries.
fn cause(failure: &Failure, folder: &str) -> Cause {
    let kind = json!(failure.kind);
    let remote = failure.error.as_ref().filter(|_| failure.kind != Kind::Io);
    let reason = remote.and_then(OperationError::reason).map(ToString::to_string);
    let local = || {
        let message = failure.message.strip_prefix(folder).and_then(|message| message.strip_prefix(": "));
        message.unwrap_or(&failure.message).to_owned()
    };
    Cause::new(kind.as_str().unwrap_or_default(), failure.http_status(), &reason.unwrap_or_else(local))
}
