use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::server_bases::ServerOwner;
use crate::{Generation, RateLimits, TaskFailure};

/// The default password of all users and the password of the encrypted ones among
/// [generated bases](crate::Sandbox::with_generated_bases).
pub const GENERATED_PASSWORD: &str = "sandbox";

/// The personal workspace of the account.
pub(crate) const PERSONAL: u64 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Settings {
    pub(crate) generation: Generation,
    pub(crate) token: String,
    pub(crate) password: String,
    pub(crate) prefix: String,
    pub(crate) workspaces: BTreeMap<u64, Owner>,
    pub(crate) folders: BTreeSet<u64>,
    pub(crate) size_limit: u64,
    pub(crate) queue: usize,
    pub(crate) workers: usize,
    pub(crate) task_time: Duration,
    pub(crate) task_failure: Option<TaskFailure>,
    pub(crate) silent_failures: bool,
    pub(crate) numeric_task_ids: bool,
    pub(crate) seed: u64,
    pub(crate) rate_limits: RateLimits,
    /// Whether the account administers the server.
    pub(crate) is_system_admin: bool,
    /// The owners of workspaces, if they are not the usual ones.
    pub(crate) owners: BTreeMap<u64, ServerOwner>,
}

/// The owner of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    Account,
    Group { id: u64, name: String, is_admin: bool },
    Other,
}

impl Settings {
    pub(crate) fn new(generation: Generation) -> Self {
        Settings {
            generation,
            token: "5ea7ab1e5ea7ab1e5ea7ab1e5ea7ab1e5ea7ab1e".to_owned(),
            password: GENERATED_PASSWORD.to_owned(),
            prefix: String::new(),
            workspaces: BTreeMap::from([(PERSONAL, Owner::Account)]),
            folders: BTreeSet::new(),
            size_limit: 100 << 20,
            queue: if generation == Generation::Y2020 { 0 } else { 10 },
            workers: 3,
            task_time: Duration::ZERO,
            task_failure: None,
            silent_failures: false,
            numeric_task_ids: false,
            seed: 0,
            rate_limits: RateLimits::default(),
            is_system_admin: true,
            owners: BTreeMap::new(),
        }
    }
}
