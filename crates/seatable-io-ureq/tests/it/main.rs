//! The adapter against the sandbox and against servers that misbehave, over loopback.

mod conformance;
mod downloads;
mod lifecycle;
mod limits;
#[cfg(target_os = "linux")]
mod memory;
mod other;
mod proxy;
mod secrets;
mod stop;
mod support;
mod tls;
mod transport;
mod uploads;
