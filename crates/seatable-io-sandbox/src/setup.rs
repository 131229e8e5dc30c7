use std::sync::Arc;
use std::time::Duration;

use crate::settings::{Owner, Settings};
use crate::{Base, Content, Fault, Generation, RateLimits, Sandbox, Share, TaskFailure};

impl Sandbox {
    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(self.settings_mut());
        self
    }

    pub(crate) fn settings_mut(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }

    /// Sets the only valid token.
    pub fn with_token(self, token: impl Into<String>) -> Self {
        self.set(|settings| settings.token = token.into())
    }

    /// Sets the password with which any user gets the token (default [`GENERATED_PASSWORD`](crate::GENERATED_PASSWORD)).
    pub fn with_password(self, password: impl Into<String>) -> Self {
        self.set(|settings| settings.password = password.into())
    }

    /// Sets the path of the server, such as `/seatable` (default none).
    pub fn with_prefix(self, prefix: &str) -> Self {
        let inner = prefix.trim_matches('/');
        let prefix = if inner.is_empty() { String::new() } else { format!("/{inner}") };
        self.set(|settings| settings.prefix = prefix)
    }

    /// Makes the account that of an ordinary user. Otherwise it administers the server too.
    pub fn without_system_admin(self) -> Self {
        self.set(|settings| settings.is_system_admin = false)
    }

    /// Adds a workspace that the token may not use.
    pub fn with_forbidden_workspace(self, workspace: u64) -> Self {
        self.with_owner(workspace, Owner::Other)
    }

    /// Adds the workspace of a group that the account administers.
    pub fn with_group(self, workspace: u64, group: u64, name: &str) -> Self {
        self.with_owner(workspace, Owner::Group { id: group, name: name.to_owned(), is_admin: true })
    }

    /// Adds the workspace of a group in which the account is an ordinary member, who can export but not import.
    pub fn with_membership(self, workspace: u64, group: u64, name: &str) -> Self {
        self.with_owner(workspace, Owner::Group { id: group, name: name.to_owned(), is_admin: false })
    }

    pub(crate) fn with_owner(self, workspace: u64, owner: Owner) -> Self {
        self.set(|settings| settings.workspaces.extend([(workspace, owner)]))
    }

    /// Adds a folder, for `folder_id` on a current server.
    pub fn with_folder(self, folder: u64) -> Self {
        self.set(|settings| settings.folders.extend([folder]))
    }

    /// Sets the maximum length of a request body in bytes (default 100 MiB). Longer bodies get 413.
    pub fn with_size_limit(self, bytes: u64) -> Self {
        self.set(|settings| settings.size_limit = bytes)
    }

    /// Sets the maximum number of queued tasks (default 10; 0 on 2020 servers, which have no queue).
    pub fn with_queue(self, tasks: usize) -> Self {
        self.set(|settings| settings.queue = tasks)
    }

    /// Sets the maximum number of running tasks (default 3).
    pub fn with_workers(self, workers: usize) -> Self {
        self.set(|settings| settings.workers = workers)
    }

    /// Sets the run time of a task (default zero).
    pub fn with_task_time(self, duration: Duration) -> Self {
        self.set(|settings| settings.task_time = duration)
    }

    /// Makes every task fail.
    pub fn with_task_failure(self, failure: TaskFailure) -> Self {
        self.set(|settings| settings.task_failure = Some(failure))
    }

    /// Reports failed imports as finished on a current server too, like those before August 2025.
    pub fn with_silent_failures(self) -> Self {
        self.set(|settings| settings.silent_failures = true)
    }

    /// Writes the task IDs of the older generations as JSON numbers.
    pub fn with_numeric_task_ids(self) -> Self {
        self.set(|settings| settings.numeric_task_ids = true)
    }

    /// Sets the seed of all UUIDs (default 0).
    pub fn with_seed(self, seed: u64) -> Self {
        self.set(|settings| settings.seed = seed)
    }

    /// Limits the rate of requests: those beyond get 429 with `Retry-After` (default no limits).
    pub fn with_rate_limits(self, limits: RateLimits) -> Self {
        self.set(|settings| settings.rate_limits = limits)
    }

    /// Adds a base with this name and content, which is not checked.
    pub fn with_base(mut self, workspace: u64, name: &str, bytes: impl Into<Content>) -> Self {
        self.add_base(workspace, name, bytes);
        self
    }

    /// Adds a base that a current server exports only with this password.
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

    /// Adds a base in a workspace of another user, who shares it with the account in this way.
    pub fn with_shared_base(
        self,
        workspace: u64,
        name: &str,
        bytes: impl Into<Content>,
        share: Share,
    ) -> Self {
        let mut sandbox = self.with_owner(workspace, Owner::Other);
        let base = sandbox.add_base(workspace, name, bytes);
        sandbox.change(base, |base| base.share = Some(share));
        sandbox
    }

    /// Adds a fault. If several match a request, the one added first hits it.
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.add_fault(fault);
        self
    }

    /// Adds a fault. If several match a request, the one added first hits it.
    pub fn add_fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Adds a base with this name and content, which is not checked, and returns its number, [`Base::id`].
    pub fn add_base(&mut self, workspace: u64, name: &str, bytes: impl Into<Content>) -> u64 {
        let id = self.add_record(workspace, name, None);
        self.end_import(id, Some(bytes.into()));
        id
    }

    pub(crate) fn add_record(&mut self, workspace: u64, name: &str, upload: Option<Content>) -> u64 {
        let id = self.next_number();
        let (name, uuid) = (name.to_owned(), self.base_uuid(id));
        self.state.bases.add(Base { id, workspace, name, uuid, upload, ..Base::default() });
        id
    }

    /// Gives a base its content; without one, its import has failed.
    pub(crate) fn end_import(&mut self, base: u64, content: Option<Content>) {
        self.change(base, |base| base.end_import(content));
    }

    pub(crate) fn change(&mut self, base: u64, change: impl FnOnce(&mut Base)) {
        self.state.bases.get_mut(base).map(change);
    }

    /// Lists the base with this number among the starred ones too.
    pub fn star(&mut self, base: u64) {
        self.change(base, |base| base.starred = true);
    }

    /// Sets `updated_at` of the base with this number to this virtual time. Nothing else changes it.
    pub fn touch(&mut self, base: u64, now: Duration) {
        self.change(base, |base| base.updated = now);
    }

    /// Moves the base with this number into another workspace.
    pub fn move_to_workspace(&mut self, base: u64, workspace: u64) {
        if let Some(base) = self.state.bases.get(&base).cloned() {
            self.state.bases.remove(&base.uuid);
            self.state.bases.add(Base { workspace, ..base });
        }
    }

    /// Deletes the base with this number.
    pub fn delete(&mut self, base: u64) {
        if let Some(base) = self.state.bases.get(&base).cloned() {
            self.state.bases.remove(&base.uuid);
        }
    }

    /// Moves the base with this number into a folder of its workspace.
    pub fn move_to_folder(&mut self, base: u64, folder: u64) {
        self.change(base, |base| base.folder = Some(folder));
    }

    /// Returns the only valid token.
    pub fn token(&self) -> &str {
        &self.settings.token
    }

    /// Returns the generation of the server.
    pub fn generation(&self) -> Generation {
        self.settings.generation
    }
}
