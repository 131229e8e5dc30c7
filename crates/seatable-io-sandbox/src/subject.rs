use http::Uri;

use crate::call::{Route, query};
use crate::name::base_and_extension;
use crate::sandbox::Ticket;
use crate::settings::Owner;
use crate::{Body, Sandbox};

impl Sandbox {
    /// The names by which a fault can select a request as soon as its head is there: its workspace, its base, and both.
    pub(crate) fn subject(&self, route: &Route, uri: &Uri) -> Vec<String> {
        let (workspace, base) = match route {
            Route::Import { workspace }
            | Route::SynchronousImport { workspace }
            | Route::Base { workspace } => return vec![self.label(*workspace)],
            Route::Export { workspace, name } => (*workspace, Some(name.clone())),
            Route::SynchronousExport { workspace } | Route::Preview { workspace } => {
                (*workspace, query(uri, "dtable_name"))
            }
            Route::Status | Route::ApiContent | Route::SiteContent => {
                let uuid = query(uri, "task_id").and_then(|id| self.book.task(&id)?.base.as_ref());
                let Some(base) = uuid.and_then(|uuid| self.book.bases.with_uuid(uuid)) else {
                    return Vec::new();
                };
                (base.workspace, Some(base.name.clone()))
            }
            _ => return Vec::new(),
        };
        // The name of the base itself, not the one that the database takes for it.
        let own = |name: String| self.book.base(workspace, &name).map_or(name, |base| base.name.clone());
        let base = base.map(own).map(|base| self.names(workspace, base));
        base.into_iter().flatten().chain([self.label(workspace)]).collect()
    }

    /// The names that only the body tells, of the base that a request makes.
    pub(crate) fn new_base(&self, ticket: &Ticket, body: &Body) -> Vec<String> {
        let (workspace, name) = match ticket.route {
            Route::Import { workspace } | Route::SynchronousImport { workspace } => {
                let form = self.form(ticket, body.clone()).ok();
                let upload = form.and_then(|form| form.upload(self.settings.generation));
                let name = |file: &str| base_and_extension(file, self.settings.generation).0.to_owned();
                (workspace, upload.map(|upload| name(&upload.file_name)))
            }
            Route::Preview { workspace } => {
                (workspace, self.field(ticket, body, "dtable_name").ok().flatten())
            }
            _ => return Vec::new(),
        };
        name.map(|name| self.names(workspace, name)).into_iter().flatten().collect()
    }

    fn names(&self, workspace: u64, base: String) -> [String; 2] {
        [format!("{}/{base}", self.label(workspace)), base]
    }

    /// The name of a workspace, as faults have it.
    fn label(&self, workspace: u64) -> String {
        match self.settings.workspaces.get(&workspace) {
            Some(Owner::Account) => "personal".to_owned(),
            Some(Owner::Group { name, .. }) => name.clone(),
            Some(Owner::Other) => "shared".to_owned(),
            None => String::new(),
        }
    }
}
