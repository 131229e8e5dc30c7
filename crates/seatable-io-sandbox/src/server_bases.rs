use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::message::{INTERNAL_ERROR, NO_PERMISSION, NOT_FOUND};
use crate::request::Received;
use crate::response::{Result, detail, error_msg, json};
use crate::settings::Owner;
use crate::{Base, Content, FaultKind, Sandbox};

/// The owner of a workspace, as an administrator of the server sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ServerOwner {
    pub(crate) who: Who,
    pub(crate) name: String,
    pub(crate) is_deleted: bool,
}

/// The identity of an owner.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    /// The e-mail address of a user.
    User(String),
    Group(u64),
}

impl Sandbox {
    /// Lists a page of all bases of the server. The fault `shift` changes their order with each request.
    pub(crate) fn server_bases(&self, request: &Received) -> Result {
        self.check_system_admin(request)?;
        let number = |key, default: usize| request.query(key).map_or(Ok(default), |value| value.parse());
        // The server ignores both if one is not a number.
        let numbers = (number("page", 1), number("per_page", 100));
        let (page, per_page) =
            if let (Ok(page), Ok(per_page)) = numbers { (page, per_page) } else { (1, 100) };
        let Some(before) = page.checked_sub(1) else {
            return Err(error_msg(StatusCode::INTERNAL_SERVER_ERROR, request.text(INTERNAL_ERROR)));
        };
        let mut bases: Vec<_> = self.state.bases.values().collect();
        if request.fault == Some(FaultKind::Shift) && !bases.is_empty() {
            let turn = request.entry % bases.len();
            bases.rotate_left(turn);
        }
        let start = before.saturating_mul(per_page);
        let has_next = bases.len() > start.saturating_add(per_page);
        let listed: Vec<_> =
            bases.into_iter().skip(start).take(per_page).map(|base| self.server_base(base)).collect();
        let info = json!({ "has_next_page": has_next, "current_page": page });
        Ok(json(StatusCode::OK, &json!({ "page_info": info, "dtables": listed })))
    }

    /// Exports a base by its UUID, without its password.
    pub(crate) fn export_by_uuid(&mut self, request: &Received, uuid: &str) -> Result {
        self.check_system_admin(request)?;
        if self.state.bases.with_uuid(uuid).is_none() {
            return Err(error_msg(StatusCode::NOT_FOUND, &request.text_with(NOT_FOUND, "Base")));
        }
        self.export_in_one_request(request, uuid)
    }

    fn check_system_admin(&self, request: &Received) -> Result<()> {
        if self.settings.is_system_admin { Ok(()) } else { Err(no_permission(request)) }
    }

    fn server_base(&self, base: &Base) -> Value {
        let mut table = self.table(base.id);
        let owner = self.server_owner(base.workspace);
        match owner.who {
            Who::User(email) => table["email"] = email.into(),
            Who::Group(id) => table["group_id"] = id.into(),
        }
        table["owner"] = if owner.is_deleted { Value::Null } else { owner.name.into() };
        table["owner_deleted"] = owner.is_deleted.into();
        table["file_size"] = base.content.as_ref().map_or(0, Content::len).into();
        table["rows_count"] = 0.into();
        table
    }

    fn server_owner(&self, workspace: u64) -> ServerOwner {
        let user = |email: &str, name: &str| (Who::User(email.to_owned()), name.to_owned());
        let (who, name) =
            match (self.settings.owners.get(&workspace), self.settings.workspaces.get(&workspace)) {
                (Some(owner), _) => return owner.clone(),
                (None, Some(Owner::Account)) => user("5ea7@auth.local", "Robert Teamplayer"),
                (None, Some(Owner::Group { id, name, .. })) => (Who::Group(*id), name.clone()),
                (None, _) => user(&format!("b9f{workspace}@auth.local"), &format!("User {workspace}")),
            };
        ServerOwner { who, name, is_deleted: false }
    }

    /// Adds the workspace of another user of the server.
    pub fn with_other_user(self, workspace: u64, email: &str, name: &str) -> Self {
        self.with_server_owner(workspace, Who::User(email.to_owned()), name)
    }

    /// Adds the workspace of a group to which the account does not belong.
    pub fn with_other_group(self, workspace: u64, group: u64, name: &str) -> Self {
        self.with_server_owner(workspace, Who::Group(group), name)
    }

    fn with_server_owner(self, workspace: u64, who: Who, name: &str) -> Self {
        let mut sandbox = self.with_owner(workspace, Owner::Other);
        sandbox.change_owner(workspace, |owner| {
            *owner = ServerOwner { who, name: name.to_owned(), is_deleted: false };
        });
        sandbox
    }

    /// Renames the owner of a workspace, as an administrator of the server sees it.
    pub fn rename_owner(&mut self, workspace: u64, name: &str) {
        self.change_owner(workspace, |owner| name.clone_into(&mut owner.name));
    }

    /// Deletes the user who owns a workspace. The bases stay.
    pub fn delete_owner(&mut self, workspace: u64) {
        self.change_owner(workspace, |owner| owner.is_deleted = true);
    }

    fn change_owner(&mut self, workspace: u64, change: impl FnOnce(&mut ServerOwner)) {
        let mut owner = self.server_owner(workspace);
        change(&mut owner);
        self.settings_mut().owners.insert(workspace, owner);
    }
}

fn no_permission(request: &Received) -> Response<Content> {
    detail(StatusCode::FORBIDDEN, request.text(NO_PERMISSION))
}
