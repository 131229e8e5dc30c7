//! The commands, each with its arguments, its help and its run.

pub(crate) mod backup;
pub(crate) mod cancel;
pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod copies;
mod copy;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod download;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod keep;
pub(crate) mod list;
pub(crate) mod man;
pub(crate) mod prune;
pub(crate) mod restore;
pub(crate) mod sandbox;
pub(crate) mod show;
pub(crate) mod status;
pub(crate) mod verify;
