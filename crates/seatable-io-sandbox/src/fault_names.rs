use http::Uri;

use crate::Sandbox;
use crate::body::Body;
use crate::call::{Resource, query};
use crate::request::Received;
use crate::settings::Owner;

impl Sandbox {
    /// Returns the names by which a fault selects a request, as far as its head shows them: those of its workspace, its
    /// base, and both.
    pub(crate) fn names_in_head(&self, resource: &Resource, uri: &Uri) -> Vec<String> {
        let (workspace, base) = match resource {
            Resource::Import(workspace) | Resource::Table(workspace) | Resource::Base(workspace) => {
                (*workspace, None)
            }
            Resource::Export(workspace, name) => (*workspace, Some(name.clone())),
            Resource::SynchronousExport(workspace) | Resource::Preview(workspace) => {
                (*workspace, query(uri, "dtable_name"))
            }
            Resource::Status | Resource::ApiContent | Resource::SiteContent | Resource::ServerBase(_) => {
                let of_task = || query(uri, "task_id").and_then(|id| self.state.task(&id)?.base.as_ref());
                let uuid = if let Resource::ServerBase(uuid) = resource { Some(uuid) } else { of_task() };
                let Some(base) = uuid.and_then(|uuid| self.state.bases.with_uuid(uuid)) else {
                    return Vec::new();
                };
                (base.workspace, Some(base.name.clone()))
            }
            _ => return Vec::new(),
        };
        // The name of the base itself, which may differ from the one in the request.
        let own = |name: String| self.state.base(workspace, &name).map_or(name, |base| base.name.clone());
        let base = base.map(own).map(|base| self.names(workspace, base));
        base.into_iter().flatten().chain([self.label(workspace)]).collect()
    }

    /// Returns the names of the base that a request creates, which only the body shows.
    pub(crate) fn names_in_body(&self, request: &Received, body: &Body) -> Vec<String> {
        let (workspace, name) = match request.resource {
            Resource::Import(workspace) | Resource::Table(workspace) => {
                let upload = body.form(request).and_then(|form| form.upload(request)).ok();
                (workspace, upload.map(|upload| upload.name))
            }
            Resource::Preview(workspace) => (workspace, body.field(request, "dtable_name").ok().flatten()),
            _ => return Vec::new(),
        };
        name.map(|name| self.names(workspace, name)).into_iter().flatten().collect()
    }

    fn names(&self, workspace: u64, base: String) -> [String; 2] {
        [format!("{}/{base}", self.label(workspace)), base]
    }

    /// Returns the name of a workspace in faults.
    fn label(&self, workspace: u64) -> String {
        match self.settings.workspaces.get(&workspace) {
            Some(Owner::Account) => "personal".to_owned(),
            Some(Owner::Group { name, .. }) => name.clone(),
            Some(Owner::Other) => "shared".to_owned(),
            None => String::new(),
        }
    }
}
