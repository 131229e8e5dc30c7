use std::time::Duration;

use seatable_io_proto::{Base, BaseName, ListedBase, Listing};

use crate::chosen::Chosen;
use crate::folders::Folders;
use crate::{Catalogue, Checksum, CopyPath, NotListed, SavedBase, SavedCopy, Timestamp};

/// How old a stamp must have been when a copy was made, for an equal one to mean that nothing has changed since. Servers
/// write it up to ten minutes late.
const SETTLED: Duration = Duration::from_secs(30 * 60);

/// Which bases to back up, and which of them to skip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Only these workspaces; all if there are none.
    pub workspaces: Vec<u64>,
    /// Only bases with these names; all if there are none.
    pub bases: Vec<String>,
    /// Also bases that others shared with the account or one of its groups.
    pub shared: bool,
    /// Skips bases that have a copy younger than this.
    pub max_age: Option<Duration>,
    /// Skips bases whose `updated_at` is that of the last copy, and was at least 30 minutes old when that was made.
    pub changed: bool,
}

/// What to do about one base.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Job {
    /// The base.
    pub listed: ListedBase,
    /// What to do.
    pub action: Action,
    folder: String,
}

/// What to do about a base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Make a copy.
    Copy,
    /// Make none, because this one is there.
    Skip(SavedCopy, Reason),
}

/// Why no copy is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The copy is young enough.
    Recent,
    /// The base does not seem to have changed since.
    SameStamp,
}

/// The chosen bases, in the order of the listing.
pub fn select<'a>(listing: &'a Listing, options: &Options) -> Result<Vec<&'a ListedBase>, NotListed> {
    let mut chosen = scope(listing, options);
    let by = Chosen::new(listing, &chosen, options)?;
    chosen.retain(|listed| by.contains(listed));
    Ok(chosen)
}

fn scope<'a>(listing: &'a Listing, options: &Options) -> Vec<&'a ListedBase> {
    let is_in_scope = |listed: &&ListedBase| {
        listed.access.is_administered() || (options.shared && listed.access.is_shared())
    };
    listing.bases.iter().filter(is_in_scope).collect()
}

/// What to do about each chosen base, in the order of the listing. `size_of` is the size of a file, if it is there.
///
/// The folder of a base depends on the listing and the catalogue, not on what is chosen.
pub fn plan(
    listing: &Listing,
    catalogue: &Catalogue,
    size_of: impl Fn(&CopyPath) -> Option<u64>,
    options: &Options,
    now: Timestamp,
) -> Result<Vec<Job>, NotListed> {
    let scope = scope(listing, options);
    let chosen = Chosen::new(listing, &scope, options)?;
    let mut folders = Folders::of(catalogue);
    let mut jobs = Vec::new();
    for listed in scope {
        let folder = folders.assign(listed);
        if chosen.contains(listed) {
            let is_there = |copy: &&SavedCopy| size_of(&copy.file) == Some(copy.bytes);
            let action = action(listed, catalogue.copies_of(&listed.base.uuid).rev(), is_there, options, now);
            jobs.push(Job { listed: listed.clone(), action, folder });
        }
    }
    Ok(jobs)
}

/// `copies` are those of the base, the last one first.
fn action<'a>(
    listed: &ListedBase,
    mut copies: impl Iterator<Item = &'a SavedCopy> + Clone,
    is_there: impl Fn(&&SavedCopy) -> bool,
    options: &Options,
    now: Timestamp,
) -> Action {
    // A copy from the future tells that a clock was wrong, not that it is young.
    let is_recent = |copy: &SavedCopy| {
        now.since(copy.started).is_some_and(|age| options.max_age.is_some_and(|max| age < max))
    };
    if let Some(copy) = copies.clone().find(|copy| is_recent(copy) && is_there(copy)) {
        return Action::Skip(copy.clone(), Reason::Recent);
    }
    let last = if options.changed { copies.find(is_there) } else { None };
    match last.filter(|copy| is_unchanged(copy, listed.base.updated_at.as_deref())) {
        Some(copy) => Action::Skip(copy.clone(), Reason::SameStamp),
        None => Action::Copy,
    }
}

fn is_unchanged(copy: &SavedCopy, updated_at: Option<&str>) -> bool {
    let stamp = updated_at.filter(|stamp| copy.base.updated_at.as_deref() == Some(*stamp));
    let stamp: Option<Timestamp> = stamp.and_then(|stamp| stamp.parse().ok());
    stamp.and_then(|stamp| copy.started.since(stamp)).is_some_and(|age| age >= SETTLED)
}

impl Job {
    /// The folder for the copies of this base, with `/` between the names.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// Whether this base was exported, if the server said which one, or at least its `name`: another base may have taken the
    /// name after the listing, or have one that the server takes for the same.
    pub fn is_of(&self, exported: Option<&Base>, name: Option<&str>) -> bool {
        let own = &self.listed.base;
        match (exported, name) {
            (Some(exported), _) => exported.uuid == own.uuid,
            (None, Some(name)) => BaseName::new(name).is_ok_and(|name| name.is_name_of(own)),
            (None, None) => true,
        }
    }

    /// The file for a copy that begins now: a name that is not taken yet.
    pub fn file(&self, started: Timestamp, is_taken: impl Fn(&CopyPath) -> bool) -> CopyPath {
        let name =
            |more: &str| CopyPath::within(&self.folder, &format!("{}{more}.dtable", started.in_file_name()));
        let others = (2_u64..).map(|number| name(&format!("-{number}")));
        std::iter::once(name("")).chain(others).find(|file| !is_taken(file)).unwrap_or_else(|| name("-0"))
    }

    /// The record of a copy, made of what the listing said before the export. No assets are missing from it.
    pub fn saved(
        &self,
        server: &str,
        file: CopyPath,
        started: Timestamp,
        bytes: u64,
        sha256: Checksum,
    ) -> SavedCopy {
        SavedCopy {
            file,
            server: server.to_owned(),
            workspace_id: self.listed.workspace,
            workspace: self.listed.workspace_name.clone(),
            base: SavedBase::from(&self.listed.base),
            started,
            bytes,
            sha256,
            assets_missing: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{at, catalogue, copy, listing, personal, there};

    const NOW: i64 = 1_000_000;
    const HOUR: i64 = 3600;

    fn account() -> Value {
        json!([
            {"id": "", "shared_table_list": [{"uuid": "s", "name": "theirs", "workspace_id": 9}]},
            personal(204, &[("u1", "Größe"), ("u2", "plans")]),
            {"id": 205, "name": "team", "is_admin": true, "table_list": [{"uuid": "u3", "name": "plans"}]},
            {"id": 206, "name": "club", "is_admin": false, "table_list": [{"uuid": "m", "name": "songs"}]},
        ])
    }

    fn planned(options: &Options) -> Result<Vec<String>, NotListed> {
        let jobs = plan(&listing(&account()), &Catalogue::default(), there, options, at(NOW))?;
        Ok(jobs.iter().map(|job| job.folder().to_owned()).collect())
    }

    /// What is done about base `u`, which changed at `updated`, with these copies of it.
    fn action_for(copies: &[SavedCopy], updated: &str, options: &Options) -> Action {
        let base = json!({"uuid": "u", "name": "a", "updated_at": updated});
        let listing = listing(&json!([{"id": 204, "is_admin": true, "table_list": [base]}]));
        let mut jobs = plan(&listing, &catalogue(copies), there, options, at(NOW)).unwrap();
        jobs.remove(0).action
    }

    fn stamped(started: i64, updated: i64) -> SavedCopy {
        let mut copy = copy("u", "a", started);
        copy.base.updated_at = Some(at(updated).to_string());
        copy
    }

    #[test]
    fn every_base_that_the_account_administers_is_copied() {
        let all = ["204 personal/Größe", "204 personal/plans", "205 team/plans"];
        assert_eq!(planned(&Options::default()).unwrap(), all);
        let shared = planned(&Options { shared: true, ..Options::default() }).unwrap();
        assert_eq!(shared, [&["9 shared/theirs"], &all[..]].concat());
    }

    #[test]
    fn fact_19_bases_are_chosen_by_workspace_and_by_name_in_nfc() {
        let by_name = |name: &str| Options { bases: vec![name.to_owned()], ..Options::default() };
        for name in ["Gro\u{308}ße", "Gr\u{f6}ße"] {
            assert_eq!(planned(&by_name(name)).unwrap(), ["204 personal/Größe"]);
        }
        assert_eq!(planned(&by_name("plans")).unwrap().len(), 2);
        let options = Options { workspaces: vec![205], ..by_name("plans") };
        assert_eq!(planned(&options).unwrap(), ["205 team/plans"]);
    }

    #[test]
    fn what_is_not_listed_is_named_before_anything_is_done() {
        let options =
            Options { workspaces: vec![205, 9, 7], bases: vec!["Größe".to_owned()], ..Options::default() };
        let missing = planned(&options).unwrap_err();
        assert_eq!(missing.to_string(), "not found in the account: workspace 9, workspace 7, base Größe");
        assert!(planned(&Options { workspaces: vec![9], shared: true, ..Options::default() }).is_ok());
        let options = Options { bases: vec!["songs".to_owned()], ..Options::default() };
        assert_eq!(planned(&options).unwrap_err().bases, ["songs"]);
    }

    #[test]
    fn a_base_with_a_young_copy_is_skipped() {
        let options = Options { max_age: Some(Duration::from_secs(20 * 3600)), ..Options::default() };
        let action = |age| action_for(&[copy("u", "a", NOW - age)], "", &options);
        assert_eq!(action(20 * HOUR), Action::Copy);
        assert_eq!(action(20 * HOUR - 1), Action::Skip(copy("u", "a", NOW - 20 * HOUR + 1), Reason::Recent));
        assert_eq!(action(-1), Action::Copy, "a copy from the future");
        assert_eq!(action_for(&[copy("v", "a", NOW)], "", &options), Action::Copy, "of another base");
    }

    #[test]
    fn fact_16_a_base_whose_stamp_had_settled_when_it_was_copied_is_skipped() {
        let options = Options { changed: true, ..Options::default() };
        let action = |copies: &[SavedCopy], updated| action_for(copies, &at(updated).to_string(), &options);
        let settled = stamped(9000, 9000 - HOUR / 2);
        let skip = Action::Skip(settled.clone(), Reason::SameStamp);
        assert_eq!(action(std::slice::from_ref(&settled), 9000 - HOUR / 2), skip);
        assert_eq!(action(&[stamped(8999, 9000 - HOUR / 2)], 9000 - HOUR / 2), Action::Copy);
        assert_eq!(action(&[settled.clone(), stamped(9999, 9500)], 9000 - HOUR / 2), Action::Copy);
        assert_eq!(action(&[settled], 9001), Action::Copy);
        assert_eq!(action_for(&[copy("u", "a", 9000)], "", &options), Action::Copy);
    }

    #[test]
    fn only_copies_that_are_there_with_their_size_count() {
        let options = Options { changed: true, max_age: Some(Duration::MAX), ..Options::default() };
        let base = json!({"uuid": "u", "name": "a", "updated_at": at(1).to_string()});
        let listing = listing(&json!([{"id": 204, "is_admin": true, "table_list": [base]}]));
        for size in [None, Some(99), Some(101)] {
            let jobs = plan(&listing, &catalogue(&[stamped(9000, 1)]), |_| size, &options, at(NOW)).unwrap();
            assert_eq!(jobs[0].action, Action::Copy);
        }
    }

    #[test]
    fn another_base_may_have_taken_the_name_since_the_listing() {
        let listing = listing(&json!([personal(1, &[("u", "a"), ("v", "b")])]));
        let options = Options::default();
        let jobs = plan(&listing, &Catalogue::default(), there, &options, at(NOW)).unwrap();
        let [own, other] = [0, 1].map(|index: usize| Some(&listing.bases[index].base));
        assert_eq!([own, None, other].map(|exported| jobs[0].is_of(exported, None)), [true, true, false]);
        assert!(jobs[0].is_of(own, Some("A")), "a name may change, a uuid does not");
    }

    #[test]
    fn fact_22_a_base_that_is_not_told_by_its_uuid_is_told_by_its_name_in_nfc() {
        let listing = listing(&json!([personal(1, &[("u", "Mu\u{308}ller")])]));
        let jobs = plan(&listing, &Catalogue::default(), there, &Options::default(), at(NOW)).unwrap();
        let told = ["M\u{fc}ller", "Mu\u{308}ller", "Muller", "m\u{fc}ller"];
        assert_eq!(told.map(|name| jobs[0].is_of(None, Some(name))), [true, true, false, false]);
    }

    #[test]
    fn a_file_that_exists_is_never_replaced() {
        let jobs =
            plan(&listing(&account()), &Catalogue::default(), there, &Options::default(), at(NOW)).unwrap();
        let first = "204 personal/Größe/1970-01-12T134640Z.dtable";
        assert_eq!(jobs[0].file(at(NOW), |_| false).as_str(), first);
        let third = jobs[0].file(at(NOW), |file| !file.as_str().contains("-3"));
        assert_eq!(third.as_str(), "204 personal/Größe/1970-01-12T134640Z-3.dtable");
        assert!(CopyPath::new(third.as_str()).is_ok());
    }
}
