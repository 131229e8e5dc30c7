use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::response::Parts;
use http::{HeaderValue, Method, Request};
use uuid::Uuid;

use crate::endpoint::Answer;
use crate::server::JSON;
use crate::{Base, Body, Endpoint, FileName, InputError, ReplyError, Server, TaskId, multipart};

/// `POST api/v2.1/workspace/<id>/import-dtable/`: a file becomes a base (seeds 000 and 001).
#[derive(Clone, Debug)]
pub struct StartImport {
    workspace: u64,
    file: FileName,
    len: u64,
    boundary: Uuid,
    folder: Option<u64>,
}

impl StartImport {
    /// Takes the file's length in bytes, at most 2^62.
    pub fn new(workspace: u64, file: FileName, len: u64) -> Result<Self, InputError> {
        if len > 1 << 62 {
            return Err(InputError::FileTooLong);
        }
        Ok(StartImport { workspace, file, len, boundary: Uuid::nil(), folder: None })
    }

    /// Tells the parts of the body apart. Give it random bits, so that no file holds it, not even by intent.
    pub fn boundary(self, boundary: Uuid) -> Self {
        StartImport { boundary, ..self }
    }

    /// Puts the base into a folder of the workspace; servers of 2020 and 2021 do not know of folders.
    pub fn folder(self, folder_id: u64) -> Self {
        StartImport { folder: Some(folder_id), ..self }
    }
}

/// What a server says to an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportReply {
    /// A task was started.
    Started {
        /// The task to ask about.
        task: TaskId,
        /// The new base, not filled yet.
        base: Base,
    },
    /// The base is there already: a server of 2020 imports a `.csv` at once (seed 000).
    Done {
        /// The new base.
        base: Base,
    },
    /// The file was only looked at: current servers want a `.csv` confirmed by a call outside this API.
    Preview {
        /// The name that the base would have.
        name: String,
    },
}

impl Endpoint for StartImport {
    type Reply = ImportReply;

    fn request(&self, server: &Server) -> Request<Body> {
        let path = format!("api/v2.1/workspace/{}/import-dtable/", self.workspace);
        let mut request = server.ask(Method::POST, &path, JSON);
        let boundary = format!("seatable-io-{}", self.boundary.simple());
        let body = multipart::body(&boundary, self.folder, self.file.as_str(), self.len);
        let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"))
            .unwrap_or(HeaderValue::from_static("multipart/form-data"));
        request.headers_mut().insert(CONTENT_TYPE, content_type);
        request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        *request.body_mut() = body;
        request
    }

    fn reply(head: &Parts, body: &[u8]) -> Result<ImportReply, ReplyError> {
        let mut answer = Answer::read(head, body)?;
        let task = answer.take("task_id", "its task_id is neither a text nor a whole number")?;
        let base = answer.take("table", "its table lacks a uuid or a name")?;
        match (task, base) {
            (Some(task), Some(base)) => Ok(ImportReply::Started { task, base }),
            (None, Some(base)) => Ok(ImportReply::Done { base }),
            (_, None) => match answer.take("dtable_name", "its dtable_name is not a text")? {
                Some(name) => Ok(ImportReply::Preview { name }),
                None => Err(answer.not_understood("it says nothing of a new base")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;
    use crate::testing::{reply, server};

    fn import() -> StartImport {
        let file = FileName::new("stock", Format::Dtable).unwrap();
        StartImport::new(5, file, 1000).unwrap().boundary(Uuid::from_u128(0xb0))
    }

    #[test]
    fn the_file_is_posted_as_the_multipart_field_dtable() {
        let request = import().folder(9).request(&server());
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri(), "https://seatable.example/api/v2.1/workspace/5/import-dtable/");
        let boundary = "seatable-io-000000000000000000000000000000b0";
        let content_type = format!("multipart/form-data; boundary={boundary}");
        assert_eq!(request.headers()[CONTENT_TYPE], content_type);
        assert_eq!(request.headers()[CONTENT_LENGTH], request.body().len().to_string());
        assert_eq!(*request.body(), multipart::body(boundary, Some(9), "stock.dtable", 1000));
    }

    #[test]
    fn a_length_whose_sums_could_overflow_is_refused() {
        let of = |len| StartImport::new(5, import().file, len);
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
    fn a_csv_is_done_at_once_in_2020_and_only_looked_at_today() {
        let of_2020 = reply::<StartImport>(200, include_str!("../tests/replies/import-csv-2020.json"));
        let Ok(ImportReply::Done { base }) = of_2020 else { panic!("{of_2020:?}") };
        assert_eq!((base.name.as_str(), base.id), ("prices", Some(13)));
        let json = include_str!("../tests/replies/import-csv-current.json");
        let preview = ImportReply::Preview { name: "prices".to_owned() };
        assert_eq!(reply::<StartImport>(200, json), Ok(preview));
    }

    #[test]
    fn an_answer_without_a_base_is_not_understood() {
        for json in ["", "{}", "[]", "<html>", r#"{"task_id": "1"}"#, r#"{"error_msg": "no"}"#] {
            let error = reply::<StartImport>(200, json).unwrap_err();
            assert!(matches!(error, ReplyError::NotUnderstood(_)), "{json}");
        }
    }

    #[test]
    fn a_task_id_that_cannot_be_read_is_never_taken_for_a_base_that_is_done() {
        let json = r#"{"task_id": null, "table": {"uuid": "u", "name": "n"}}"#;
        let error = reply::<StartImport>(200, json).unwrap_err();
        let told = "the server answered 200 OK, but its task_id is neither a text nor a whole number";
        assert_eq!(error.to_string(), told);
    }

    #[test]
    fn a_name_that_is_taken_is_told_in_the_servers_words() {
        let json = include_str!("../tests/replies/refused-name-taken.json");
        let error = reply::<StartImport>(400, json).unwrap_err();
        assert_eq!(error.message(), Some("Table stock already exists."));
    }
}
