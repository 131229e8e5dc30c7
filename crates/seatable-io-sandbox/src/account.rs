use std::time::Duration;

use http::StatusCode;
use serde_json::json;

use crate::act::Reply;
use crate::answer::{error_msg, json};
use crate::sandbox::Ticket;
use crate::settings::Owner;
use crate::{Body, Content, Sandbox};

/// Why the account sees a base of someone else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Share {
    /// The base is shared with the account.
    Base,
    /// The base is shared with this group of the account.
    Group(u64),
    /// Only a view of the base is shared with the account, so that the base cannot be exported.
    View,
    /// Only a view of the base is shared with this group of the account; it is listed like a base.
    GroupView(u64),
}

impl Sandbox {
    /// Has the workspace of a group that the account administers.
    pub fn with_group(self, workspace: u64, group: u64, name: &str) -> Self {
        self.with_owner(workspace, Owner::Group { id: group, name: name.to_owned(), is_admin: true })
    }

    /// Has the workspace of a group in which the account is a plain member: it exports bases, and cannot import.
    pub fn with_membership(self, workspace: u64, group: u64, name: &str) -> Self {
        self.with_owner(workspace, Owner::Group { id: group, name: name.to_owned(), is_admin: false })
    }

    /// Has a base in a workspace of someone else, shared with the account in this way.
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

    /// Deletes a base; its name is free then.
    pub(crate) fn delete_base(&mut self, ticket: &Ticket, workspace: u64, body: &Body) -> Reply {
        let invalid = || error_msg(StatusCode::BAD_REQUEST, &ticket.words.invalid("name"));
        let name = self.field(ticket, body, "name")?.ok_or_else(invalid)?;
        self.check_workspace(ticket, workspace)?;
        let missing = || error_msg(StatusCode::NOT_FOUND, &ticket.words.base_not_found(&name));
        let uuid = self.book.base(workspace, &name).ok_or_else(missing)?.uuid.clone();
        self.book.bases.remove(&uuid);
        self.book.files.remove(&uuid);
        Ok(json(StatusCode::OK, &json!({ "success": true })))
    }

    /// Lists the base with this number among the starred ones too.
    pub fn star(&mut self, base: u64) {
        self.change(base, |base| base.starred = true);
    }

    /// Sets `updated_at` of the base with this number to this virtual time; nothing else moves it.
    pub fn touch(&mut self, base: u64, now: Duration) {
        self.change(base, |base| base.updated = now);
    }

    /// Moves the base with this number into a folder of its workspace.
    pub fn move_to_folder(&mut self, base: u64, folder: u64) {
        self.change(base, |base| base.folder = Some(folder));
    }
}
