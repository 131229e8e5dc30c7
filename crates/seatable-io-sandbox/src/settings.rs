use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::throttle::Throttle;
use crate::{Base, Book, Content, Fault, GENERATED_PASSWORD, Generation, ImportState, RateLimits, Sandbox};

/// Why a task fails on the server, and how a current server reports it.
///
/// An older server reports that the task has finished, whatever the reason: the base of an import is empty, and the file of
/// an export is missing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TaskFailure {
    /// Reported once as 500 `Internal Server Error`.
    Internal,
    /// Reported once as 400 with these words.
    Rejected(String),
    /// Reported once as 413 with these words, such as `The base size exceeds the limit of 200MB, …`.
    TooLarge(String),
    /// Like [`Internal`](TaskFailure::Internal), but the file of an export is an archive without entries, of 22 bytes.
    EmptyArchive,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Settings {
    pub(crate) generation: Generation,
    pub(crate) token: String,
    /// The password that gets the token, of whatever user.
    pub(crate) password: String,
    pub(crate) prefix: String,
    /// Each workspace that there is.
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
}

/// Whose a workspace is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    Account,
    Group { id: u64, name: String, is_admin: bool },
    Other,
}

impl Sandbox {
    /// A server with one workspace, 1, the account's own, without bases; a task ends as soon as it has begun; nothing goes
    /// wrong.
    pub fn new(generation: Generation) -> Self {
        let settings = Settings {
            generation,
            token: "5ea7ab1e5ea7ab1e5ea7ab1e5ea7ab1e5ea7ab1e".to_owned(),
            password: GENERATED_PASSWORD.to_owned(),
            prefix: String::new(),
            workspaces: BTreeMap::from([(1, Owner::Account)]),
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
        };
        Sandbox {
            settings: Arc::new(settings),
            book: Book::default(),
            faults: Vec::new(),
            made: 0,
            throttle: Throttle::default(),
        }
    }

    pub(crate) fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    /// The one token that is valid.
    pub fn with_token(self, token: impl Into<String>) -> Self {
        self.set(|settings| settings.token = token.into())
    }

    /// Sets the password with which any user gets the token, which defaults to [`GENERATED_PASSWORD`].
    pub fn with_password(self, password: impl Into<String>) -> Self {
        self.set(|settings| settings.password = password.into())
    }

    /// Lives under this path, such as `/seatable`.
    pub fn with_prefix(self, prefix: &str) -> Self {
        let inner = prefix.trim_matches('/');
        let prefix = if inner.is_empty() { String::new() } else { format!("/{inner}") };
        self.set(|settings| settings.prefix = prefix)
    }

    /// Has this workspace too, of a group of the same number.
    pub fn with_workspace(self, workspace: u64) -> Self {
        self.with_group(workspace, workspace, &format!("group {workspace}"))
    }

    /// Has this workspace, and the token may not use it.
    pub fn with_forbidden_workspace(self, workspace: u64) -> Self {
        self.with_owner(workspace, Owner::Other)
    }

    pub(crate) fn with_owner(self, workspace: u64, owner: Owner) -> Self {
        self.set(|settings| settings.workspaces.extend([(workspace, owner)]))
    }

    /// Has this folder, for `folder_id` on a current server.
    pub fn with_folder(self, folder: u64) -> Self {
        self.set(|settings| settings.folders.extend([folder]))
    }

    /// Sets the maximum length of a request body in bytes, which defaults to 100 MiB. A longer one is answered with 413.
    pub fn with_size_limit(self, bytes: u64) -> Self {
        self.set(|settings| settings.size_limit = bytes)
    }

    /// Sets how many tasks can wait, which defaults to 10, and to 0 in 2020: that task server has no queue.
    pub fn with_queue(self, tasks: usize) -> Self {
        self.set(|settings| settings.queue = tasks)
    }

    /// Sets how many tasks run at a time, which defaults to 3.
    pub fn with_workers(self, workers: usize) -> Self {
        self.set(|settings| settings.workers = workers)
    }

    /// Sets how long a task runs, which defaults to no time at all.
    pub fn with_task_time(self, duration: Duration) -> Self {
        self.set(|settings| settings.task_time = duration)
    }

    /// Makes every task fail.
    pub fn with_task_failure(self, failure: TaskFailure) -> Self {
        self.set(|settings| settings.task_failure = Some(failure))
    }

    /// Reports failed imports as finished on a current server too, as those before August 2025 did.
    pub fn with_silent_failures(self) -> Self {
        self.set(|settings| settings.silent_failures = true)
    }

    /// Writes the task ids of the older generations as JSON numbers.
    pub fn with_numeric_task_ids(self) -> Self {
        self.set(|settings| settings.numeric_task_ids = true)
    }

    /// Makes other uuids than without a seed.
    pub fn with_seed(self, seed: u64) -> Self {
        self.set(|settings| settings.seed = seed)
    }

    /// Has a base of this name, made of these bytes, whatever they are.
    pub fn with_base(mut self, workspace: u64, name: &str, bytes: impl Into<Content>) -> Self {
        self.add_base(workspace, name, bytes);
        self
    }

    /// Has a base that a current server exports with this password only.
    pub fn with_protected_base(
        mut self,
        workspace: u64,
        name: &str,
        bytes: impl Into<Content>,
        password: &str,
    ) -> Self {
        let id = self.add_base(workspace, name, bytes);
        self.change(id, |base| base.password = Some(password.to_owned()));
        self
    }

    /// Plays this fault when its turn comes. Of several that fit a request, the one that was added first is played.
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.order(fault);
        self
    }

    /// Plays this fault too, from now on.
    pub fn order(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Adds a base of this name, made of these bytes, whatever they are, and returns its number, [`Base::id`].
    pub fn add_base(&mut self, workspace: u64, name: &str, bytes: impl Into<Content>) -> u64 {
        let id = self.add_record(workspace, name, None);
        self.finish(id, bytes.into());
        id
    }

    pub(crate) fn add_record(&mut self, workspace: u64, name: &str, upload: Option<Content>) -> u64 {
        let id = self.next_number();
        self.add_record_as(id, self.base_uuid(id), workspace, name, upload);
        id
    }

    pub(crate) fn add_record_as(
        &mut self,
        id: u64,
        uuid: String,
        workspace: u64,
        name: &str,
        upload: Option<Content>,
    ) {
        let base = Base {
            id,
            workspace,
            name: name.to_owned(),
            uuid,
            import: ImportState::Pending,
            content: None,
            upload,
            password: None,
            share: None,
            starred: false,
            folder: None,
            updated: Duration::ZERO,
        };
        self.book.bases.add(base);
    }

    pub(crate) fn finish(&mut self, base: u64, content: Content) {
        self.change(base, |base| {
            base.import = ImportState::Finished;
            base.content = Some(content);
        });
    }

    pub(crate) fn change(&mut self, base: u64, change: impl FnOnce(&mut Base)) {
        self.book.bases.get_mut(base).map(change);
    }

    /// The one token that is valid.
    pub fn token(&self) -> &str {
        &self.settings.token
    }

    /// The path that the server lives under, empty or such as `/seatable`.
    pub fn prefix(&self) -> &str {
        &self.settings.prefix
    }

    /// The generation of server that this stands in for.
    pub fn generation(&self) -> Generation {
        self.settings.generation
    }

    /// The faults that have been added, with what is left of their counts.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}
