//! Backups of whole [SeaTable](https://seatable.io) accounts, without I/O: decides which bases to copy, skip, delete and
//! restore, given a listing, a catalogue and the time.
//!
//! The caller does the rest: it lists and exports bases (with `seatable-io-ureq` or `seatable-io-hyper`), writes files, and
//! reads the clock. The `seatable-io` command is such a caller.
//!
//! # Backup
//!
//! ```
//! use std::time::Duration;
//!
//! use seatable_io_backup::{Action, Catalogue, Checksum, CopyPath, Options, Timestamp, plan};
//! use seatable_io_proto::{Endpoint, ListWorkspaces};
//!
//! // The server's reply, the contents of `backup.jsonl`, and the time:
//! let response = r#"{"workspace_list": [{"id": 204, "name": "personal", "type": "personal",
//!     "table_list": [{"uuid": "d09b6bcc", "name": "Sales"}]}]}"#;
//! let listing = ListWorkspaces::parse(http::Response::new(response))?;
//! let mut catalogue = Catalogue::read(b"");
//! let now: Timestamp = "2026-11-23T02:00:00Z".parse()?;
//!
//! // The size of a file in the backup folder, which is still empty:
//! let size_of = |_: &CopyPath| None;
//! let options = Options::default().max_age(Duration::from_secs(20 * 3600));
//! let plans = plan(&listing, &catalogue, size_of, &options, now)?;
//! assert_eq!(plans[0].action, Action::Copy);
//! // A file name that no file has:
//! let file = plans[0].file(now, |file| size_of(file).is_some());
//! assert_eq!(file.as_str(), "204 personal/Sales/2026-11-23T020000Z.dtable");
//!
//! // Export the base to that file, and append the copy's line to `backup.jsonl`. Then add the copy:
//! let copy = plans[0].saved("https://cloud.seatable.io/", file, now, 123, Checksum::new([0; 32]));
//! # assert_eq!(copy.line(), include_str!("../tests/backup.jsonl"));
//! catalogue.insert(&copy);
//! let plans = plan(&listing, &catalogue, |_| Some(123), &options, now)?;
//! assert!(matches!(plans[0].action, Action::Skip(_)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Catalogue::superseded`] returns the copies to delete according to a [`RetentionPolicy`], [`Catalogue::retention`] also why the others
//! stay, and [`Retries`] decides which exports to repeat. [`changes`] returns the bases that have vanished or are excluded, and
//! [`BasePlan::failed`] compares a failure with the one before. [`Catalogue::ages`] names the bases without a young copy.
//!
//! # Restore
//!
//! ```
//! use seatable_io_backup::{Catalogue, RestoreOptions, Timestamp, restore};
//!
//! # let backup_jsonl = include_bytes!("../tests/backup.jsonl");
//! let catalogue = Catalogue::read(backup_jsonl);
//! let options = RestoreOptions::default()
//!     .bases(vec!["Sales".to_owned()])
//!     .at(Timestamp::parse_until("2026-11-23")?)
//!     .suffix(" (restored)");
//! for base in restore(&catalogue, &options, |_| Some(123))? {
//!     // Import this file under this name:
//!     assert_eq!(base.copy.file.as_str(), "204 personal/Sales/2026-11-23T020000Z.dtable");
//!     assert_eq!(base.name?.base(), "Sales (restored)");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The catalogue
//!
//! `backup.jsonl` records the copies in its folder, their removal, and events of bases. Each line is a JSON object and ends with a line feed.
//! A copy has these fields, shown on several lines; later versions may add others:
//!
//! ```json
//! {"file":"204 personal/Sales/2026-11-23T020000Z.dtable","server":"https://cloud.seatable.io/","workspace_id":204,
//!  "workspace":"personal","base":{"uuid":"d09b6bcc","name":"Sales","updated_at":null},"started":"2026-11-23T02:00:00Z",
//!  "bytes":123,"sha256":"0000000000000000000000000000000000000000000000000000000000000000","assets_missing":0}
//! ```
//!
//! `file` is a [`CopyPath`], and times are [`Timestamp`]s. `base` and the workspace are as they were listed before the export;
//! `updated_at` may be `null`. `assets_missing` is the number of assets that the copy lacks. If the copy was made from the list
//! of a whole server, `workspace` is the name of the owner, and `"owner"`, after it, their [identity](seatable_io_proto::Owner::id);
//! an owner who is renamed keeps the folder. The removal of a copy has two fields:
//!
//! ```json
//! {"file":"204 personal/Sales/2026-11-23T020000Z.dtable","removed":"2026-12-01T02:00:00Z"}
//! ```
//!
//! A [`BaseEvent`] records what no copy shows: `failed`, `gone`, `excluded`, or `listed`, which ends the last two.
//!
//! ```json
//! {"base":{"uuid":"d09b6bcc","name":"Sales","updated_at":null},"workspace_id":204,"workspace":"personal",
//!  "folder":"204 personal/Sales","event":"failed","kind":"auth","http_status":403,"message":"Permission denied.",
//!  "since":"2026-11-24T02:00:00Z"}
//! ```
//!
//! `workspace` and `"owner"` are those of a copy. Only failures have `kind`, `http_status` and `message`. An event is recorded when it begins: a base that fails every night for
//! the same [`Cause`] has one line. The last event of a base counts until a later line records a copy of it.
//!
//! The last line about a file counts. The order of writing makes a backup safe against crashes: a copy is complete and synced
//! before its line is appended, and a removal is recorded before the file is deleted. So after any crash, each line is true; a
//! file without a line is not a copy, and [`Catalogue::removed`] names files that were about to be deleted.

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

mod ages;
mod catalogue;
mod copy;
mod event;
mod evidence;
mod folders;
mod last;
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
mod vanished;

pub use ages::{Ages, LastCopy, Stale};
pub use catalogue::{BrokenLine, Catalogue, CatalogueReader, Ending};
pub use copy::{Checksum, NotAChecksum, SavedBase, SavedCopy, removal_line};
pub use event::{BaseEvent, Cause, EventKind, Failed};
pub use evidence::Evidence;
pub use last::LastCopyOf;
pub use names::encode_name;
pub use path::{CopyPath, NotAPath};
pub use plan::{Action, BasePlan, SkipReason, plan};
pub use restore::{
    NoCopy, NoCopyReason, NotRestored, Restoration, RestoreError, RestoreOptions, find_bases, newest, restore,
};
pub use retention::{KeepReason, Retention, RetentionPolicy};
pub use retry::{GaveUp, Retries};
pub use same_server::OtherServer;
pub use select::{NotListed, Options, select};
pub use timestamp::{NotATime, Timestamp};
pub use vanished::{all_gone, changes};
