//! Runs over a transport without sockets, and files.

#[cfg(feature = "async")]
mod asynchronous;
#[cfg(feature = "async")]
mod common;
mod files;
#[cfg(feature = "tokio")]
mod paces;
#[cfg(feature = "config")]
mod roots;
// A paused clock waits only for tokio's own threads, not for those that check a file without tokio.
#[cfg(feature = "tokio")]
mod runs;
#[cfg(feature = "tokio")]
mod runs_with_files;
#[cfg(feature = "async")]
mod time;
