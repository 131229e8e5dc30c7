//! Files and bases, through the front door.
#![allow(missing_docs)]

mod archive;
mod bombs;
mod compare;
mod content;
mod convert;
mod csv;
mod entries;
mod files;
mod generated;
mod losses;
mod spreadsheet;
mod values;
