use std::collections::BTreeSet;
use std::fmt;

use seatable_io_proto::{ListedBase, Listing};
use unicode_normalization::UnicodeNormalization as _;

use crate::Options;

/// Names that the listing does not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotListed {
    /// Workspaces that are not there.
    pub workspaces: Vec<u64>,
    /// Bases that are not in the chosen workspaces.
    pub bases: Vec<String>,
}

/// The names that the options choose by, in NFC (fact 19).
pub(crate) struct Chosen<'a> {
    workspaces: &'a [u64],
    bases: BTreeSet<String>,
}

impl<'a> Chosen<'a> {
    pub(crate) fn new(
        listing: &Listing,
        scope: &[&ListedBase],
        options: &'a Options,
    ) -> Result<Self, NotListed> {
        let bases = options.bases.iter().map(|name| name.nfc().collect()).collect();
        let chosen = Chosen { workspaces: &options.workspaces, bases };
        let is_known = |id: &u64| {
            listing.workspaces.contains_key(id) || scope.iter().any(|listed| listed.workspace == *id)
        };
        let names: BTreeSet<String> = scope
            .iter()
            .filter(|listed| chosen.has_workspace(listed))
            .map(|listed| listed.base.name.nfc().collect())
            .collect();
        let is_name = |name: &String| names.contains(&name.nfc().collect::<String>());
        let missing = NotListed {
            workspaces: options.workspaces.iter().copied().filter(|id| !is_known(id)).collect(),
            bases: options.bases.iter().filter(|name| !is_name(name)).cloned().collect(),
        };
        if missing == NotListed::default() { Ok(chosen) } else { Err(missing) }
    }

    fn has_workspace(&self, listed: &ListedBase) -> bool {
        self.workspaces.is_empty() || self.workspaces.contains(&listed.workspace)
    }

    pub(crate) fn contains(&self, listed: &ListedBase) -> bool {
        let is_named =
            || self.bases.is_empty() || self.bases.contains(&listed.base.name.nfc().collect::<String>());
        self.has_workspace(listed) && is_named()
    }
}

impl fmt::Display for NotListed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let workspaces = self.workspaces.iter().map(|id| format!("workspace {id}"));
        let bases = self.bases.iter().map(|name| format!("base {name}"));
        write!(f, "not found in the account: {}", workspaces.chain(bases).collect::<Vec<_>>().join(", "))
    }
}

impl std::error::Error for NotListed {}
