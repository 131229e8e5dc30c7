//! The adapter against the sandbox, and against servers that misbehave.
#![cfg(feature = "tokio")]

mod common;
mod conformance;
mod connect;
mod download;
mod ending;
mod generic;
mod half_open;
mod upload;
mod wire;
