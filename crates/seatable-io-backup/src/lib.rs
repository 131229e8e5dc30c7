//! Backups of whole [SeaTable](https://seatable.io) accounts without I/O: no file, no clock, no thread.
//!
//! ```
//! use seatable_io_backup::Catalogue;
//!
//! let catalogue = Catalogue::read(b"{\"file\":\"204 personal/Sa");
//! assert_eq!((catalogue.copies().count(), catalogue.torn_at()), (0, Some(0)));
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

mod catalogue;
mod civil;
mod copy;
mod names;
mod path;
#[cfg(test)]
mod testing;
mod timestamp;

pub use catalogue::{BrokenLine, Catalogue};
pub use copy::{Checksum, NotAChecksum, SavedBase, SavedCopy, removal_line};
pub use names::{default_file_name, encode_name};
pub use path::{CopyPath, NotAPath};
pub use timestamp::{NotATime, Timestamp};
