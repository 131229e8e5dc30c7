use http::header::AUTHORIZATION;
use http::{Method, StatusCode};
use serde_json::json;

use crate::body::Body;
use crate::message::{INVALID_TOKEN, NO_CREDENTIALS_IN_HEADER, REQUIRED, SPACES_IN_TOKEN, WRONG_PASSWORD};
use crate::request::Received;
use crate::response::{Result, detail, json};
use crate::settings::Owner;
use crate::{Generation, Sandbox, Share};

impl Sandbox {
    /// Issues the token to any user with the password of [`Sandbox::with_password`].
    pub(crate) fn sign_in(&self, request: &Received, body: &Body) -> Result {
        if request.head.method != Method::POST {
            return Err(request.method_not_allowed());
        }
        let [username, password] = ["username", "password"].map(|key| body.field(request, key));
        let problem = match (username?, password?) {
            (Some(_), Some(password)) if password == self.settings.password => {
                return Ok(json(StatusCode::OK, &json!({ "token": self.settings.token })));
            }
            (Some(_), Some(_)) => json!({ "non_field_errors": [request.text(WRONG_PASSWORD)] }),
            (None, _) => json!({ "username": [request.text(REQUIRED)] }),
            (_, None) => json!({ "password": [request.text(REQUIRED)] }),
        };
        Err(json(StatusCode::BAD_REQUEST, &problem))
    }

    pub(crate) fn check_token(&self, request: &Received) -> Result<()> {
        let header = request.head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let mut parts = header.unwrap_or_default().split_ascii_whitespace();
        let scheme = parts.next().unwrap_or_default();
        let bearer = self.settings.generation == Generation::Current && scheme.eq_ignore_ascii_case("bearer");
        if !scheme.eq_ignore_ascii_case("token") && !bearer {
            return Err(request.no_credentials());
        }
        let message = match (parts.next(), parts.next()) {
            (None, _) => NO_CREDENTIALS_IN_HEADER,
            (Some(_), Some(_)) => SPACES_IN_TOKEN,
            (Some(token), None) if token != self.settings.token => INVALID_TOKEN,
            (Some(_), None) => return Ok(()),
        };
        Err(detail(StatusCode::UNAUTHORIZED, request.text(message)))
    }

    /// Checks that the account may create bases in a workspace.
    pub(crate) fn check_workspace(&self, request: &Received, workspace: u64) -> Result<()> {
        match self.settings.workspaces.get(&workspace) {
            Some(Owner::Account | Owner::Group { is_admin: true, .. }) => Ok(()),
            Some(Owner::Group { is_admin: false, .. } | Owner::Other) => Err(request.permission_denied()),
            None => self.check_exists(request, workspace),
        }
    }

    pub(crate) fn check_exists(&self, request: &Received, workspace: u64) -> Result<()> {
        if self.settings.workspaces.contains_key(&workspace) {
            return Ok(());
        }
        Err(request.not_found(&format!("Workspace {workspace}")))
    }

    /// Checks that the account may export a base from a workspace, or search for it there.
    pub(crate) fn check_export(&self, request: &Received, workspace: u64, name: &str) -> Result<()> {
        let is_member = matches!(self.settings.workspaces.get(&workspace), Some(Owner::Group { .. }));
        let share = self.state.base(workspace, name).and_then(|base| base.share);
        if is_member || matches!(share, Some(Share::Base | Share::Group(_))) {
            return Ok(());
        }
        self.check_workspace(request, workspace)
    }
}
