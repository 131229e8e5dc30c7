use std::collections::BTreeSet;
use std::time::Duration;

use seatable_io_proto::{Base, ListedBase, Listing};
use unicode_normalization::UnicodeNormalization as _;

/// Which bases to back up, and which of them to skip.
///
/// By default, every base that the account administers is chosen, and none is skipped: in the list of a whole server, all bases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    workspaces: Vec<u64>,
    bases: Vec<String>,
    excluded: Vec<String>,
    pub(crate) shared: bool,
    pub(crate) server_wide: bool,
    pub(crate) max_age: Option<Duration>,
    pub(crate) changed: bool,
}

impl Options {
    /// Chooses only bases in these workspaces. An empty list stands for all.
    pub fn workspaces(self, workspaces: Vec<u64>) -> Options {
        Options { workspaces, ..self }
    }

    /// Chooses only bases with these names. An empty list stands for all.
    pub fn bases(self, bases: Vec<String>) -> Options {
        Options { bases, ..self }
    }

    /// Skips bases with these names or uuids, even if they are chosen.
    pub fn exclude(self, excluded: Vec<String>) -> Options {
        Options { excluded, ..self }
    }

    /// Returns those of the [excluded](Self::exclude) names and uuids that no base of the listing has.
    pub fn excluded_in_vain(&self, listing: &Listing) -> Vec<&str> {
        if self.excluded.is_empty() {
            return Vec::new();
        }
        let names: BTreeSet<String> = listing.bases.iter().map(|listed| nfc(&listed.base.name)).collect();
        let uuids: BTreeSet<&str> = listing.bases.iter().map(|listed| listed.base.uuid.as_str()).collect();
        let excluded = self.excluded.iter().map(String::as_str);
        excluded.filter(|text| !uuids.contains(text) && !names.contains(&nfc(text))).collect()
    }

    /// Returns the test for excluded bases.
    pub(crate) fn excludes(&self) -> impl Fn(&Base) -> bool {
        let names: BTreeSet<String> = self.excluded.iter().map(|name| nfc(name)).collect();
        let uuids: BTreeSet<&str> = self.excluded.iter().map(String::as_str).collect();
        move |base| {
            !uuids.is_empty() && (uuids.contains(base.uuid.as_str()) || names.contains(&nfc(&base.name)))
        }
    }

    /// Sets whether bases that others shared with the account or one of its groups are chosen, too.
    pub fn shared(self, shared: bool) -> Options {
        Options { shared, ..self }
    }

    /// Sets whether the listing is that of a whole server. All of its bases can be chosen in any case; but only such a listing shows
    /// that a base is [gone](crate::changes) that others own.
    pub fn server_wide(self, server_wide: bool) -> Options {
        Options { server_wide, ..self }
    }

    /// Skips bases that have a copy younger than this.
    pub fn max_age(self, max_age: impl Into<Option<Duration>>) -> Options {
        Options { max_age: max_age.into(), ..self }
    }

    /// Sets whether bases are skipped whose `updated_at` is that of the last copy, and was at least 30 minutes old when the copy
    /// was made.
    pub fn changed(self, changed: bool) -> Options {
        Options { changed, ..self }
    }
}

/// Workspaces and bases that were chosen, but are not in the listing.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("not in the server's list: {}", list(self))]
#[non_exhaustive]
pub struct NotListed {
    /// The workspaces.
    pub workspaces: Vec<u64>,
    /// The bases, none of which is in the chosen workspaces.
    pub bases: Vec<String>,
}

fn list(NotListed { workspaces, bases }: &NotListed) -> String {
    let workspaces = workspaces.iter().map(|id| format!("workspace {id}"));
    let bases = bases.iter().map(|name| format!("base {name}"));
    workspaces.chain(bases).collect::<Vec<_>>().join(", ")
}

/// Returns the chosen bases in the order of the listing.
///
/// # Errors
///
/// If a chosen workspace or base is not in the listing.
pub fn select<'a>(listing: &'a Listing, options: &Options) -> Result<Vec<&'a ListedBase>, NotListed> {
    let all = scope(listing, options)?;
    Ok(all.into_iter().filter(|(_, is_chosen)| *is_chosen).map(|(listed, _)| listed).collect())
}

/// Returns the bases that can be chosen, each with whether it is. Names are compared in NFC (fact 19).
pub(crate) fn scope<'a>(
    listing: &'a Listing,
    options: &Options,
) -> Result<Vec<(&'a ListedBase, bool)>, NotListed> {
    let names: BTreeSet<String> = options.bases.iter().map(|name| nfc(name)).collect();
    let (mut all, mut found) = (Vec::new(), BTreeSet::new());
    let mut workspaces: BTreeSet<u64> = listing.workspaces.keys().copied().collect();
    for listed in &listing.bases {
        let access = listed.access;
        if !(access.is_administered() || options.shared && access.is_shared()) {
            continue;
        }
        workspaces.insert(listed.workspace);
        let mut is_chosen = options.workspaces.is_empty() || options.workspaces.contains(&listed.workspace);
        if is_chosen && !names.is_empty() {
            let name = nfc(&listed.base.name);
            is_chosen = names.contains(&name);
            found.insert(name);
        }
        all.push((listed, is_chosen));
    }
    let missing = NotListed {
        workspaces: options.workspaces.iter().copied().filter(|id| !workspaces.contains(id)).collect(),
        bases: options.bases.iter().filter(|name| !found.contains(&nfc(name))).cloned().collect(),
    };
    if missing == NotListed::default() { Ok(all) } else { Err(missing) }
}

fn nfc(name: &str) -> String {
    name.nfc().collect()
}
