//! Properties of any account, any catalogue and any night.

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

/// An account whose bases have few uuids, difficult names, and any order.
fn accounts() -> impl Strategy<Value = Listing> {
    let base = (0..8_u8, select(&NAMES[..]), 1..4_u64, select(vec!["g", "G", "shared", "", "1"]));
    vec(base, 0..10).prop_shuffle().prop_map(|bases| {
        let workspaces = bases.into_iter().map(|(uuid, name, id, workspace)| {
            json!({"id": id, "name": workspace, "is_admin": true, "table_list": [
                {"uuid": format!("u{uuid}"), "name": name, "updated_at": "2026-01-01T00:00:00Z"}]})
        });
        let response = json!({"workspace_list": workspaces.collect::<Value>()});
        ListWorkspaces::parse(Response::new(response.to_string())).unwrap()
    })
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_800_000_000 + seconds).unwrap()
}

/// Names that a file system may consider the same become the same.
fn folded(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase().nfc().collect()
}

/// A folder on a file system that considers [`folded`] names the same.
#[derive(Clone, Default)]
struct Disk {
    files: BTreeMap<String, u64>,
    journal: Vec<u8>,
    /// The number of assets that each copy of a night lacks; other copies lack none.
    lacking: Vec<u64>,
}

impl Disk {
    fn size_of(&self, file: &CopyPath) -> Option<u64> {
        self.files.get(&folded(file.as_str())).copied()
    }

    fn catalogue(&self) -> Catalogue {
        Catalogue::read(&self.journal)
    }

    /// Makes the first `done` copies of a night, until the machine stops. Returns the bases that were copied.
    fn night(
        &mut self,
        listing: &Listing,
        options: &Options,
        keep: usize,
        now: i64,
        done: usize,
    ) -> Vec<String> {
        let mut catalogue = self.catalogue();
        let plans = plan(listing, &catalogue, |file| self.size_of(file), options, at(now)).unwrap();
        let mut copied = Vec::new();
        for base in plans.iter().filter(|base| base.action == Action::Copy).take(done) {
            let file = base.file(at(now), |file| self.size_of(file).is_some());
            assert_eq!(CopyPath::new(file.as_str()).as_ref(), Ok(&file));
            assert_eq!(self.files.insert(folded(file.as_str()), 100), None, "never replaced");
            let mut copy = base.saved(URL, file, at(now), 100, Checksum::new([7; 32]));
            copy.assets_missing = self.lacking.get(copied.len()).copied().unwrap_or_default();
            self.journal.extend(copy.line().bytes());
            catalogue.insert(&copy);
            let uuid = &base.listed.base.uuid;
            let policy = RetentionPolicy::default().keep(NonZeroUsize::new(keep));
            let superseded =
                catalogue.superseded(uuid, &policy, at(now), |_| 0, false, |file| self.size_of(file));
            for old in superseded.map(|copy| copy.file.clone()).collect::<Vec<_>>() {
                self.journal.extend(removal_line(&old, at(now)).bytes());
                catalogue.remove(&old);
                self.files.remove(&folded(old.as_str()));
            }
            copied.push(uuid.to_string());
        }
        assert!(self.catalogue().copies().eq(catalogue.copies()), "written lines are read back");
        copied
    }

    /// The number of assets that the most complete copy of each base lacks, according to all lines that were ever written.
    fn best(&self) -> BTreeMap<String, u64> {
        let mut best = BTreeMap::new();
        for line in self.journal.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line: Value = serde_json::from_slice(line).unwrap();
            let (Some(uuid), Some(missing)) =
                (line["base"]["uuid"].as_str(), line["assets_missing"].as_u64())
            else {
                continue;
            };
            if self.files.get(&folded(line["file"].as_str().unwrap())) == Some(&100) {
                let best = best.entry(uuid.to_owned()).or_insert(missing);
                *best = missing.min(*best);
            }
        }
        best
    }

    /// Removes a copy by hand, as the guide says.
    fn remove(&mut self, which: prop::sample::Index, now: i64) {
        let catalogue = self.catalogue();
        let copies: Vec<_> = catalogue.copies().collect();
        if !copies.is_empty() {
            let file = &which.get(&copies).file;
            self.journal.extend(removal_line(file, at(now)).bytes());
            self.files.remove(&folded(file.as_str()));
        }
    }

    /// Damages a good file.
    fn damage(&mut self, which: prop::sample::Index) {
        let good: Vec<_> =
            self.files.iter().filter(|(_, size)| **size == 100).map(|(file, _)| file.clone()).collect();
        if !good.is_empty() {
            self.files.insert(which.get(&good).clone(), 99);
        }
    }
}

/// Parts of a catalogue, and ends of lines that are too long.
fn parts() -> Vec<Vec<u8>> {
    let texts = ["\u{feff}", "\u{feff}\u{feff}", "\n", "\r\n", " ", "\0", "{", "{}", "é"].map(Vec::from);
    let copies = ["a", "b"].map(|name| {
        format!(
            r#"{{"file":"1 g/{name}/c.dtable","server":"{URL}","workspace_id":1,"workspace":"g","base":{{"uuid":"{name}",
            "name":"{name}"}},"started":"2026-11-23T02:00:00Z","bytes":1,"sha256":"{:064}","assets_missing":0}}"#, 0
        ).replace(['\n', ' '], "").replace("1g", "1 g").into_bytes()
    });
    let file = CopyPath::new("1 g/a/c.dtable").unwrap();
    let removal = removal_line(&file, at(0)).into_bytes();
    let long = [65_535, 65_536, 65_537].map(|len| [vec![b' '; len - 2], b"{}".to_vec()].concat());
    [&texts[..], &copies[..], &[removal], &long[..]].concat()
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
    fn a_repeated_run_copies_each_base_once(
        listing in accounts(), stops in vec(0..5_usize, 0..4), shuffle: bool,
    ) {
        let options = Options::default().max_age(Duration::from_secs(20 * 3600));
        let (mut disk, mut copied) = (Disk::default(), Vec::new());
        for (minute, stop) in (0..).zip(stops.into_iter().chain([99])) {
            copied.extend(disk.night(&listing, &options, 1, minute * 60, stop));
        }
        let all: BTreeSet<_> = listing.bases.iter().map(|listed| listed.base.uuid.to_string()).collect();
        prop_assert_eq!(copied.len(), all.len());
        prop_assert_eq!(copied.into_iter().collect::<BTreeSet<_>>(), all);
        let changed = options.clone().changed(shuffle);
        prop_assert!(disk.night(&listing, &changed, 1, 3600, 99).is_empty());
    }

    #[test]
    fn the_last_copies_stay_however_many_nights_fail(
        nights in vec((accounts(), 1..4_usize, 0..9_usize, vec(any::<prop::sample::Index>(), 0..3)), 1..6),
    ) {
        let (mut disk, mut copied) = (Disk::default(), BTreeSet::new());
        for (night, (listing, keep, done, lost)) in (0..).zip(nights) {
            copied.extend(disk.night(&listing, &Options::default(), keep, night * NIGHT, done));
            for index in lost {
                // Files are damaged, but never the last good one of a base.
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
    fn the_richest_copy_of_a_base_never_goes(
        listing in accounts(),
        nights in vec((1..4_usize, 0..9_usize, vec(0..4_u64, 10), vec((any::<prop::sample::Index>(), any::<bool>()), 0..3)), 1..9),
    ) {
        let (mut disk, mut kept) = (Disk::default(), BTreeMap::new());
        for (night, (keep, done, missing, lost)) in (0..).zip(nights) {
            let before = disk.best();
            disk.lacking = missing;
            disk.night(&listing, &Options::default(), keep, night * NIGHT, done);
            let after = disk.best();
            for (uuid, best) in before {
                prop_assert!(after.get(&uuid).is_some_and(|after| *after <= best), "{uuid} lost its richest copy");
            }
            for (which, is_removed) in lost {
                if is_removed { disk.remove(which, night * NIGHT) } else { disk.damage(which) }
            }
            kept = disk.best();
        }
        let catalogue = disk.catalogue();
        let good = catalogue.copies().filter(|copy| disk.size_of(&copy.file) == Some(100));
        prop_assert_eq!(good.map(|copy| copy.base.uuid.to_string()).collect::<BTreeSet<_>>(), kept.into_keys().collect());
    }

    #[test]
    fn a_plan_depends_only_on_its_inputs(listing in accounts(), other in accounts(), now in 0..NIGHT) {
        let mut disk = Disk::default();
        disk.night(&other, &Options::default(), 2, 0, 4);
        let options = Options::default().max_age(Duration::from_secs(3600)).changed(true);
        let planned = |listing: &Listing| plan(listing, &disk.catalogue(), |file| disk.size_of(file), &options, at(now));
        prop_assert_eq!(planned(&listing), planned(&listing.clone()));
        for base in planned(&listing).unwrap() {
            let only = options.clone().bases(vec![base.listed.base.name.clone()]).workspaces(vec![base.listed.workspace]);
            let chosen = plan(&listing, &disk.catalogue(), |file| disk.size_of(file), &only, at(now)).unwrap();
            prop_assert!(chosen.contains(&base), "the same as in the plan for all");
        }
    }

    #[test]
    fn only_recorded_copies_count_in_a_damaged_catalogue(
        listing in accounts(), noise in vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 0..6), cut: prop::sample::Index,
    ) {
        let mut disk = Disk::default();
        disk.night(&listing, &Options::default(), 9, 0, 99);
        let mut bytes = disk.journal.clone();
        for (place, byte, is_newline) in noise {
            bytes.insert(place.index(bytes.len() + 1), if is_newline { b'\n' } else { byte });
        }
        bytes.truncate(cut.index(bytes.len() + 1));
        let read = Catalogue::read(&bytes);
        let start = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let is_whole = serde_json::from_slice::<serde::de::IgnoredAny>(&bytes[start..]).is_ok();
        let ending = match bytes.len() {
            len if start == len => Ending::LineFeed,
            _ if is_whole => Ending::NoLineFeed,
            _ => Ending::Torn(start as u64),
        };
        prop_assert_eq!(read.ending(), ending);
        let end = if is_whole { bytes.len() } else { start };
        bytes.truncate(end);
        if is_whole {
            bytes.push(b'\n');
        }
        let end = bytes.len();
        // Bytes that are not UTF-8 do not matter in unknown keys.
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
    fn a_catalogue_may_be_read_in_any_chunks(
        parts in vec(select(parts()), 0..9), cuts in vec(any::<prop::sample::Index>(), 0..9),
    ) {
        let bytes = parts.concat();
        let whole = Catalogue::read(&bytes);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        let mut reader = CatalogueReader::default();
        for pair in cuts.windows(2) {
            reader.chunk(&bytes[pair[0]..pair[1]]);
        }
        let read = reader.finish();
        prop_assert!(read.copies().eq(whole.copies()) && read.removed().eq(whole.removed()));
        prop_assert_eq!((read.broken(), read.ending()), (whole.broken(), whole.ending()));
    }

    #[test]
    fn any_bytes_are_a_catalogue(bytes in vec(any::<u8>(), 0..200)) {
        let read = Catalogue::read(&bytes);
        prop_assert!(read.copies().count() == 0 && read.broken().len() <= bytes.len());
    }

    #[test]
    fn each_base_is_restored_or_named(
        listings in vec(accounts(), 1..4), suffix in "[a ]{0,2}", from in prop::option::of(1..4_u64), until in prop::option::of(0..4_i64),
    ) {
        let mut disk = Disk::default();
        for (night, listing) in (0..).zip(&listings) {
            disk.night(listing, &Options::default(), 9, night * NIGHT, 99);
        }
        let catalogue = disk.catalogue();
        let until = until.map(|night| at(night * NIGHT - 1));
        let options = RestoreOptions::default().from(from).at(until).suffix(suffix.clone());
        let is_from = |copy: &SavedCopy| from.is_none_or(|id| copy.workspace_id == id);
        let is_old = |copy: &SavedCopy| until.is_none_or(|until| copy.started <= until);
        let Ok(all) = restore(&catalogue, &options, |file| disk.size_of(file)) else {
            prop_assert_eq!(catalogue.copies().filter(is_from).filter(is_old).count(), 0);
            return Ok(());
        };
        let all: Vec<_> = all.collect();
        let bases: BTreeSet<_> = catalogue.copies().filter(is_from).map(|copy| copy.base.uuid.clone()).collect();
        prop_assert_eq!(all.len(), bases.len());
        prop_assert_eq!(all.iter().map(|restored| restored.copy.base.uuid.clone()).collect::<BTreeSet<_>>(), bases);
        let mut sent = BTreeSet::new();
        for restored in &all {
            let mut own = catalogue.copies_of(&restored.copy.base.uuid).filter(is_from);
            match &restored.name {
                Ok(name) => {
                    prop_assert_eq!(name.base(), format!("{}{suffix}", restored.copy.base.name));
                    prop_assert!(sent.insert(folded(name.base()).trim_end().replace(['ä', 'Ä'], "a")), "one name twice");
                    prop_assert_eq!(own.find(is_old), Some(restored.copy.clone()));
                }
                Err(NotRestored::NotOldEnough(oldest)) => prop_assert_eq!(own.map(|copy| copy.started).min(), Some(*oldest)),
                Err(_) => prop_assert_eq!(own.find(is_old), Some(restored.copy.clone())),
            }
        }
        prop_assert!(all.is_sorted_by_key(|restored| restored.name.is_ok()), "bases that are not restored come first");
    }
}
