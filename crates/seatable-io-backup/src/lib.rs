//! Backups of whole [SeaTable](https://seatable.io) accounts without I/O: what to copy, skip, delete and restore, decided
//! from a listing and a catalogue. No file, no clock, no thread.
//!
//! ```
//! use seatable_io_backup::{Action, Catalogue, Checksum, Options, Timestamp, plan};
//! use seatable_io_proto::{Endpoint, ListWorkspaces};
//!
//! // What the server answered, what `backup.jsonl` contains, and what time it is:
//! let response = r#"{"workspace_list": [{"id": 204, "name": "personal", "type": "personal",
//!     "table_list": [{"uuid": "d09b6bcc", "name": "Sales"}]}]}"#;
//! let listing = ListWorkspaces::parse(http::Response::new(response))?;
//! let mut catalogue = Catalogue::read(b"");
//! let now: Timestamp = "2026-11-23T02:00:00Z".parse()?;
//!
//! let options = Options::default().max_age(std::time::Duration::from_secs(20 * 3600));
//! let plans = plan(&listing, &catalogue, |_| None, &options, now)?;
//! assert_eq!(plans[0].action, Action::Copy);
//! let file = plans[0].file(now, |_| false);
//! assert_eq!(file.as_str(), "204 personal/Sales/2026-11-23T020000Z.dtable");
//!
//! // Export the base to that file; then append the copy's line to `backup.jsonl`, and:
//! let copy = plans[0].saved("https://cloud.seatable.io/", file, now, 123, Checksum::new([0; 32]));
//! assert!(copy.line().ends_with("\"assets_missing\":0}\n"));
//! catalogue.insert(&copy);
//! let plans = plan(&listing, &catalogue, |_| Some(123), &options, now)?;
//! assert!(matches!(plans[0].action, Action::Skip { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The order of writing makes a backup safe against crashes: a copy is complete and synced before its line is appended, and
//! a removal is recorded before the file goes. So whatever a crash leaves, each line tells the truth; a file
//! without a line is not a copy, and [`Catalogue::removed`] names files that were about to be deleted.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects
    )
)]

mod assets;
mod catalogue;
mod copy;
mod evidence;
mod folders;
mod json_text;
mod names;
mod path;
mod plan;
mod restore;
mod retention;
mod retry;
mod same_server;
mod select;
mod serde_text;
#[cfg(test)]
mod testing;
mod timestamp;

pub use assets::AssetScan;
pub use catalogue::{BrokenLine, Catalogue, CatalogueReader, Ending};
pub use copy::{Checksum, NotAChecksum, SavedBase, SavedCopy, removal_line};
pub use evidence::Evidence;
pub use names::default_file_name;
pub use path::{CopyPath, NotAPath};
pub use plan::{Action, BasePlan, SkipReason, plan};
pub use restore::{NoCopy, NoCopyReason, NotRestored, Restoration, RestoreError, RestoreOptions, restore};
pub use retry::{GaveUp, Retries};
pub use same_server::OtherServer;
pub use select::{NotListed, Options, select};
pub use timestamp::{NotATime, Timestamp};
