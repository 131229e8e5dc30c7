//! Events of bases in any nights, judged by all that happened.

use std::time::Duration;

use http::Response;
use proptest::collection::vec;
use proptest::prelude::*;
use seatable_io_backup::*;
use seatable_io_proto::{BaseUuid, Endpoint as _, ListWorkspaces, Listing};
use serde_json::json;

/// One base is shared.
const BASES: [(&str, bool); 3] = [("u", false), ("v", false), ("s", true)];

/// A run of the backup.
#[derive(Clone, Debug)]
struct Night {
    /// A clock may be wrong.
    now: i64,
    /// Whether each base is on the server, is excluded, and whether its export fails, for one of two causes.
    bases: Vec<(bool, bool, Option<bool>)>,
    shared: bool,
    is_complete: bool,
}

impl Night {
    fn lists(&self, base: usize) -> bool {
        self.bases[base].0 && (self.shared || !BASES[base].1)
    }

    /// Whether the listing would have the base if it were on the server.
    fn proves(&self, base: usize) -> bool {
        self.is_complete && (self.shared || !BASES[base].1)
    }

    fn listing(&self) -> Listing {
        let of = |shared: bool| {
            let own = (0..3).filter(move |base| self.lists(*base) && BASES[*base].1 == shared);
            own.map(|base| json!({"uuid": BASES[base].0, "name": "a", "workspace_id": 1})).collect::<Vec<_>>()
        };
        let workspaces = json!([{"id": 1, "name": "p", "type": "personal", "table_list": of(false)},
            {"id": "", "type": "shared", "shared_table_list": of(true)}]);
        let response = Response::new(json!({ "workspace_list": workspaces }).to_string());
        let mut listing = ListWorkspaces::parse(response).unwrap();
        listing.not_understood = usize::from(!self.is_complete);
        listing
    }

    /// Appends the lines of this night to the catalogue. Returns the time since which each failure is as before.
    fn run(&self, journal: &mut String) -> Vec<Option<Timestamp>> {
        let (now, mut since) = (at(self.now), vec![None; 3]);
        let place = |uuid: &BaseUuid| BASES.iter().position(|(base, _)| *base == uuid.as_str()).unwrap();
        let excluded = (0..3).filter(|base| self.bases[*base].1).map(|base| BASES[base].0.to_owned());
        let options = Options::default().shared(self.shared).exclude(excluded.collect());
        let listing = self.listing();
        let read = Catalogue::read(journal.as_bytes());
        let plans = plan(&listing, &read, |_| None, &options, now).unwrap();
        let events = changes(&listing, &plans, &read, &options, now);
        journal.extend(events.iter().map(BaseEvent::line));
        for plan in plans.iter().filter(|plan| plan.action == Action::Copy) {
            let read = Catalogue::read(journal.as_bytes());
            let uuid = &plan.listed.base.uuid;
            let Some(is_first) = self.bases[place(uuid)].2 else {
                let file = plan.file(now, |file| read.contains(file));
                journal
                    .push_str(&plan.saved("https://a.example/", file, now, 1, Checksum::new([7; 32])).line());
                continue;
            };
            let cause = Cause::new("auth", Some(403), if is_first { "no 1" } else { "never 2" });
            match plan.failed(cause, &read, now) {
                Failed::AsSince(time) => since[place(uuid)] = Some(time),
                Failed::New(event) => journal.push_str(&event.line()),
            }
        }
        since
    }
}

fn at(hours: i64) -> Timestamp {
    Timestamp::from_unix(hours * 3600).unwrap()
}

fn nights() -> impl Strategy<Value = Vec<Night>> {
    let base =
        (prop::bool::weighted(0.7), prop::bool::weighted(0.2), prop::option::weighted(0.4, any::<bool>()));
    let night = (0..400_i64, vec(base, 3), any::<bool>(), prop::bool::weighted(0.8));
    let night = night.prop_map(|(now, bases, shared, is_complete)| Night { now, bases, shared, is_complete });
    vec(night, 1..9)
}

fn journal(nights: &[Night]) -> String {
    let mut journal = String::new();
    for night in nights {
        night.run(&mut journal);
    }
    journal
}

/// The first night since which each listing that could show the base has lacked it.
fn gone_since(nights: &[Night], base: usize) -> Option<Timestamp> {
    let last = nights.iter().rposition(|night| night.lists(base))?;
    nights[last + 1..].iter().find(|night| night.proves(base)).map(|night| at(night.now))
}

/// The first night of the failures for one cause that end with the last night.
fn failing_since(nights: &[Night], base: usize) -> Option<usize> {
    let (last, cause) = (nights.len() - 1, nights[nights.len() - 1].bases[base].2?);
    let fails =
        |night: &Night| night.lists(base) && !night.bases[base].1 && night.bases[base].2 == Some(cause);
    // A night that did not list the base ends its failures only if it proves that it was gone.
    let says_nothing = |night: &Night| !night.lists(base) && !night.proves(base);
    fails(&nights[last]).then_some(())?;
    let start =
        nights.iter().rposition(|night| !fails(night) && !says_nothing(night)).map_or(0, |end| end + 1);
    nights[start..].iter().position(fails).map(|first| start + first)
}

proptest! {
    #[test]
    fn a_base_is_gone_since_the_first_complete_listing_without_it(nights in nights()) {
        let journal = journal(&nights);
        let read = Catalogue::read(journal.as_bytes());
        prop_assert!(read.broken().is_empty());
        for (base, (uuid, _)) in BASES.iter().enumerate() {
            prop_assert_eq!(read.gone_since(&uuid.parse().unwrap()), gone_since(&nights, base), "{} {}", uuid, &journal);
        }
    }

    #[test]
    fn a_base_is_gone_for_long_if_no_later_listing_had_it(nights in nights(), hours in 1..200_u64, now in 0..500_i64) {
        let journal = journal(&nights);
        let (read, limit) = (Catalogue::read(journal.as_bytes()), Duration::from_secs(hours * 3600));
        for (base, (uuid, _)) in BASES.iter().enumerate() {
            let time = gone_since(&nights, base).and_then(|since| at(now).since(since));
            let is_gone = read.is_gone_for(&uuid.parse().unwrap(), limit, at(now));
            prop_assert_eq!(is_gone, time.is_some_and(|time| time >= limit), "{} {}", uuid, &journal);
        }
    }

    #[test]
    fn a_failure_is_as_before_since_the_first_of_its_kind(nights in nights()) {
        let mut journal = String::new();
        for (night, done) in (1..).zip(&nights) {
            let since = done.run(&mut journal);
            for base in 0..3 {
                let first = failing_since(&nights[..night], base).filter(|first| *first < night - 1);
                let expected = first.map(|first| at(nights[first].now.min(done.now)));
                prop_assert_eq!(since[base], expected, "{} {}", BASES[base].0, &journal);
            }
        }
    }
}
