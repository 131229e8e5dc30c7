//! The scope of a listing.

use serde::{Deserialize, Serialize};

/// Whether a listing includes the bases that others shared with the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shared {
    /// Only the bases of the account and its groups.
    #[default]
    Excluded,
    /// Shared bases too. The server then creates a workspace for an account that has none.
    Included,
}
