//! What holds for any account, any catalogue and any night.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::time::Duration;

use http::Response;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use seatable_io_backup::*;
use seatable_io_proto::{Endpoint as _, ListWorkspaces, Listing};
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;

const NAMES: [&str; 12] =
    ["a", "A", "ä", "a\u{308}", "Ä", "", "a/b", "a%2Fb", "a u1", "A u1", "con", "2026-11-23T020000Z.dtable"];
const URL: &str = "https://seatable.example/";
const NIGHT: i64 = 86_400;

/// An account whose bases have few uuids and difficult names, with the bases in another order every time.
fn accounts() -> impl Strategy<Value = Listing> {
    let base = (0..8_u8, select(&NAMES[..]), 1..4_u64, select(vec!["g", "G", "shared", "", "1"]));
    vec(base, 0..10).prop_shuffle().prop_map(|bases| {
        let workspaces = bases.into_iter().map(|(uuid, name, id, workspace)| {
            json!({"id": id, "name": workspace, "is_admin": true, "table_list": [
                {"uuid": format!("u{uuid}"), "name": name, "updated_at": "2026-01-01T00:00:00Z"}]})
        });
        let answer = json!({"workspace_list": workspaces.collect::<Value>()});
        ListWorkspaces::parse(Response::new(answer.to_string())).unwrap()
    })
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_800_000_000 + seconds).unwrap()
}

/// What two names have in common that a file system may take for one.
fn folded(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase().nfc().collect()
}

/// A folder on a file system that takes such names for one.
#[derive(Clone, Default)]
struct Disk {
    files: BTreeMap<String, u64>,
    journal: Vec<u8>,
}

impl Disk {
    fn size_of(&self, file: &CopyPath) -> Option<u64> {
        self.files.get(&folded(file.as_str())).copied()
    }

    fn catalogue(&self) -> Catalogue {
        Catalogue::read(&self.journal)
    }

    /// Makes the copies of a night, of which the first `done` succeed before the machine stops; returns what was copied.
    fn night(
        &mut self,
        listing: &Listing,
        options: &Options,
        keep: usize,
        now: i64,
        done: usize,
    ) -> Vec<String> {
        let mut catalogue = self.catalogue();
        let jobs = plan(listing, &catalogue, |file| self.size_of(file), options, at(now)).unwrap();
        let mut copied = Vec::new();
        for job in jobs.iter().filter(|job| job.action == Action::Copy).take(done) {
            let file = job.file(at(now), |file| self.size_of(file).is_some());
            assert_eq!(CopyPath::new(file.as_str()).as_ref(), Ok(&file));
            assert_eq!(self.files.insert(folded(file.as_str()), 100), None, "never replaced");
            let copy = job.saved(URL, file, at(now), 100, Checksum::new([7; 32]));
            self.journal.extend(copy.line().bytes());
            catalogue.insert(copy);
            let uuid = &job.listed.base.uuid;
            let keep = NonZeroUsize::new(keep).unwrap();
            for old in catalogue.superseded(uuid, keep, |file| self.size_of(file)) {
                self.journal.extend(removal_line(&old, at(now)).bytes());
                catalogue.remove(&old);
                self.files.remove(&folded(old.as_str()));
            }
            copied.push(uuid.to_string());
        }
        assert!(self.catalogue().copies().eq(catalogue.copies()), "what is read is what was written");
        copied
    }
}

proptest! {
    #[test]
    fn no_two_bases_share_a_folder(listings in vec(accounts(), 1..4)) {
        let (mut disk, mut owners) = (Disk::default(), BTreeMap::new());
        for (night, listing) in (0..).zip(&listings) {
            disk.night(listing, &Options::default(), 9, night * NIGHT, 99);
        }
        for copy in disk.catalogue().copies() {
            let folder = copy.file.as_str().rsplit_once('/').unwrap().0;
            prop_assert_eq!(copy.file.names().count(), 3);
            let owner = owners.entry(folded(folder)).or_insert_with(|| copy.base.uuid.clone());
            prop_assert_eq!(owner, &copy.base.uuid);
        }
    }

    #[test]
    fn a_repeated_run_copies_nothing_twice_and_forgets_nothing(
        listing in accounts(), stops in vec(0..5_usize, 0..4), shuffle: bool,
    ) {
        let options = Options { max_age: Some(Duration::from_secs(20 * 3600)), ..Options::default() };
        let (mut disk, mut copied) = (Disk::default(), Vec::new());
        for (minute, stop) in (0..).zip(stops.into_iter().chain([99])) {
            copied.extend(disk.night(&listing, &options, 1, minute * 60, stop));
        }
        let all: BTreeSet<_> = listing.bases.iter().map(|listed| listed.base.uuid.to_string()).collect();
        prop_assert_eq!(copied.len(), all.len());
        prop_assert_eq!(copied.into_iter().collect::<BTreeSet<_>>(), all);
        let changed = Options { changed: shuffle, max_age: options.max_age, ..Options::default() };
        prop_assert!(disk.night(&listing, &changed, 1, 3600, 99).is_empty());
    }

    #[test]
    fn however_many_nights_fail_the_last_copies_stay(
        nights in vec((accounts(), 1..4_usize, 0..9_usize, vec(any::<prop::sample::Index>(), 0..3)), 1..6),
    ) {
        let (mut disk, mut copied) = (Disk::default(), BTreeSet::new());
        for (night, (listing, keep, done, lost)) in (0..).zip(nights) {
            copied.extend(disk.night(&listing, &Options::default(), keep, night * NIGHT, done));
            for index in lost {
                // Somebody damages a file, but never the last of a base.
                let catalogue = disk.catalogue();
                let good: Vec<_> =
                    catalogue.copies().filter(|copy| disk.size_of(&copy.file) == Some(100)).collect();
                if good.is_empty() { continue }
                let copy = index.get(&good);
                if good.iter().filter(|other| other.base.uuid == copy.base.uuid).count() > 1 {
                    disk.files.insert(folded(copy.file.as_str()), 99);
                }
            }
        }
        let catalogue = disk.catalogue();
        let good = catalogue.copies().filter(|copy| disk.size_of(&copy.file) == Some(copy.bytes));
        prop_assert_eq!(good.map(|copy| copy.base.uuid.to_string()).collect::<BTreeSet<_>>(), copied);
    }

    #[test]
    fn a_plan_depends_on_nothing_else(listing in accounts(), other in accounts(), now in 0..NIGHT) {
        let mut disk = Disk::default();
        disk.night(&other, &Options::default(), 2, 0, 4);
        let options = Options { max_age: Some(Duration::from_secs(3600)), changed: true, ..Options::default() };
        let planned = |listing: &Listing| plan(listing, &disk.catalogue(), |file| disk.size_of(file), &options, at(now));
        prop_assert_eq!(planned(&listing), planned(&listing.clone()));
        for job in planned(&listing).unwrap() {
            let only = Options {
                bases: vec![job.listed.base.name.clone()], workspaces: vec![job.listed.workspace], ..options.clone()
            };
            let chosen = plan(&listing, &disk.catalogue(), |file| disk.size_of(file), &only, at(now)).unwrap();
            prop_assert!(chosen.contains(&job), "the same as in the plan for all");
        }
    }

    #[test]
    fn whatever_the_catalogue_contains_only_what_it_records_counts(
        listing in accounts(), noise in vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 0..6), cut: prop::sample::Index,
    ) {
        let mut disk = Disk::default();
        disk.night(&listing, &Options::default(), 9, 0, 99);
        let mut bytes = disk.journal;
        for (place, byte, is_newline) in noise {
            bytes.insert(place.index(bytes.len() + 1), if is_newline { b'\n' } else { byte });
        }
        bytes.truncate(cut.index(bytes.len() + 1));
        let read = Catalogue::read(&bytes);
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        prop_assert_eq!(read.torn_at(), (end < bytes.len()).then_some(end as u64));
        // What is not UTF-8 does not matter where a line has other keys.
        let text = String::from_utf8_lossy(&bytes[..end]);
        let lines: Vec<Value> = text.split('\n').filter_map(|line| serde_json::from_str(line).ok()).collect();
        for copy in read.copies() {
            let is_line = |line: &Value| {
                line["file"] == copy.file.as_str() && line["bytes"] == copy.bytes && line["sha256"] == copy.sha256.to_string()
            };
            prop_assert!(lines.iter().any(is_line), "{:?}", copy);
        }
        let [again, twice] = [&bytes[..end], &[&bytes[..end], &bytes[..end]].concat()].map(Catalogue::read);
        prop_assert!(again.copies().eq(read.copies()) && twice.copies().eq(read.copies()));
    }

    #[test]
    fn any_bytes_are_a_catalogue(bytes in vec(any::<u8>(), 0..200)) {
        let read = Catalogue::read(&bytes);
        prop_assert!(read.copies().count() == 0 && read.broken().len() <= bytes.len());
    }

    #[test]
    fn what_is_restored_was_recorded_under_its_name_and_each_name_once(
        listings in vec(accounts(), 1..4), suffix in "[a ]{0,2}", from in prop::option::of(1..4_u64),
    ) {
        let mut disk = Disk::default();
        for (night, listing) in (0..).zip(&listings) {
            disk.night(listing, &Options::default(), 9, night * NIGHT, 99);
        }
        let catalogue = disk.catalogue();
        let options = RestoreOptions { from, suffix: suffix.clone(), ..RestoreOptions::default() };
        let Ok(all) = restore(&catalogue, &options) else { return Ok(()) };
        let names: BTreeSet<String> = all.iter().map(|it| it.copy.base.name.nfc().collect()).collect();
        prop_assert_eq!(names.len(), all.len());
        for it in &all {
            let name = format!("{}{suffix}", it.copy.base.name);
            prop_assert!(it.name.as_ref().map_or(true, |sent| sent.base() == name));
            prop_assert!(from.is_none_or(|id| it.copy.workspace_id == id));
            let newer = catalogue.copies().skip_while(|copy| *copy != &it.copy).skip(1);
            prop_assert!(newer.into_iter().all(|copy| copy.base.uuid != it.copy.base.uuid || from.is_some()));
        }
    }
}
