use http::{Response, StatusCode};
use serde_json::json;

use crate::body::Body;
use crate::call::Resource;
use crate::request::Received;
use crate::response::{Result, json, page, redirect};
use crate::{Content, Generation, Sandbox};

impl Sandbox {
    /// Acts on a request and returns the response, disregarding faults of the connection.
    pub(crate) fn act(&mut self, request: &Received, body: &Body) -> Response<Content> {
        if let Some(response) = self.site(request) {
            return response;
        }
        if request.resource == Resource::Token {
            return self.sign_in(request, body).unwrap_or_else(|refusal| refusal);
        }
        if let Err(refusal) = self.check_token(request) {
            return match request.resource {
                Resource::SiteContent => self.to_login(request),
                _ => refusal,
            };
        }
        self.call(request, body).unwrap_or_else(|refusal| refusal)
    }

    fn call(&mut self, request: &Received, body: &Body) -> Result {
        let counted = self.throttle.count(self.settings.rate_limits, request.now, request.call);
        counted.map_err(|wait| {
            let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
            request.throttled(seconds, &seconds.to_string())
        })?;
        let post_exports = self.settings.generation == Generation::Current;
        match (&request.resource, request.head.method.as_str()) {
            (&Resource::Import(workspace), "POST") => self.import(request, workspace, body.form(request)?),
            (&Resource::Table(workspace), "POST") => {
                self.import_table(request, workspace, body.form(request)?)
            }
            (&Resource::Preview(workspace), "GET") => self.preview_table(request, workspace),
            (&Resource::Preview(workspace), "POST") => self.confirm_table(request, workspace, body),
            (Resource::Export(workspace, name), "GET") if !post_exports => {
                self.export(request, *workspace, name, None)
            }
            (Resource::Export(workspace, name), "POST") if post_exports => {
                let password = body.field(request, "password")?;
                self.export(request, *workspace, name, password.as_deref())
            }
            (&Resource::SynchronousExport(workspace), "GET") => self.synchronous_export(request, workspace),
            (&Resource::Base(workspace), "DELETE") => self.delete_base(request, workspace, body),
            (Resource::Workspaces, "GET") => self.workspaces(request),
            (Resource::Administered, "GET") => Ok(self.administered(request.now)),
            (Resource::Status, "GET") => Ok(self.status(request)),
            (Resource::Status, "DELETE") => Ok(self.cancel(request)),
            (Resource::ApiContent | Resource::SiteContent, "GET") => Ok(self.content(request)),
            _ => Err(request.method_not_allowed()),
        }
    }

    /// Returns the response of the site, or `None` for an address of the API.
    fn site(&self, request: &Received) -> Option<Response<Content>> {
        use Generation::{Current, Y2020, Y2021};
        let not_found = Some(page(StatusCode::NOT_FOUND, "Page not found"));
        match (&request.resource, self.settings.generation) {
            (Resource::Nothing, _)
            | (Resource::NoSlash, Current)
            | (
                Resource::SynchronousExport(..) | Resource::Table(..) | Resource::Preview(..),
                Y2020 | Y2021,
            )
            | (Resource::ApiContent, Y2021 | Current)
            | (Resource::SiteContent | Resource::Administered | Resource::ServerInfo, Y2020) => not_found,
            (Resource::NoSlash, Y2020 | Y2021) => {
                let query = request.head.uri.query().map_or_else(String::new, |query| format!("?{query}"));
                let location = format!("{}/{query}", request.head.uri.path());
                Some(redirect(StatusCode::MOVED_PERMANENTLY, &location))
            }
            (Resource::SiteContent, Current) => Some(self.to_login(request)),
            (Resource::ServerInfo, _) => Some(self.server_info()),
            (Resource::Login, _) => Some(page(StatusCode::OK, "Log In")),
            _ => None,
        }
    }

    fn to_login(&self, request: &Received) -> Response<Content> {
        let wanted = request.head.uri.path_and_query().map_or("/", |target| target.as_str());
        let next: String = form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
        redirect(StatusCode::FOUND, &format!("{}/accounts/login/?next={next}", self.settings.prefix))
    }

    fn server_info(&self) -> Response<Content> {
        let version = if self.settings.generation == Generation::Current { "6.0.10" } else { "2.2.7" };
        json(StatusCode::OK, &json!({ "version": version, "edition": "enterprise edition" }))
    }

    fn delete_base(&mut self, request: &Received, workspace: u64, body: &Body) -> Result {
        let name = body.field(request, "name")?.ok_or_else(|| request.invalid("name"))?;
        self.check_workspace(request, workspace)?;
        let base = self.state.base(workspace, &name).ok_or_else(|| request.base_not_found(&name))?;
        let uuid = base.uuid.clone();
        self.state.bases.remove(&uuid);
        self.state.files.remove(&uuid);
        Ok(json(StatusCode::OK, &json!({ "success": true })))
    }
}
