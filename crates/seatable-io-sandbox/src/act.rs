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
        let response = match self.site(request) {
            Some(response) => Ok(response),
            None if request.resource == Resource::Token => self.sign_in(request, body),
            None => self.admit(request).and_then(|()| self.call(request, body)),
        };
        response.unwrap_or_else(|refusal| refusal)
    }

    /// Checks the token and the rate limits of a request.
    fn admit(&mut self, request: &Received) -> Result<()> {
        self.check_token(request).map_err(|refusal| match request.resource {
            Resource::SiteContent => self.to_login(request),
            _ => refusal,
        })?;
        let counted = self.throttle.count(self.settings.rate_limits, request.now, request.call);
        counted.map_err(|wait| {
            let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
            request.throttled(seconds, &seconds.to_string())
        })
    }

    fn call(&mut self, request: &Received, body: &Body) -> Result {
        let posts = self.settings.generation == Generation::Current;
        match (&request.resource, request.head.method.as_str()) {
            (&Resource::Import(workspace), "POST") => self.import(request, workspace, body.form(request)?),
            (&Resource::Table(workspace), "POST") => {
                self.import_table(request, workspace, body.form(request)?)
            }
            (&Resource::Preview(workspace), "GET") => self.preview_table(request, workspace),
            (&Resource::Preview(workspace), "POST") => self.confirm_table(request, workspace, body),
            (Resource::Export(workspace, name), "GET") if !posts => {
                self.export(request, *workspace, name, &Body::EMPTY)
            }
            (Resource::Export(workspace, name), "POST") if posts => {
                self.export(request, *workspace, name, body)
            }
            (&Resource::SynchronousExport(workspace), "GET") => self.synchronous_export(request, workspace),
            (&Resource::Base(workspace), "DELETE") => self.delete_base(request, workspace, body),
            (Resource::Workspaces, "GET") => self.workspaces(request),
            (Resource::Administered, "GET") => Ok(self.administered(request.now)),
            (Resource::ServerBases, "GET") => self.server_bases(request),
            (Resource::ServerBase(uuid), "GET") => self.export_by_uuid(request, uuid),
            (Resource::Status, "GET") => self.status(request),
            (Resource::Status, "DELETE") => self.cancel(request),
            (Resource::ApiContent | Resource::SiteContent, "GET") => Ok(self.content(request)),
            _ => Err(request.method_not_allowed()),
        }
    }

    /// Returns the response of the site, or `None` for an address of the API.
    fn site(&self, request: &Received) -> Option<Response<Content>> {
        use Generation::{Current, Y2020, Y2021};
        let generation = self.settings.generation;
        let not_found = page(StatusCode::NOT_FOUND, "Page not found");
        Some(match (&request.resource, generation) {
            (Resource::NoSlash, Y2020 | Y2021) => {
                let query = request.head.uri.query().map_or_else(String::new, |query| format!("?{query}"));
                let location = format!("{}/{query}", request.head.uri.path());
                redirect(StatusCode::MOVED_PERMANENTLY, &location)
            }
            (Resource::Login, _) => page(StatusCode::OK, "Log In"),
            (Resource::SiteContent, Current) => self.to_login(request),
            (Resource::Nothing | Resource::NoSlash, _)
            | (Resource::ApiContent, Y2021)
            | (Resource::SiteContent, Y2020)
            | (Resource::Table(..), Y2020 | Y2021) => not_found,
            _ if !request.call.exists_on(generation) => not_found,
            (Resource::ServerInfo, _) => self.server_info(),
            _ => return None,
        })
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
