//! Events of bases, which no copy shows.

use serde::{Deserialize, Serialize};

use crate::copy::line;
use crate::{BasePlan, Catalogue, SavedBase, SavedCopy, Timestamp};

/// The longest message in characters.
const LONGEST: usize = 500;

/// An event of a base, as the catalogue records it. It is the state of the base until its next event or copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BaseEvent {
    /// The base, as it was last listed.
    pub base: SavedBase,
    /// The workspace of the base.
    pub workspace_id: u64,
    /// The name of the workspace; in an event from the list of a whole server, that of its owner.
    pub workspace: String,
    /// The [`id`](seatable_io_proto::Owner::id) of the owner, if the event is from the list of a whole server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The folder of the copies of the base, whether it has some or not. Only a label, never a path.
    pub folder: String,
    /// The event.
    #[serde(flatten)]
    pub kind: EventKind,
    /// The time of the event.
    pub since: Timestamp,
}

/// The kind of a [`BaseEvent`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
#[non_exhaustive]
pub enum EventKind {
    /// An export failed.
    Failed(Cause),
    /// A complete listing lacked the base, as did each one since.
    Gone,
    /// The base was excluded from the backup.
    Excluded,
    /// The base was listed after it was gone, or was no longer excluded.
    Listed,
}

/// Why an export failed. The caller chooses the kind and the words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cause {
    /// The kind of failure.
    pub kind: String,
    /// The status of the server's response.
    pub http_status: Option<u16>,
    /// The reason, cut to 500 characters.
    pub message: String,
}

impl Cause {
    /// Describes a failure. The message must not contain secrets.
    pub fn new(kind: &str, http_status: Option<u16>, message: &str) -> Cause {
        let message = message.chars().take(LONGEST).collect();
        Cause { kind: kind.to_owned(), http_status, message }
    }

    /// Returns whether two failures have the same kind, status and words. Words that contain digits do not count: sizes, times,
    /// and identifiers of tasks.
    fn is_same(&self, other: &Cause) -> bool {
        (&self.kind, self.http_status) == (&other.kind, other.http_status)
            && folded(&self.message) == folded(&other.message)
    }
}

/// Returns the message with `#` in place of each word that contains a digit.
fn folded(message: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || "-_.:".contains(c);
    let pieces = message.split_inclusive(|c| !is_part(c));
    let folded = pieces.map(|piece| {
        let word = piece.trim_end_matches(|c| !is_part(c));
        if word.contains(char::is_numeric) { piece.replace(word, "#") } else { piece.to_owned() }
    });
    folded.collect()
}

/// The decision about a failed export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The export has failed for the same cause since this time.
    AsSince(Timestamp),
    /// The base had a copy after its last failure, or failed for another cause. This is the event to record.
    New(BaseEvent),
}

impl BasePlan {
    /// Compares a failed export of this base with its last one.
    pub fn failed(&self, cause: Cause, catalogue: &Catalogue, now: Timestamp) -> Failed {
        match catalogue.event_of(&self.listed.base.uuid) {
            // A clock that was set back makes the earlier time a later one.
            Some(BaseEvent { kind: EventKind::Failed(before), since, .. }) if before.is_same(&cause) => {
                Failed::AsSince(*since.min(&now))
            }
            _ => Failed::New(self.event(EventKind::Failed(cause), now)),
        }
    }

    pub(crate) fn event(&self, kind: EventKind, since: Timestamp) -> BaseEvent {
        BaseEvent {
            base: self.base(),
            workspace_id: self.listed.workspace,
            workspace: self.listed.workspace_name.to_string(),
            owner: self.owner(),
            folder: self.folder().to_owned(),
            kind,
            since,
        }
    }
}

impl BaseEvent {
    pub(crate) fn after(copy: SavedCopy, kind: EventKind, since: Timestamp) -> BaseEvent {
        let folder = copy.label().to_owned();
        let SavedCopy { base, workspace_id, workspace, owner, .. } = copy;
        BaseEvent { base, workspace_id, workspace, owner, folder, kind, since }
    }

    /// Returns the line that records the event in the catalogue, with its line feed.
    pub fn line(&self) -> String {
        line(self)
    }
}

#[cfg(test)]
mod tests;
