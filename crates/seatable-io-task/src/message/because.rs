//! The reason in a message.

use seatable_io_proto::{Refusal, RefusalReason, ReplyError};

use super::Message;
use crate::reason::at_least;
use crate::{ErrorKind, Reason};

impl Message<'_> {
    /// Returns the reason in parentheses, or as it is.
    pub(super) fn in_parentheses(&self) -> String {
        use RefusalReason::{NameTaken, NoBase, NoWorkspace};
        let is_in_opening = self.report.kind == ErrorKind::Unsupported
            || matches!(self.error.refusal_reason(), Some(NoBase | NoWorkspace | NameTaken));
        match self.error.reason() {
            None | Some(Reason::NotABase | Reason::NoTaskToResume) => String::new(),
            Some(Reason::Reply(error)) if is_in_opening => format!(" ({})", error.status().as_u16()),
            Some(Reason::Reply(error)) => format!(" ({})", in_brief(error)),
            Some(Reason::NoXlsx) => format!(": {} does not import .xlsx files", self.report.server),
            Some(Reason::Archive(fault)) => format!(" ({fault})"),
            Some(reason) => format!(": {reason}"),
        }
    }

    /// Returns the reason as a clause about the server.
    pub(super) fn because(&self) -> String {
        let Some(reason) = self.error.reason() else { return String::new() };
        if self.error.exported_too_long() {
            return self.in_parentheses();
        }
        let could_not =
            if self.error.ran_out_of_time_cancelling() { "; it could not be cancelled" } else { "" };
        let detail = self.detail.map_or_else(String::new, |detail| format!(" ({detail})"));
        format!("{could_not}: {}", self.clause(reason, &detail))
    }

    fn clause(&self, reason: &Reason, detail: &str) -> String {
        let server = &self.report.server;
        match reason {
            Reason::Reply(error) => self.reply_clause(error),
            Reason::NotSent => format!("no connection to {server}{detail}"),
            Reason::Interrupted => format!("the connection to {server} broke{detail}"),
            Reason::Untrusted => format!("the certificate of {server} is not trusted{detail}"),
            Reason::UnpacksTooLarge => format!("the file from {server} unpacks to too much{detail}"),
            Reason::TimedOut => format!("{server} did not answer in time"),
            Reason::Archive(fault) => format!("the file from {server} is damaged ({fault})"),
            Reason::Damaged => format!("the file from {server} is damaged{detail}"),
            Reason::TooLarge { size, is_announced, limit } => {
                let least = at_least(*is_announced);
                format!("the file from {server} has {least}{size} bytes, and the limit is {limit}")
            }
            Reason::TooEarly => format!("{server} reported success before it had the whole file"),
            Reason::MayContinue => {
                format!("{server} accepted the request to cancel, but finishes an import that is running")
            }
            reason => reason.to_string(),
        }
    }

    fn reply_clause(&self, error: &ReplyError) -> String {
        let (server, refusal) = (&self.report.server, error.refusal());
        let clause = match error.status().as_u16() {
            _ if refusal.is_some_and(Refusal::is_foreign) => {
                format!("a proxy or CDN in front of {server} refused the request")
            }
            _ if refusal.is_some_and(Refusal::is_unknown_task) => {
                format!("{server} no longer knows the task")
            }
            429 => format!("{server} refuses more requests for now"),
            500 => format!("{server} failed"),
            408 | 504 => format!("{server} did not answer in time"),
            501..=599 => format!("{server} is unavailable"),
            400..=499 => format!("{server} refused"),
            _ => format!("unexpected response from {server}"),
        };
        format!("{clause} ({})", in_brief(error))
    }
}

/// Returns the status, and the server's message or the mistake in the response.
fn in_brief(error: &ReplyError) -> String {
    let status = error.status().as_u16();
    match (error, error.message()) {
        (ReplyError::NotUnderstood(error), _) => format!("{status}: the reply {}", error.fault()),
        (_, Some(message)) => format!("{status}: {}", message.trim_end_matches('.')),
        _ => status.to_string(),
    }
}
