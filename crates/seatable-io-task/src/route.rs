//! How a server serves an exported file.

use serde::{Deserialize, Serialize};

/// How a server serves an exported file. One export finds it out, and the next can start with it
/// ([`Exported::route`](crate::Exported::route), [`Export::route`](crate::Export::route)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Route {
    /// A task, then `/api/v2.1/dtable-export-content/` (2020 servers).
    #[default]
    Api,
    /// A task, then `/dtable-export-content/` (2021 servers).
    Site,
    /// One request, `synchronous-export` (current servers).
    Synchronous,
}

impl Route {
    /// Returns whether a task exports the file.
    pub(crate) fn has_task(self) -> bool {
        self != Self::Synchronous
    }
}
