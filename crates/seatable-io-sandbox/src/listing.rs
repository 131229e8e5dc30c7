use std::time::Duration;

use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::answer::json;
use crate::settings::Owner;
use crate::{Base, Content, Generation, Sandbox, Share};

impl Sandbox {
    /// All workspaces with their bases, whose order changes from second to second.
    pub(crate) fn workspaces(&self, now: Duration) -> Response<Content> {
        let own = self.settings.workspaces.iter().filter(|(_, owner)| **owner != Owner::Other);
        let list: Vec<_> = if self.settings.generation == Generation::Y2020 {
            own.map(|(&id, owner)| self.early_workspace(now, id, owner)).collect()
        } else {
            let workspaces = own.map(|(&id, owner)| self.workspace(now, id, owner));
            [self.starred(now), self.shared(now)].into_iter().chain(workspaces).collect()
        };
        json(StatusCode::OK, &json!({ "workspace_list": list }))
    }

    /// What the account administers.
    pub(crate) fn admin_bases(&self, now: Duration) -> Response<Content> {
        let (mut personal, mut groups) = (Vec::new(), Vec::new());
        for (&workspace, owner) in &self.settings.workspaces {
            let bases = || self.tables(now, |base| base.workspace == workspace);
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

    pub(crate) fn server_info(&self) -> Response<Content> {
        let version = if self.settings.generation == Generation::Current { "6.0.10" } else { "2.2.7" };
        json(StatusCode::OK, &json!({ "version": version, "edition": "enterprise edition" }))
    }

    fn early_workspace(&self, now: Duration, id: u64, owner: &Owner) -> Value {
        let tables = self.tables(now, |base| base.workspace == id);
        match owner {
            Owner::Group { id: group, name, .. } => json!({
                "id": id,
                "owner_name": name,
                "owner_type": "Group",
                "group_id": group.to_string(),
                "table_list": tables,
            }),
            Owner::Account | Owner::Other => json!({
                "id": id,
                "owner_name": "Robert Teamplayer",
                "owner_type": "Personal",
                "table_list": tables,
            }),
        }
    }

    fn workspace(&self, now: Duration, id: u64, owner: &Owner) -> Value {
        let Owner::Group { id: group, name, is_admin } = owner else {
            let tables = self.tables(now, |base| base.workspace == id && base.folder.is_none());
            let folders = self.settings.folders.iter().map(|folder| {
                let is_inside = |base: &Base| base.workspace == id && base.folder == Some(*folder);
                json!({ "id": folder, "name": format!("folder {folder}"), "items": self.tables(now, is_inside) })
            });
            let folders: Vec<_> = folders.collect();
            let (name, kind) = ("personal", "personal");
            return json!({ "id": id, "name": name, "type": kind, "table_list": tables, "folders": folders });
        };
        json!({
            "id": id,
            "name": name,
            "type": "group",
            "group_id": group,
            "is_admin": is_admin,
            "table_list": self.tables(now, |base| base.workspace == id),
            "group_shared_dtables": shared(self.tables(now, |base| base.share == Some(Share::Group(*group)))),
            "group_shared_views": [],
        })
    }

    /// Bases that are listed elsewhere too.
    fn starred(&self, now: Duration) -> Value {
        let tables = self.tables(now, |base| base.starred);
        json!({ "id": "", "name": "starred", "type": "starred", "table_list": tables })
    }

    fn shared(&self, now: Duration) -> Value {
        json!({
            "id": "",
            "name": "shared",
            "type": "shared",
            "shared_table_list": shared(self.tables(now, |base| base.share == Some(Share::Base))),
            "shared_view_list": shared(self.tables(now, |base| base.share == Some(Share::View))),
        })
    }

    fn tables(&self, now: Duration, is_listed: impl Fn(&Base) -> bool) -> Vec<Value> {
        let bases = self.book.bases.iter().filter(|base| is_listed(base));
        let mut tables: Vec<_> = bases.map(|base| self.listed(base)).collect();
        if let Some(turn) = now.as_secs().checked_rem(tables.len() as u64) {
            tables.rotate_left(usize::try_from(turn).unwrap_or_default());
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

/// What a listing says of somebody else's bases.
fn shared(mut tables: Vec<Value>) -> Vec<Value> {
    for table in &mut tables {
        table["permission"] = Value::from("rw");
        table["from_user"] = Value::from("b9f9@auth.local");
    }
    tables
}
