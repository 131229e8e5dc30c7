//! The promises that every transport must keep, as one call.
//!
//! [`Kit`] runs imports, exports, listings and cancellations over a transport, against servers on this machine that do
//! everything wrong that servers, proxies and networks do: every fault of the [sandbox](seatable_io_sandbox) on each call of each
//! operation on each generation of server, and peers that care for single bytes. It returns the first [`Promise`] that is
//! [broken](Broken), with the scenario that shows it.
//!
//! ```
//! use seatable_io_conformance::Kit;
//! use seatable_io_driver::blocking::Connect;
//!
//! # /*
//! #[test]
//! # */
//! fn my_transport_keeps_all_promises() {
//!     let report = Kit::new().blocking(my_transport()).unwrap();
//!     println!("{} scenarios", report.scenarios);
//! }
//! # fn my_transport() -> impl Connect { || Never }
//! # use seatable_io_driver::{TransportError, blocking::{Limits, Transport, Upload}, http::{Request, Response}};
//! # struct Never;
//! # impl Transport for Never {
//! #     type ResponseBody = ();
//! #     fn send(&mut self, _: Request<Option<&mut Upload<'_>>>, _: Limits) -> Result<Response<()>, TransportError> {
//! #         unimplemented!()
//! #     }
//! #     fn read(&mut self, _: &mut (), _: &mut [u8]) -> Result<usize, TransportError> { unimplemented!() }
//! # }
//! ```
//!
//! [`Kit::asynchronous`] is for async transports, and [`Kit::operations`] for programs that step an
//! [`Operation`](seatable_io_driver::task::Operation) themselves.
//!
//! What is right is not what another HTTP client does: each operation is compared with one over the sandbox in the same process, in
//! virtual time, and the peers have expectations of their own. The kit does not judge TLS, proxies, many requests at once, or how
//! fast a transport is; and it judges waits only by whether they end.
//!
//! It takes half a minute, and more with a transport that waits where it should not. Its files have at most about 300 kB, but one has
//! 16 MiB. Only the first broken promise is returned: others may be behind it.
//!
//! With the feature `proptest`, the module `strategies` has strategies for property tests of your own: responses, listings, bases,
//! tasks to resume, names and URLs.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod broken;
mod job;
mod kit;
mod observation;
mod peer;
mod place;
mod promise;
mod reference;
mod runner;
mod scenario;
mod secrets;
#[cfg(feature = "proptest")]
pub mod strategies;
mod wire;

pub use broken::Broken;
pub use kit::{Kit, Report};
pub use promise::Promise;
