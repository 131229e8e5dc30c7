//! The pages of the bases of a server, which shift while they are read. `lifecycle.md` explains when no base is missing.

use std::collections::BTreeSet;

use http::Request;
use seatable_io_proto::{BaseUuid, Body, Endpoint as _, ListServerBases, Listing, Server, ServerPage};

/// How many passes are made until two prove that no base is missing.
const PASSES: u32 = 5;

/// How many bases a page has.
const PER_PAGE: u32 = 100;

/// A server has no more bases, and no more pages.
const MOST_BASES: usize = 1_000_000;
const MOST_PAGES: u32 = 20_000;

/// The pages read so far.
#[derive(Clone, Debug)]
pub(crate) struct Pages {
    /// The number of the next page.
    next: u32,
    /// The number of this pass.
    number: u32,
    pass: Pass,
    before: Option<Pass>,
    /// The bases that earlier passes listed.
    earlier: Listing,
}

/// One reading of all pages.
#[derive(Clone, Debug, Default)]
struct Pass {
    uuids: BTreeSet<BaseUuid>,
    /// The bases of each page that no page before has.
    pages: Vec<Listing>,
    /// Whether a base was listed twice, or the server stopped in the middle.
    is_doubtful: bool,
}

/// The consequence of a page.
pub(crate) enum Turned {
    /// Another page must be read.
    Next(Pages),
    Listed(Listing),
    TooMany,
}

impl Pages {
    pub(crate) fn new() -> Self {
        let (pass, before, earlier) = (Pass::default(), None, Listing::default());
        Self { next: 1, number: 1, pass, before, earlier }
    }

    pub(crate) fn request(&self, server: &Server) -> Request<Body> {
        ListServerBases::new(self.next, PER_PAGE).request(server)
    }

    /// Adds the page that was requested.
    pub(crate) fn turn(mut self, page: ServerPage) -> Turned {
        let is_last = self.pass.add(page);
        if self.pass.uuids.len() > MOST_BASES || self.next >= MOST_PAGES {
            return Turned::TooMany;
        }
        if !is_last {
            return Turned::Next(Self { next: self.next.saturating_add(1), ..self });
        }
        let Self { number, pass, before, mut earlier, .. } = self;
        if before.is_some_and(|before| before.is_proved_by(&pass)) {
            return Turned::Listed(Listing::all(pass.pages));
        }
        let Pass { uuids, pages, is_doubtful } = pass;
        // Only the last pass counts the entries that are not understood.
        earlier.not_understood = 0;
        let mut all = Listing::all(pages.into_iter().chain([earlier]));
        if number >= PASSES {
            all.changing = true;
            return Turned::Listed(all);
        }
        let before = Some(Pass { uuids, pages: Vec::new(), is_doubtful });
        let number = number.saturating_add(1);
        Turned::Next(Self { next: 1, number, pass: Pass::default(), before, earlier: all })
    }
}

impl Pass {
    /// Adds a page. Returns whether it is the last one.
    fn add(&mut self, page: ServerPage) -> bool {
        let ServerPage { mut listing, entries, has_next, .. } = page;
        listing.bases.retain(|listed| self.uuids.insert(listed.base.uuid.clone()));
        let new = listing.bases.len().saturating_add(listing.not_understood);
        // A page that brings nothing new would be followed by others like it, if the server says that there are more.
        let stops = new == 0 && has_next == Some(true);
        self.is_doubtful |= new < entries || stops;
        self.pages.push(listing);
        new == 0 || has_next == Some(false)
    }

    /// Returns whether this pass lacks no base, as far as the next one shows.
    fn is_proved_by(&self, next: &Self) -> bool {
        !self.is_doubtful && self.uuids.is_subset(&next.uuids)
    }
}
