use std::time::Duration;

use futures_util::{FutureExt, stream};
use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};
use serde_json::Value;

use crate::answer::{detail, error_msg, login_page, page, redirect};
use crate::call::{Route, parameter};
use crate::form::{self, FormError};
use crate::sandbox::Ticket;
use crate::{Body, Content, Form, Generation, Sandbox};

/// What a call answers: `Err` if it was refused.
pub(crate) type Reply = Result<Response<Content>, Response<Content>>;

impl Sandbox {
    /// What the server does and says when nothing goes wrong on the way.
    pub(crate) fn act(&mut self, now: Duration, ticket: &Ticket, body: Body) -> Response<Content> {
        if let Some(elsewhere) = self.site(ticket) {
            return elsewhere;
        }
        if ticket.route == Route::Token {
            return self.sign_in(ticket, &body).unwrap_or_else(|refusal| refusal);
        }
        if let Err(refusal) = self.check_token(ticket) {
            return match ticket.route {
                Route::SiteContent => self.to_login(ticket),
                _ => refusal,
            };
        }
        self.call(now, ticket, body).unwrap_or_else(|refusal| refusal)
    }

    fn call(&mut self, now: Duration, ticket: &Ticket, body: Body) -> Reply {
        self.throttle(now, ticket)?;
        let plan = self.plan(ticket);
        let post_exports = self.settings.generation == Generation::Current;
        match (&ticket.route, ticket.method.as_str()) {
            (&Route::Import { workspace }, "POST") => {
                let form = self.form(ticket, body)?;
                self.import(now, ticket, workspace, &form, plan)
            }
            (&Route::SynchronousImport { workspace }, "POST") => {
                let form = self.form(ticket, body)?;
                self.synchronous_import(now, ticket, workspace, &form, plan)
            }
            (&Route::Preview { workspace }, "GET") => self.preview(ticket, workspace),
            (&Route::Preview { workspace }, "POST") => self.confirm(now, ticket, workspace, &body, plan),
            (Route::Export { workspace, name }, "GET") if !post_exports => {
                self.export(now, ticket, *workspace, name, None, plan)
            }
            (Route::Export { workspace, name }, "POST") if post_exports => {
                let password = self.field(ticket, &body, "password")?;
                self.export(now, ticket, *workspace, name, password.as_deref(), plan)
            }
            (&Route::SynchronousExport { workspace }, "GET") => {
                self.synchronous_export(now, ticket, workspace, plan)
            }
            (&Route::Base { workspace }, "DELETE") => self.delete_base(ticket, workspace, &body),
            (Route::Workspaces, "GET") => self.workspaces(now, ticket),
            (Route::AdminBases, "GET") => Ok(self.admin_bases(now)),
            (Route::Status, "GET") => Ok(self.status(ticket)),
            (Route::Status, "DELETE") => Ok(self.cancel(now, ticket)),
            (Route::ApiContent | Route::SiteContent, "GET") => Ok(self.content(ticket)),
            _ => Err(ticket.method_not_allowed()),
        }
    }

    /// What the site, rather than the API, says to an address; `None` if the address is one of the API.
    fn site(&self, ticket: &Ticket) -> Option<Response<Content>> {
        use Generation::{Current, Y2020, Y2021};
        let not_found = page(StatusCode::NOT_FOUND, "Page not found");
        match (&ticket.route, self.settings.generation) {
            (Route::Nowhere, _)
            | (Route::NoSlash, Current)
            | (
                Route::SynchronousExport { .. } | Route::SynchronousImport { .. } | Route::Preview { .. },
                Y2020 | Y2021,
            )
            | (Route::ApiContent, Y2021 | Current)
            | (Route::SiteContent | Route::AdminBases | Route::ServerInfo, Y2020) => Some(not_found),
            (Route::NoSlash, Y2020 | Y2021) => {
                let query = ticket.uri.query().map_or_else(String::new, |query| format!("?{query}"));
                let location = format!("{}/{query}", ticket.uri.path());
                Some(redirect(StatusCode::MOVED_PERMANENTLY, &location))
            }
            (Route::SiteContent, Current) => Some(self.to_login(ticket)),
            (Route::ServerInfo, _) => Some(self.server_info()),
            (Route::Login, _) => Some(login_page()),
            _ => None,
        }
    }

    fn to_login(&self, ticket: &Ticket) -> Response<Content> {
        let wanted = ticket.uri.path_and_query().map_or("/", |target| target.as_str());
        let next: String = form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
        redirect(StatusCode::FOUND, &format!("{}/accounts/login/?next={next}", self.settings.prefix))
    }

    /// A field of a form of either kind, or of a JSON object; an empty one counts as none.
    pub(crate) fn field(
        &self,
        ticket: &Ticket,
        body: &Body,
        key: &str,
    ) -> Result<Option<String>, Response<Content>> {
        if form::boundary(&ticket.headers).is_some() {
            return Ok(self.form(ticket, body.clone())?.field(key, self.settings.generation));
        }
        let Body::Raw(bytes) = body else { return Ok(None) };
        let kind = ticket.headers.get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
        if !kind.starts_with(b"application/json") {
            return Ok(parameter(bytes, key));
        }
        let object: Value = serde_json::from_slice(bytes).unwrap_or_default();
        Ok(object[key].as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned))
    }

    pub(crate) fn form(&self, ticket: &Ticket, body: Body) -> Result<Form, Response<Content>> {
        let bytes = match body {
            Body::Form(form) => return Ok(form),
            Body::Malformed(why) => return Err(malformed(&why)),
            // The framework parses no body of no length: the form is empty, whatever boundary it names.
            Body::Raw(bytes) if bytes.is_empty() => return Ok(Form::default()),
            Body::Raw(bytes) => bytes,
        };
        let read = |boundary| {
            let stream = stream::iter([Ok::<_, std::io::Error>(bytes)]);
            let form = Form::read(stream, boundary, usize::MAX, self.settings.size_limit);
            form.now_or_never().unwrap_or(Err(FormError::Broken))
        };
        let form = form::boundary(&ticket.headers).map(|boundary| boundary.and_then(read));
        match form {
            Some(Ok(form)) => Ok(form),
            Some(Err(error)) => Err(malformed(&error.to_string())),
            None => Err(error_msg(StatusCode::BAD_REQUEST, &ticket.words.invalid("dtable"))),
        }
    }
}

fn malformed(why: &str) -> Response<Content> {
    detail(StatusCode::BAD_REQUEST, &format!("Multipart form parse error - {why}"))
}
