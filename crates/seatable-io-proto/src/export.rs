use std::fmt;

use http::response::Parts;
use http::{Method, Request};

use crate::endpoint::ReplyObject;
use crate::percent::encode;
use crate::text::from_text;
use crate::{
    Base, BaseName, BaseUuid, Body, Endpoint, FileHead, InputError, ReplyError, Server, TaskId, content,
};

/// `GET api/v2.1/workspace/<id>/dtable/<name>/export-dtable/`: starts a task that exports a base to a file.
///
/// Current servers answer 405; use [`SynchronousExport`] there.
#[doc(alias = "export-dtable")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StartExport {
    workspace: u64,
    base: BaseName,
}

impl StartExport {
    /// Exports a base with its assets.
    ///
    /// # Errors
    ///
    /// [`InputError::DotsInPath`] for a base named `.` or `..`, because URL libraries drop such a segment of a path, even if it
    /// is encoded.
    pub fn new(workspace: u64, base: BaseName) -> Result<Self, InputError> {
        if base.is_dots() { Err(InputError::DotsInPath) } else { Ok(StartExport { workspace, base }) }
    }
}

/// An export that a server has started.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StartedExport {
    /// The task to poll.
    pub task: TaskId,
    /// The base that is exported.
    pub base: Base,
}

impl Endpoint for StartExport {
    type Reply = StartedExport;

    fn request(&self, server: &Server) -> Request<Body> {
        let (workspace, name) = (self.workspace, encode(self.base.as_str()));
        let path = format!("api/v2.1/workspace/{workspace}/dtable/{name}/export-dtable/");
        server.request(Method::GET, &path)
    }

    fn reply(head: &Parts, body: &[u8]) -> Result<StartedExport, ReplyError> {
        let mut response = ReplyObject::read(head, body)?;
        let task = response.take("task_id", "has a task_id that is neither a text nor a whole number")?;
        let base = response.take("table", "has a table without a uuid or a name")?;
        match (task, base) {
            (Some(task), Some(base)) => Ok(StartedExport { task, base }),
            _ => Err(response.not_understood("has no task_id or no table")),
        }
    }
}

/// The password of an encrypted base. Its `Debug` output hides it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Password(String);

impl Password {
    /// Accepts 1 to 1024 bytes.
    ///
    /// # Errors
    ///
    /// [`InputError::Password`] for anything else.
    pub fn new(text: impl Into<String>) -> Result<Self, InputError> {
        let text = text.into();
        if (1..=1024).contains(&text.len()) { Ok(Password(text)) } else { Err(InputError::Password) }
    }
}

from_text!(Password);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// `GET api/v2.1/workspace/<id>/synchronous-export/export-dtable/`: the file of a base, in one request.
///
/// Only current servers support it. After 60 seconds they answer 504 and continue, but the file is lost ([fact
/// 26](crate::facts)).
#[doc(alias = "synchronous-export")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SynchronousExport {
    workspace: u64,
    base: BaseName,
    password: Option<Password>,
    without_assets: bool,
}

impl SynchronousExport {
    /// Exports a base of any name, with its assets.
    pub fn new(workspace: u64, base: BaseName) -> Self {
        SynchronousExport { workspace, base, password: None, without_assets: false }
    }

    /// Sends the password of the base, in the query. Do not log the URI of the request then, but [`describe`] it.
    ///
    /// [`describe`]: crate::describe
    pub fn password(self, password: Password) -> Self {
        SynchronousExport { password: Some(password), ..self }
    }

    /// Leaves out the assets (files and images) of the base.
    #[doc(alias = "ignore_asset")]
    pub fn without_assets(self) -> Self {
        SynchronousExport { without_assets: true, ..self }
    }
}

impl Endpoint for SynchronousExport {
    type Reply = FileHead;

    fn request(&self, server: &Server) -> Request<Body> {
        let (workspace, name) = (self.workspace, encode(self.base.as_str()));
        let mut path =
            format!("api/v2.1/workspace/{workspace}/synchronous-export/export-dtable/?dtable_name={name}");
        if let Some(password) = &self.password {
            path += "&password=";
            path += &encode(&password.0);
        }
        if self.without_assets {
            path += "&ignore_asset=true";
        }
        server.request(Method::GET, &path)
    }

    fn reply(head: &Parts, body: &[u8]) -> Result<FileHead, ReplyError> {
        content::whole_file(head, body)
    }
}

/// `GET api/v2.1/admin/dtables/<uuid>/synchronous-export/export-dtable/`: the file of any base of a server, in one request, without
/// its password.
///
/// The token must be that of an administrator of the server; others get 403. Only current servers support it, with the 60 seconds
/// of [`SynchronousExport`] ([fact 27](crate::facts)).
#[doc(alias = "admin/dtables")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExportByUuid {
    uuid: BaseUuid,
    without_assets: bool,
}

impl ExportByUuid {
    /// Exports a base with its assets.
    ///
    /// # Errors
    ///
    /// [`InputError::DotsAsUuid`] for the UUID `.` or `..`, because URL libraries drop such a segment of a path, even if it is
    /// encoded.
    pub fn new(uuid: BaseUuid) -> Result<Self, InputError> {
        let is_dots = matches!(uuid.as_str(), "." | "..");
        if is_dots { Err(InputError::DotsAsUuid) } else { Ok(ExportByUuid { uuid, without_assets: false }) }
    }

    /// Leaves out the assets (files and images) of the base.
    #[doc(alias = "ignore_asset")]
    pub fn without_assets(self) -> Self {
        ExportByUuid { without_assets: true, ..self }
    }

    /// Returns the UUID of the base.
    pub fn uuid(&self) -> &BaseUuid {
        &self.uuid
    }
}

impl Endpoint for ExportByUuid {
    type Reply = FileHead;

    fn request(&self, server: &Server) -> Request<Body> {
        let (uuid, without_assets) = (encode(self.uuid.as_str()), self.without_assets);
        let path = format!("api/v2.1/admin/dtables/{uuid}/synchronous-export/export-dtable/");
        server.request(Method::GET, &format!("{path}?ignore_asset={without_assets}"))
    }

    fn reply(head: &Parts, body: &[u8]) -> Result<FileHead, ReplyError> {
        content::whole_file(head, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{line, reply};

    #[test]
    fn fact_27_any_base_is_exported_by_its_uuid_which_is_one_path_segment() {
        let export = ExportByUuid::new(BaseUuid::new("8en/b?6#62d").unwrap()).unwrap();
        let base = "GET https://seatable.example/api/v2.1/admin/dtables/8en%2Fb%3F6%2362d";
        let address = format!("{base}/synchronous-export/export-dtable/");
        assert_eq!(line(&export), format!("{address}?ignore_asset=false"));
        assert_eq!(line(&export.without_assets()), format!("{address}?ignore_asset=true"));
        for dots in [".", ".."] {
            assert_eq!(ExportByUuid::new(BaseUuid::new(dots).unwrap()), Err(InputError::DotsAsUuid));
        }
    }

    #[test]
    fn fact_27_a_base_that_does_not_exist_is_a_404_without_its_name() {
        let error = reply::<ExportByUuid>(404, r#"{"error_msg": "Base not found."}"#).unwrap_err();
        assert_eq!(error.refusal().unwrap().reason(), Some(crate::RefusalReason::NoBase));
    }

    fn name(text: &str) -> BaseName {
        BaseName::new(text).unwrap()
    }

    #[test]
    fn a_base_is_one_path_segment_whatever_its_name() {
        let export = StartExport::new(5, name("50% of a/b? #1 \"ä\"")).unwrap();
        let segment = "50%25%20of%20a%2Fb%3F%20%231%20%22%C3%A4%22";
        let path = format!("api/v2.1/workspace/5/dtable/{segment}/export-dtable/");
        assert_eq!(line(&export), format!("GET https://seatable.example/{path}"));
    }

    #[test]
    fn dots_cannot_be_a_path_segment_but_a_query_value() {
        for dots in [".", ".."] {
            assert_eq!(StartExport::new(5, name(dots)).unwrap_err(), InputError::DotsInPath);
            let line = line(&SynchronousExport::new(5, name(dots)));
            assert!(line.ends_with(&format!("/synchronous-export/export-dtable/?dtable_name={dots}")));
        }
    }

    #[test]
    fn the_task_id_of_2021_has_13_or_14_digits() {
        for (json, id, base) in [
            (include_str!("../tests/replies/export-2020.json"), "1583071200123", "stock (2)"),
            (include_str!("../tests/replies/export-2021.json"), "16105368004567", "stock"),
        ] {
            let started = reply::<StartExport>(200, json).unwrap();
            assert_eq!((started.task.as_str(), started.base.name.as_str()), (id, base));
        }
    }

    #[test]
    fn an_export_needs_a_task_and_a_base() {
        for json in ["{}", r#"{"task_id": 1}"#, r#"{"table": {"uuid": "u", "name": "n"}}"#] {
            let error = reply::<StartExport>(200, json).unwrap_err();
            assert_eq!(error.to_string(), "the reply (200 OK) has no task_id or no table");
        }
    }

    #[test]
    fn a_current_server_refuses_the_old_way_with_405() {
        let error = reply::<StartExport>(405, r#"{"detail": "Method \"GET\" not allowed."}"#).unwrap_err();
        assert_eq!(error.status(), 405);
        assert_eq!(error.message(), Some("Method \"GET\" not allowed."));
    }

    #[test]
    fn a_synchronous_export_asks_in_its_query() {
        let export = SynchronousExport::new(5, name("a&b"));
        let export = export.password(Password::new("p+w d").unwrap());
        assert!(!line(&export).contains("ignore_asset"));
        let export = export.without_assets();
        let path = "api/v2.1/workspace/5/synchronous-export/export-dtable/";
        let query = "dtable_name=a%26b&password=p%2Bw%20d&ignore_asset=true";
        assert_eq!(line(&export), format!("GET https://seatable.example/{path}?{query}"));
    }

    #[test]
    fn assets_are_left_out_with_or_without_a_password() {
        let export = SynchronousExport::new(5, name("a")).without_assets();
        assert!(line(&export).ends_with("?dtable_name=a&ignore_asset=true"));
        let export = export.password(Password::new("p").unwrap());
        assert!(line(&export).ends_with("?dtable_name=a&password=p&ignore_asset=true"));
    }

    #[test]
    fn a_password_is_bounded_and_never_shown() {
        assert_eq!(Password::new("").unwrap_err(), InputError::Password);
        assert_eq!(Password::new("a".repeat(1025)).unwrap_err(), InputError::Password);
        let export = SynchronousExport::new(5, name("a")).password(Password::new("geheim").unwrap());
        assert!(!format!("{export:?}").contains("geheim"));
        assert!(format!("{export:?}").contains("Password(…)"));
    }

    #[test]
    fn a_synchronous_export_that_takes_too_long_is_a_504() {
        let error = reply::<SynchronousExport>(504, r#"{"error_msg": "Timeout Error."}"#).unwrap_err();
        assert_eq!(error.to_string(), "the server answered 504 Gateway Timeout: Timeout Error.");
    }
}
