//! Strategies of [proptest](mod@proptest) for property tests and fuzzing of your own transport or program: what servers of three generations
//! send, and what proxies, CDNs and login pages put in its place.
//!
//! This test shows that no responses make an import panic, or go out again after one that may have had an effect:
//!
//! ```
//! use std::time::Duration;
//!
//! use proptest::collection::vec;
//! use proptest::prelude::*;
//! use seatable_io_conformance::strategies::responses;
//! use seatable_io_driver::proto::{FileName, Format, Server, Token};
//! use seatable_io_driver::task::{Call, Failure, Import, Operation, Policy, Step};
//!
//! proptest! {
//!     #![proptest_config(ProptestConfig::with_cases(1000))]
//!
//! # /*
//!     #[test]
//! # */
//!     fn no_response_sends_an_import_twice(
//!         mut starts in vec(responses(Call::StartImport), 0..9),
//!         mut polls in vec(responses(Call::QueryStatus), 0..9),
//!     ) {
//!         let server = Server::new("https://seatable.example", Token::new("secret")?)?;
//!         let import = Import::new(1, FileName::new("stock", Format::Dtable)?, 1000)?;
//!         let mut operation = Operation::import(server, import, Policy::default(), 7);
//!         let (mut now, mut may_be_sent) = (Duration::ZERO, true);
//!         loop {
//!             operation = match operation.step(now) {
//!                 Step::Done(_) => break,
//!                 Step::Wait(operation, until) => { now = until; operation }
//!                 Step::Send(mut exchange) => {
//!                     let is_import = exchange.request().body().file_len() > 0;
//!                     prop_assert!(!is_import || std::mem::take(&mut may_be_sent));
//!                     exchange.sent(exchange.request().body().file_len());
//!                     let responses = if is_import { &mut starts } else { &mut polls };
//!                     let Some(response) = responses.pop() else {
//!                         operation = exchange.failed(Failure::Interrupted, now);
//!                         continue;
//!                     };
//!                     let (head, body) = response.into_parts();
//!                     // Only these responses mean that the server has done nothing.
//!                     let refused = head.status == 429 || head.status == 503 && head.headers.contains_key("retry-after");
//!                     may_be_sent |= is_import && refused;
//!                     exchange.head(&head);
//!                     let _ = exchange.chunk(&body);
//!                     exchange.finished(now)
//!                 }
//!             }
//!         }
//!     }
//! }
//! # no_response_sends_an_import_twice();
//! ```
//!
//! Everything shrinks to what is short and usual: a 200, one base, a plain name.

mod json;
mod responses;

use http::Response;
use proptest::prelude::*;
use seatable_io_driver::proto::{
    Base, BaseName, BaseUuid, Endpoint, ListAdministered, ListServerBases, ListWorkspaces, Listing, Server,
    TaskId, TaskKind, Token,
};
use seatable_io_driver::task::{Place, Resume, Route};
use serde_json::Value;

pub use responses::{good_responses, responses};

/// Names that an existing base can have: plain ones, ones in any script, and those that URLs, forms and file systems get wrong,
/// such as `..`, `a/b` or `50%`.
pub fn names() -> impl Strategy<Value = BaseName> {
    json::names().prop_filter_map("a name has 1 to 255 characters", |name| BaseName::new(name).ok())
}

/// URLs that [`Server::new`] accepts: `https` anywhere, `http` on loopback, with and without a port and a path prefix.
pub fn server_urls() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        4 => json::texts("https://[a-z]{1,8}(\\.[a-z]{2,6}){1,2}"),
        1 => Just("https://münchen.example".to_owned()),
        1 => any::<[u8; 4]>().prop_map(|[a, b, c, d]| format!("https://{a}.{b}.{c}.{d}")),
        1 => any::<u16>().prop_map(|part| format!("https://[2001:db8::{part:x}]")),
        2 => prop::sample::select(vec!["http://localhost", "http://127.0.0.1", "http://[::1]"]).prop_map(str::to_owned),
    ];
    let path = prop_oneof![2 => json::texts("/?"), 1 => json::texts("(/[a-zA-Z0-9._~-]{1,8}){1,2}/?")]
        .prop_filter("a dot is no name", |path| {
            path.split('/').all(|segment| !matches!(segment, "." | ".."))
        });
    (host, prop::option::of(1..=u16::MAX), path).prop_map(|(host, port, path)| match port {
        Some(port) => format!("{host}:{port}{path}"),
        None => format!("{host}{path}"),
    })
}

/// Bases as servers of all generations describe them.
#[expect(clippy::missing_panics_doc, reason = "a test reads thousands of them")]
pub fn bases() -> impl Strategy<Value = Base> {
    json::bases().prop_map(|json| serde_json::from_value(json).expect("a base"))
}

/// Listings of accounts and of whole servers: with shared bases and those of groups, repeated and unreadable entries, and up to a
/// few dozen bases.
#[expect(clippy::missing_panics_doc, reason = "a test reads thousands of them")]
pub fn listings() -> impl Strategy<Value = Listing> {
    fn read<E: Endpoint>(json: &Value) -> E::Reply {
        E::parse(Response::new(json.to_string())).expect("a listing")
    }
    let listing = prop_oneof![
        json::workspaces().prop_map(|json| read::<ListWorkspaces>(&json)),
        json::administered().prop_map(|json| read::<ListAdministered>(&json).expect("the address is there")),
        json::server_bases().prop_map(|json| read::<ListServerBases>(&json).listing),
    ];
    (listing, prop::bool::weighted(0.1), prop::bool::weighted(0.1)).prop_map(
        |(mut listing, unconfirmed, changing)| {
            (listing.unconfirmed, listing.changing) = (unconfirmed, changing);
            listing
        },
    )
}

/// Tasks to resume, with as much as was known of them when they were kept.
#[expect(clippy::missing_panics_doc, reason = "a test reads thousands of them")]
pub fn resumes() -> impl Strategy<Value = Resume> {
    let kind = prop::sample::select(vec![TaskKind::Export, TaskKind::Import]);
    let place = (1..100_000_u64, names()).prop_map(|(workspace, name)| Place::new(workspace, name));
    let server = server_urls().prop_map(|url| {
        let token = Token::new("0").expect("a token");
        Server::new(&url, token).expect("a URL").url().to_owned()
    });
    let route = prop::sample::select(vec![Route::Api, Route::Site, Route::Synchronous]);
    let parts = (
        kind,
        json::task_ids(),
        json::uuids(),
        prop::option::of(server),
        prop::option::of(place),
        prop::option::of(route),
    );
    parts.prop_map(|(kind, task, uuid, server, place, route)| {
        let (task, uuid) = (TaskId::new(task).expect("an ID"), BaseUuid::new(uuid).expect("an ID"));
        let mut resume = Resume::new(kind, task, uuid);
        (resume.server, resume.place, resume.route) = (server, place, route);
        resume
    })
}
