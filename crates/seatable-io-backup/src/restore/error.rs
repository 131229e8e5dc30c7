use std::collections::BTreeSet;

use seatable_io_proto::InputError;

use crate::{SavedCopy, Timestamp};

/// Why a base is not restored together with the others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotRestored {
    /// The base cannot be imported under its name.
    #[error(transparent)]
    Name(InputError),
    /// The server's database may not distinguish the name from that of this other base, whose copy was recorded later.
    #[error("the server may not distinguish its name from that of {}", .0.label())]
    SameName(Box<SavedCopy>),
    /// No copy is old enough. The oldest one was started at this time.
    #[error("it has no copy that old; the oldest is from {0}")]
    NotOldEnough(Timestamp),
}

/// Why nothing is restored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// These bases have no copies that can be restored.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    NoCopy(Vec<NoCopy>),
    /// Several bases have this name.
    #[error("{base} is the name of {} bases: {}", .copies.len(), list(.copies))]
    Ambiguous {
        /// The name.
        base: String,
        /// The last copy of each base.
        copies: Vec<SavedCopy>,
    },
    /// A base cannot be imported under this name.
    #[error("{name}: {error}")]
    Name {
        /// The name with its suffix.
        name: String,
        /// The problem with it.
        #[source]
        error: InputError,
    },
    /// The server's database may not distinguish the names of these two bases.
    #[error("the server may not distinguish the names of {} and {}", .0.label(), .1.label())]
    SameName(Box<SavedCopy>, Box<SavedCopy>),
}

fn list(copies: &[SavedCopy]) -> String {
    let one = |copy: &SavedCopy| format!("{} ({}, {})", copy.label(), copy.base.uuid, copy.started);
    copies.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A base without a copy that can be restored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no copy of {}{}", .base.as_deref().unwrap_or("any base"), words(.reason))]
#[non_exhaustive]
pub struct NoCopy {
    /// The base as it was given, or `None` if all bases were chosen.
    pub base: Option<String>,
    /// Why there is no copy.
    pub reason: NoCopyReason,
}

/// Why there is no copy that can be restored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoCopyReason {
    /// There is no copy at all.
    NoneExists,
    /// All copies are from other workspaces.
    OtherWorkspaces {
        /// The chosen workspace.
        chosen: u64,
        /// The workspaces of the copies.
        others: BTreeSet<u64>,
    },
    /// All copies were started later.
    NotOldEnough {
        /// The chosen time.
        chosen: Timestamp,
        /// The start of the oldest copy.
        oldest: Timestamp,
    },
}

fn words(reason: &NoCopyReason) -> String {
    match reason {
        NoCopyReason::NoneExists => String::new(),
        NoCopyReason::NotOldEnough { chosen, oldest } => {
            format!(" from {chosen} or earlier; the oldest is from {oldest}")
        }
        NoCopyReason::OtherWorkspaces { chosen, others } => {
            let others: Vec<_> = others.iter().map(ToString::to_string).collect();
            format!(" from workspace {chosen}, only from {}", others.join(", "))
        }
    }
}
