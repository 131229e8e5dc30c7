use std::time::Duration;

use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::request::Received;
use crate::response::{Result, error_msg, json};
use crate::settings::Owner;
use crate::{Base, Content, Generation, Sandbox, Share};

impl Sandbox {
    /// Lists all workspaces, with their bases unless `detail=false`. The order of the bases changes every second.
    pub(crate) fn workspaces(&self, request: &Received) -> Result {
        let own = self.settings.workspaces.iter().filter(|(_, owner)| **owner != Owner::Other);
        let (now, detail) = (request.now, request.query("detail"));
        let list: Vec<_> = match (self.settings.generation, detail.as_deref()) {
            (Generation::Y2020, _) => own.map(|(&id, owner)| self.early_workspace(now, id, owner)).collect(),
            (_, None | Some("true")) => self.listing(now, own),
            (_, Some("false")) => {
                pseudo_workspaces().into_iter().chain(own.map(|(&id, owner)| head(id, owner))).collect()
            }
            (_, Some(_)) => return Err(error_msg(StatusCode::BAD_REQUEST, "detail invalid")),
        };
        Ok(json(StatusCode::OK, &json!({ "workspace_list": list })))
    }

    /// Lists the bases that the account administers.
    pub(crate) fn administered(&self, now: Duration) -> Response<Content> {
        let (mut personal, mut groups) = (Vec::new(), Vec::new());
        for (&workspace, owner) in &self.settings.workspaces {
            let bases = || self.tables(now, self.state.bases.of_workspace(workspace));
            match owner {
                Owner::Account => personal.extend(bases()),
                Owner::Group { id, name, is_admin: true } => {
                    groups.push(json!({ "group_id": id, "group_name": name, "dtables": bases() }));
                }
                Owner::Group { is_admin: false, .. } | Owner::Other => {}
            }
        }
        json(StatusCode::OK, &json!({ "personal": personal, "groups": groups }))
    }

    fn early_workspace(&self, now: Duration, id: u64, owner: &Owner) -> Value {
        let (name, kind) = match owner {
            Owner::Group { name, .. } => (name.as_str(), "Group"),
            Owner::Account | Owner::Other => ("Robert Teamplayer", "Personal"),
        };
        let tables = self.tables(now, self.state.bases.of_workspace(id));
        let mut workspace = json!({ "id": id, "owner_name": name, "owner_type": kind, "table_list": tables });
        if let Owner::Group { id: group, .. } = owner {
            workspace["group_id"] = group.to_string().into();
        }
        workspace
    }

    fn listing<'a>(&self, now: Duration, own: impl Iterator<Item = (&'a u64, &'a Owner)>) -> Vec<Value> {
        let all = &self.state.bases;
        let shared: Vec<_> = all.values().filter(|base| base.share.is_some()).collect();
        let shared_as = |share| shared.iter().copied().filter(move |base| base.share == Some(share));
        let [mut starred, mut others] = pseudo_workspaces();
        starred["table_list"] = self.tables(now, all.values().filter(|base| base.starred)).into();
        others["shared_table_list"] = self.shares(now, shared_as(Share::Base), "share_id").into();
        others["shared_view_list"] = shared_as(Share::View).map(view).collect();
        let workspaces = own.map(|(&id, owner)| {
            let mut workspace = head(id, owner);
            workspace["table_list"] =
                self.tables(now, all.of_workspace(id).filter(|base| self.is_loose(base))).into();
            workspace["folders"] = self.folders(now, id);
            if let Owner::Group { id: group, .. } = owner {
                let bases = self.shares(now, shared_as(Share::Group(*group)), "dtable_share_id");
                workspace["group_shared_dtables"] = bases.into();
                let views = self.shares(now, shared_as(Share::GroupView(*group)), "view_share_id");
                workspace["group_shared_views"] = views.into();
            }
            workspace
        });
        [starred, others].into_iter().chain(workspaces).collect()
    }

    /// Returns `true` if a base is listed outside of folders, as all are on current servers.
    fn is_loose(&self, base: &Base) -> bool {
        base.folder.is_none() || self.settings.generation == Generation::Current
    }

    /// Lists the folders of the personal workspace, and those of another one that are not empty.
    fn folders(&self, now: Duration, workspace: u64) -> Value {
        let is_personal = self.settings.workspaces.get(&workspace) == Some(&Owner::Account);
        let folders = self.settings.folders.iter().map(|&folder| {
            let items = self.state.bases.of_workspace(workspace).filter(|base| base.folder == Some(folder));
            json!({ "id": folder, "name": format!("folder {folder}"), "items": self.tables(now, items) })
        });
        folders.filter(|folder| is_personal || folder["items"] != json!([])).collect()
    }

    fn tables<'a>(&self, now: Duration, bases: impl Iterator<Item = &'a Base>) -> Vec<Value> {
        let mut tables: Vec<_> = bases.map(|base| self.listed(base)).collect();
        if let Some(turn) = now.as_secs().checked_rem(tables.len() as u64) {
            tables.rotate_left(usize::try_from(turn).unwrap_or_default());
        }
        tables
    }

    /// Lists bases of another user, each with the number of its share under this key. Views shared with a group look the
    /// same.
    fn shares<'a>(&self, now: Duration, bases: impl Iterator<Item = &'a Base>, key: &str) -> Vec<Value> {
        let mut tables = self.tables(now, bases);
        for table in &mut tables {
            table[key] = table["id"].clone();
            table["permission"] = Value::from("rw");
            table["from_user"] = Value::from(FROM);
        }
        tables
    }

    fn listed(&self, base: &Base) -> Value {
        let mut table = self.table(base.id);
        if self.settings.generation == Generation::Current {
            table["starred"] = Value::from(base.starred);
        }
        table
    }
}

/// The user who shares bases with the account.
const FROM: &str = "b9f9@auth.local";

/// Returns the first two workspaces, which have no ID.
fn pseudo_workspaces() -> [Value; 2] {
    ["starred", "shared"].map(|name| json!({ "id": "", "name": name, "type": name }))
}

/// Returns the description of a workspace, without its bases.
fn head(id: u64, owner: &Owner) -> Value {
    match owner {
        Owner::Group { id: group, name, is_admin } => {
            json!({ "id": id, "name": name, "type": "group", "group_id": group, "is_admin": is_admin })
        }
        Owner::Account | Owner::Other => json!({ "id": id, "name": "personal", "type": "personal" }),
    }
}

/// Returns a view shared with the account. It names its base, but lacks the UUID.
fn view(base: &Base) -> Value {
    json!({
        "id": base.id,
        "workspace_id": base.workspace,
        "dtable_name": base.name,
        "table_id": "0000",
        "view_id": "0000",
        "from_user": FROM,
        "permission": "rw",
    })
}
