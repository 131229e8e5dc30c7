//! What the tests that cross crates share: a [`World`] in which one task lives against the sandbox, without
//! sockets or sleeping, and [`Story`], all that network, server, clock and caller choose in it.
//!
//! The property tests, the exhaustive search and the fuzzer drive the same types.

pub mod fuzz;
mod story;
mod truth;
mod world;

pub use story::{Act, Caller, Job, Net, Scene, Story};
pub use truth::Violation;
pub use world::{Lie, World, live, live_with};

/// The README's examples, compiled, and run where they need no server.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
