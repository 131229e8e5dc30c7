//! Code that tests across crates share: a [`World`] in which one operation runs against the sandbox, without sockets or
//! sleeping, and a [`Story`], the choices of network, server, clock, driver and caller.
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

/// The book's examples.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/library.md")]
#[doc = include_str!("../../docs/src/many-tasks.md")]
#[doc = include_str!("../../docs/src/testing.md")]
#[doc = include_str!("../../docs/src/transport.md")]
pub struct Book;

/// The READMEs of the published libraries.
#[cfg(doctest)]
mod readmes {
    #[doc = include_str!("../../crates/seatable-io-backup/README.md")]
    pub struct Backup;
    #[doc = include_str!("../../crates/seatable-io-conformance/README.md")]
    pub struct Conformance;
    #[doc = include_str!("../../crates/seatable-io-driver/README.md")]
    pub struct Driver;
    #[doc = include_str!("../../crates/seatable-io-dtable/README.md")]
    pub struct Dtable;
    #[doc = include_str!("../../crates/seatable-io-hyper/README.md")]
    pub struct Hyper;
    #[doc = include_str!("../../crates/seatable-io-proto/README.md")]
    pub struct Proto;
    #[doc = include_str!("../../crates/seatable-io-sandbox/README.md")]
    pub struct Sandbox;
    #[doc = include_str!("../../crates/seatable-io-task/README.md")]
    pub struct Task;
    #[doc = include_str!("../../crates/seatable-io-ureq/README.md")]
    pub struct Ureq;
}
