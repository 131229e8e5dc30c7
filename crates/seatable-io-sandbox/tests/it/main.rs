//! The promises of this package, tested from outside.

mod accounts;
mod anything;
mod assets;
mod calls;
mod common;
mod facts_10_to_13;
mod facts_1_to_6;
mod facts_7_to_9;
mod failures;
mod faults;
mod limits;
mod listed;
mod named;
mod names;
#[cfg(feature = "server")]
mod server;
mod server_wide;
mod spreadsheets;
mod synchronous;
mod tables;
mod trials;
mod users;
