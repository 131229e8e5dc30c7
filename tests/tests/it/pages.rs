//! The list of a whole server whose bases are created and deleted, and whose order changes, between any two requests for a page.
//! `SEATABLE_IO_CASES` is the number of random servers (default 200).

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use http::{Request, Response};
use proptest::prelude::*;
use seatable_io_proto::{Body, Listing, Server, Token};
use seatable_io_task::{Operation, Outcome, Policy, Scope, Step};

/// A change between two requests, at a place that is a part of the whole list.
#[derive(Clone, Copy, Debug)]
enum Change {
    Create(u16),
    Delete(u16),
    /// The order of the list is another one.
    Turn(u16),
}

/// A server with numbered bases in some order.
struct Bases {
    order: Vec<u32>,
    made: u32,
    requests: usize,
    /// The bases that exist since before the first request.
    all_along: BTreeSet<u32>,
    /// The bases that existed at any time.
    ever: BTreeSet<u32>,
}

impl Bases {
    fn new(count: u32) -> Self {
        let all: BTreeSet<u32> = (0..count).collect();
        Self { order: (0..count).collect(), made: count, requests: 0, all_along: all.clone(), ever: all }
    }

    fn change(&mut self, change: Change) {
        let len = self.order.len();
        let at = |place: u16| usize::from(place) * (len + 1) / (usize::from(u16::MAX) + 1);
        match change {
            Change::Create(place) => {
                self.order.insert(at(place), self.made);
                self.ever.insert(self.made);
                self.made += 1;
            }
            Change::Delete(place) if at(place) < len => {
                let gone = self.order.remove(at(place));
                self.all_along.remove(&gone);
            }
            Change::Turn(place) => self.order.rotate_left(at(place)),
            Change::Delete(_) => {}
        }
    }

    fn respond(&mut self, request: &Request<Body>) -> String {
        self.requests += 1;
        let url = request.uri().query().unwrap_or_default();
        let number = |key| url.split('&').find_map(|pair| pair.strip_prefix(key)?.parse::<usize>().ok());
        let (page, per_page) = (number("page=").expect("a page"), number("per_page=").expect("a size"));
        let (start, end) = ((page - 1) * per_page, page * per_page);
        let mut bases = String::new();
        for base in self.order.iter().skip(start).take(per_page) {
            let comma = if bases.is_empty() { "" } else { "," };
            let _ = write!(bases, r#"{comma}{{"uuid": "{base}", "name": "base", "workspace_id": 1}}"#);
        }
        let has_next = self.order.len() > end;
        format!(r#"{{"page_info": {{"has_next_page": {has_next}}}, "dtables": [{bases}]}}"#)
    }
}

/// Lists the server, with these changes before each request; none after they are used up.
fn list(server: &mut Bases, changes: &[Vec<Change>]) -> Listing {
    let token = Token::new("geheim").and_then(|token| Server::new("http://127.0.0.1/", token));
    let mut operation = Operation::list(token.expect("a server"), Scope::ServerWide, Policy::default(), 7);
    let (mut changes, head) = (changes.iter(), Response::new(()).into_parts().0);
    loop {
        let mut exchange = match operation.step(Duration::ZERO) {
            Step::Send(exchange) => exchange,
            Step::Done(Ok(Outcome::Listed(listing))) => return listing,
            other => panic!("{other:?}"),
        };
        for change in changes.next().into_iter().flatten() {
            server.change(*change);
        }
        let response = server.respond(exchange.request());
        let _ = exchange.head(&head);
        let _ = exchange.chunk(response.as_bytes());
        operation = exchange.finished(Duration::ZERO);
    }
}

fn uuids(listing: &Listing) -> Vec<u32> {
    listing.bases.iter().map(|listed| listed.base.uuid.as_str().parse().expect("a number")).collect()
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => any::<u16>().prop_map(Change::Create),
        4 => any::<u16>().prop_map(Change::Delete),
        1 => any::<u16>().prop_map(Change::Turn),
    ]
}

/// Changes before each of some requests, seldom or often.
fn changes() -> impl Strategy<Value = Vec<Vec<Change>>> {
    let seldom = proptest::collection::vec(change(), 0..4);
    let before = prop_oneof![3 => Just(Vec::new()), 1 => seldom];
    proptest::collection::vec(before, 0..30)
}

fn cases() -> u32 {
    std::env::var("SEATABLE_IO_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fact_27_every_base_that_existed_all_along_is_listed_once_or_the_listing_may_be_incomplete(
        count in 0..350_u32,
        changes in changes(),
    ) {
        let mut server = Bases::new(count);
        let listing = list(&mut server, &changes);
        let listed = uuids(&listing);
        let known: BTreeSet<u32> = listed.iter().copied().collect();
        prop_assert_eq!(known.len(), listed.len());
        prop_assert!(known.is_subset(&server.ever));
        prop_assert!(listing.changing || server.all_along.is_subset(&known), "{:?}", &server.all_along - &known);
        // At most five passes over four pages.
        prop_assert!(server.requests <= 5 * 5, "{}", server.requests);
    }

    #[test]
    fn a_server_at_rest_is_listed_exactly_in_two_passes(count in 0..350_u32) {
        let mut server = Bases::new(count);
        let listing = list(&mut server, &[]);
        let known: BTreeSet<u32> = uuids(&listing).into_iter().collect();
        prop_assert_eq!((&known, listing.changing), (&server.all_along, false));
        prop_assert_eq!(server.requests, 2 * usize::try_from(count.div_ceil(100).max(1)).expect("small"));
    }

    #[test]
    fn bases_that_are_only_created_need_no_third_pass(count in 0..350_u32, places in proptest::collection::vec(60_000_u16.., 0..9)) {
        // They are added at the end.
        let changes: Vec<_> = places.iter().map(|_| vec![Change::Create(u16::MAX)]).collect();
        let mut server = Bases::new(count);
        let listing = list(&mut server, &changes);
        prop_assert!(!listing.changing && server.requests <= 2 * 5);
    }
}

/// If no test noticed, nothing would ever be missing, and one pass would do.
#[test]
fn one_pass_would_miss_a_base() {
    let mut server = Bases::new(250);
    let listing = list(&mut server, &[vec![], vec![Change::Delete(0)]]);
    assert_eq!((listing.bases.len(), listing.changing, server.requests), (249, false, 9));
}

#[test]
fn a_server_that_never_rests_may_have_more_bases() {
    let mut server = Bases::new(250);
    let never = vec![vec![Change::Delete(0), Change::Create(u16::MAX)]; 100];
    assert!(list(&mut server, &never).changing);
}
