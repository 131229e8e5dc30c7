//! What the tests that cross crates share: a [`World`] in which one task lives against the sandbox, without
//! sockets or sleeping, and [`Story`], all that network, server, clock, driver and caller choose in it.
//!
//! The property tests, the exhaustive search and the fuzzer drive the same types.

mod account;
mod carry;
mod contract;
mod decode;
mod driver;
mod expect;
mod failure;
pub mod fuzz;
mod lie;
mod odd;
mod pace;
mod record;
mod setup;
mod story;
mod truth;
mod wire;
mod world;

pub use account::{Account, Report, Work};
pub use lie::{Lie, Met, On};
pub use story::{Act, Caller, Driver, File, Job, Net, Odd, Others, Past, Scene, Story, Target, When};
pub use truth::Violation;
pub use world::{End, World, live, live_with, transcript};

/// The README's examples, compiled, and run where they need no server.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
