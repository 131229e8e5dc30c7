//! The scope of a listing.

use serde::{Deserialize, Serialize};

/// The bases that a listing includes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The bases of the account and its groups.
    #[default]
    Administered,
    /// Also those that others shared with the account. The server then creates a workspace for an account that has none.
    WithShared,
    /// All bases of the server, with their owners. The token must be that of an administrator of the server ([fact
    /// 27](seatable_io_proto::facts)); only current servers support it.
    ServerWide,
}
