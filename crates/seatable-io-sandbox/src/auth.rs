use http::header::AUTHORIZATION;
use http::{Method, Response, StatusCode};
use serde_json::json;

use crate::act::Reply;
use crate::answer::{detail, error_msg, json};
use crate::sandbox::Ticket;
use crate::settings::Owner;
use crate::{Body, Content, Generation, Sandbox, Share};

impl Ticket {
    pub(crate) fn method_not_allowed(&self) -> Response<Content> {
        detail(StatusCode::METHOD_NOT_ALLOWED, &self.words.method_not_allowed(&self.method))
    }

    pub(crate) fn permission_denied(&self) -> Response<Content> {
        error_msg(StatusCode::FORBIDDEN, &self.words.permission_denied())
    }
}

impl Sandbox {
    /// Gives the token to any user whose password is that of [`Sandbox::with_password`].
    pub(crate) fn sign_in(&self, ticket: &Ticket, body: &Body) -> Reply {
        if ticket.method != Method::POST {
            return Err(ticket.method_not_allowed());
        }
        let [username, password] = ["username", "password"].map(|key| self.field(ticket, body, key));
        let problem = match (username?, password?) {
            (Some(_), Some(password)) if password == self.settings.password => {
                return Ok(json(StatusCode::OK, &json!({ "token": self.settings.token })));
            }
            (Some(_), Some(_)) => json!({ "non_field_errors": [ticket.words.wrong_password()] }),
            (None, _) => json!({ "username": [ticket.words.required()] }),
            (_, None) => json!({ "password": [ticket.words.required()] }),
        };
        Err(json(StatusCode::BAD_REQUEST, &problem))
    }

    pub(crate) fn check_token(&self, ticket: &Ticket) -> Result<(), Response<Content>> {
        let words = ticket.words;
        let header =
            ticket.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut parts = header.split_ascii_whitespace();
        let scheme = parts.next().unwrap_or_default();
        let bearer = self.settings.generation == Generation::Current && scheme.eq_ignore_ascii_case("bearer");
        if !scheme.eq_ignore_ascii_case("token") && !bearer {
            return Err(detail(StatusCode::FORBIDDEN, &words.no_credentials()));
        }
        let message = match (parts.next(), parts.next()) {
            (None, _) => words.no_credentials_in_header(),
            (Some(_), Some(_)) => words.spaces_in_token(),
            (Some(token), None) if token != self.settings.token => words.invalid_token(),
            (Some(_), None) => return Ok(()),
        };
        Err(detail(StatusCode::UNAUTHORIZED, &message))
    }

    /// Whether the account may make bases in a workspace.
    pub(crate) fn check_workspace(&self, ticket: &Ticket, workspace: u64) -> Result<(), Response<Content>> {
        match self.settings.workspaces.get(&workspace) {
            Some(Owner::Account | Owner::Group { is_admin: true, .. }) => Ok(()),
            Some(Owner::Group { is_admin: false, .. } | Owner::Other) => Err(ticket.permission_denied()),
            None => self.check_exists(ticket, workspace),
        }
    }

    pub(crate) fn check_exists(&self, ticket: &Ticket, workspace: u64) -> Result<(), Response<Content>> {
        if self.settings.workspaces.contains_key(&workspace) {
            return Ok(());
        }
        let message = ticket.words.not_found("Workspace", &workspace.to_string());
        Err(error_msg(StatusCode::NOT_FOUND, &message))
    }

    /// Whether the account may read a base in a workspace, or look for it there.
    pub(crate) fn check_export(
        &self,
        ticket: &Ticket,
        workspace: u64,
        name: &str,
    ) -> Result<(), Response<Content>> {
        let is_member = matches!(self.settings.workspaces.get(&workspace), Some(Owner::Group { .. }));
        let share = self.book.base(workspace, name).and_then(|base| base.share);
        if is_member || matches!(share, Some(Share::Base | Share::Group(_))) {
            return Ok(());
        }
        self.check_workspace(ticket, workspace)
    }
}
