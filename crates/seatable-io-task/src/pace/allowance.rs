//! The requests that an account may make.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// How many requests an account may make in a minute, evenly spread. `None` sets no limit until a server does.
///
/// In a configuration file, missing fields are `None` and unknown fields are errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Allowance {
    /// Requests of any kind. The cloud allows 1000, other servers 3000 by default ([fact 17](seatable_io_proto::facts)).
    pub requests: Option<NonZeroU32>,
    /// Requests that start an export. Current servers allow 20 by default, except for the cloud.
    pub export_starts: Option<NonZeroU32>,
    /// Requests that start an import, or find out how to. No server limits them by default.
    pub import_starts: Option<NonZeroU32>,
}

impl Allowance {
    /// Sets [`requests`](Self::requests).
    pub fn requests(self, requests: NonZeroU32) -> Self {
        Self { requests: Some(requests), ..self }
    }

    /// Sets [`export_starts`](Self::export_starts).
    pub fn export_starts(self, export_starts: NonZeroU32) -> Self {
        Self { export_starts: Some(export_starts), ..self }
    }

    /// Sets [`import_starts`](Self::import_starts).
    pub fn import_starts(self, import_starts: NonZeroU32) -> Self {
        Self { import_starts: Some(import_starts), ..self }
    }
}
