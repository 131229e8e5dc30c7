//! The requests that an account may make.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::setters::setters;

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
    setters! { requests: NonZeroU32, export_starts: NonZeroU32, import_starts: NonZeroU32 }
}
