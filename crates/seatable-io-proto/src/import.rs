use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::response::Parts;
use http::{HeaderValue, Method, Request};
use uuid::Uuid;

use crate::endpoint::ReplyObject;
use crate::{Base, Body, Endpoint, FileName, InputError, ReplyError, Server, TaskId, multipart};

/// A file to import into a workspace, without its content.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImportFile {
    workspace: u64,
    name: FileName,
    len: u64,
    boundary: Uuid,
    folder: Option<u64>,
}

impl ImportFile {
    /// Describes a file of `len` bytes.
    ///
    /// `boundary` separates the parts of the request. It must be random, such as a version 4 UUID, because a file whose author
    /// can predict it can add form fields to the request.
    ///
    /// # Errors
    ///
    /// [`InputError::FileTooLong`] if the file is longer than 2^62 bytes.
    pub fn new(workspace: u64, name: FileName, len: u64, boundary: Uuid) -> Result<Self, InputError> {
        if len > 1 << 62 {
            return Err(InputError::FileTooLong);
        }
        Ok(ImportFile { workspace, name, len, boundary, folder: None })
    }

    /// Replaces the boundary, which must be random as well.
    pub fn boundary(self, boundary: Uuid) -> Self {
        ImportFile { boundary, ..self }
    }

    /// Creates the base in a folder of the workspace. 2020 and 2021 servers ignore it.
    #[doc(alias = "folder_id")]
    pub fn folder(self, folder_id: u64) -> Self {
        ImportFile { folder: Some(folder_id), ..self }
    }

    /// Returns the workspace in which the base is created.
    pub fn workspace(&self) -> u64 {
        self.workspace
    }

    /// Returns the name that the file is sent under.
    pub fn name(&self) -> &FileName {
        &self.name
    }

    pub(crate) fn post(&self, server: &Server, path: &str) -> Request<Body> {
        let path = format!("api/v2.1/workspace/{}/{path}/", self.workspace);
        let mut request = server.request(Method::POST, &path);
        let boundary = format!("seatable-io-{}", self.boundary.simple());
        let body = multipart::body(&boundary, self.folder, self.name.as_str(), self.len);
        let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"))
            .unwrap_or(HeaderValue::from_static("multipart/form-data"));
        request.headers_mut().insert(CONTENT_TYPE, content_type);
        request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        *request.body_mut() = body;
        request
    }
}

/// `POST api/v2.1/workspace/<id>/import-dtable/`: a file becomes a base.
///
/// Current servers only parse a `.csv` or `.xlsx` file sent this way; they import it with
/// [`ImportTable`](crate::ImportTable).
#[doc(alias = "import-dtable")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StartImport(ImportFile);

impl StartImport {
    /// Sends this file.
    pub fn new(file: ImportFile) -> Self {
        StartImport(file)
    }
}

/// The reply to an import.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImportReply {
    /// The server has created the base and started a task that fills it.
    Started {
        /// The task to poll.
        task: TaskId,
        /// The new base, still empty.
        base: Base,
    },
    /// The import is already over, because a 2020 server imports a `.csv` at once. It does not report whether that failed
    /// ([fact 21](crate::facts)).
    Done {
        /// The new base.
        base: Base,
    },
    /// No base has been created, because a current server only parses a `.csv` or `.xlsx` for a preview.
    Preview {
        /// The name that the base would have.
        name: String,
    },
}

impl Endpoint for StartImport {
    type Reply = ImportReply;

    fn request(&self, server: &Server) -> Request<Body> {
        self.0.post(server, "import-dtable")
    }

    fn reply(head: &Parts, body: &[u8]) -> Result<ImportReply, ReplyError> {
        let mut response = ReplyObject::read(head, body)?;
        let task = response.take("task_id", "has a task_id that is neither a text nor a whole number")?;
        let base = response.take("table", "has a table without a uuid or a name")?;
        match (task, base) {
            (Some(task), Some(base)) => Ok(ImportReply::Started { task, base }),
            (None, Some(base)) => Ok(ImportReply::Done { base }),
            (_, None) => match response.take("dtable_name", "has a dtable_name that is not a text")? {
                Some(name) => Ok(ImportReply::Preview { name }),
                None => Err(response.not_understood("names no new base")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;
    use crate::testing::{reply, server};

    fn file() -> ImportFile {
        let name = FileName::new("stock", Format::Dtable).unwrap();
        ImportFile::new(5, name, 1000, Uuid::from_u128(0xb0)).unwrap()
    }

    #[test]
    fn the_file_is_posted_as_the_multipart_field_dtable() {
        let request = StartImport::new(file().folder(9)).request(&server());
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri(), "https://seatable.example/api/v2.1/workspace/5/import-dtable/");
        let boundary = "seatable-io-000000000000000000000000000000b0";
        let content_type = format!("multipart/form-data; boundary={boundary}");
        assert_eq!(request.headers()[CONTENT_TYPE], content_type);
        assert_eq!(request.headers()[CONTENT_LENGTH], request.body().len().to_string());
        assert_eq!(*request.body(), multipart::body(boundary, Some(9), "stock.dtable", 1000));
    }

    #[test]
    fn a_file_with_another_boundary_goes_into_the_same_folder() {
        let [id, other] = [0xb0, 0xb1].map(Uuid::from_u128);
        let file = file().boundary(other).folder(9).boundary(id);
        assert_eq!(file, self::file().folder(9));
    }

    #[test]
    fn a_length_whose_sums_could_overflow_is_refused() {
        let of = |len| ImportFile::new(5, file().name, len, Uuid::nil());
        assert!(of(1 << 62).is_ok());
        assert_eq!(of((1 << 62) + 1).unwrap_err(), InputError::FileTooLong);
    }

    #[test]
    fn every_generation_starts_a_task_for_a_dtable() {
        for (json, id) in [
            (include_str!("../tests/replies/import-2020.json"), "1583071200123"),
            (include_str!("../tests/replies/import-2021.json"), "1610536800456"),
            (include_str!("../tests/replies/import-current.json"), "0d9b7c1e-5f48-4a06-b3d2-7e1c8f9a6b54"),
        ] {
            let reply = reply::<StartImport>(200, json).unwrap();
            let ImportReply::Started { task, base } = reply else { panic!("{reply:?}") };
            assert_eq!((task.as_str(), base.name.as_str(), base.workspace_id), (id, "stock", Some(5)));
        }
    }

    #[test]
    fn a_csv_is_done_at_once_in_2020_and_only_previewed_today() {
        let of_2020 = reply::<StartImport>(200, include_str!("../tests/replies/import-csv-2020.json"));
        let Ok(ImportReply::Done { base }) = of_2020 else { panic!("{of_2020:?}") };
        assert_eq!((base.name.as_str(), base.id), ("prices", Some(13)));
        let json = include_str!("../tests/replies/import-csv-current.json");
        let preview = ImportReply::Preview { name: "prices".to_owned() };
        assert_eq!(reply::<StartImport>(200, json), Ok(preview));
    }

    #[test]
    fn a_reply_without_a_base_is_not_understood() {
        for json in ["", "{}", "[]", "<html>", r#"{"task_id": "1"}"#, r#"{"error_msg": "no"}"#] {
            let error = reply::<StartImport>(200, json).unwrap_err();
            assert!(matches!(error, ReplyError::NotUnderstood(_)), "{json}");
        }
    }

    #[test]
    fn an_unreadable_task_id_never_means_that_a_base_is_done() {
        let json = r#"{"task_id": null, "table": {"uuid": "u", "name": "n"}}"#;
        let error = reply::<StartImport>(200, json).unwrap_err();
        let words = "the reply (200 OK) has a task_id that is neither a text nor a whole number";
        assert_eq!(error.to_string(), words);
    }

    #[test]
    fn a_name_that_is_taken_is_reported_in_the_servers_words() {
        let json = include_str!("../tests/replies/refused-name-taken.json");
        let error = reply::<StartImport>(400, json).unwrap_err();
        assert_eq!(error.message(), Some("Table stock already exists."));
    }
}
