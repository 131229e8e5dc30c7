use http::response::Parts;
use http::{Method, Request, StatusCode};

use crate::endpoint::ReplyObject;
use crate::{Body, Endpoint, ImportFile, ReplyError, Server};

/// `GET api/v2.1/workspace/<id>/synchronous-import/import-excel-csv-to-base/`: whether the server supports [`ImportTable`].
/// The request changes nothing on the server.
///
/// The address does not support `GET`: a server that has it answers 405, an older one 404 without JSON.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FindTableImport(u64);

impl FindTableImport {
    /// Uses the address of any workspace.
    pub fn new(workspace: u64) -> Self {
        FindTableImport(workspace)
    }
}

impl Endpoint for FindTableImport {
    type Reply = bool;

    fn request(&self, server: &Server) -> Request<Body> {
        let path = format!("api/v2.1/workspace/{}/{TABLE}/", self.0);
        server.request(Method::GET, &path)
    }

    fn reply(head: &Parts, body: &[u8]) -> Result<bool, ReplyError> {
        match ReplyObject::read(head, body) {
            Ok(response) => Err(response.not_understood("accepts a request that it should refuse")),
            Err(error) if error.status() == StatusCode::METHOD_NOT_ALLOWED => Ok(true),
            Err(error) if error.is_wrong_address() => Ok(false),
            Err(error) => Err(error),
        }
    }
}

const TABLE: &str = "synchronous-import/import-excel-csv-to-base";

/// `POST api/v2.1/workspace/<id>/synchronous-import/import-excel-csv-to-base/`: a `.csv` or `.xlsx` file becomes a
/// base, in one request.
///
/// Only current servers support it. After 60 seconds they answer 504 and continue, and the outcome is unknown.
#[doc(alias = "import-excel-csv-to-base")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImportTable(ImportFile);

impl ImportTable {
    /// Sends this file.
    pub fn new(file: ImportFile) -> Self {
        ImportTable(file)
    }
}

impl Endpoint for ImportTable {
    type Reply = ();

    fn request(&self, server: &Server) -> Request<Body> {
        self.0.post(server, TABLE)
    }

    fn reply(head: &Parts, body: &[u8]) -> Result<(), ReplyError> {
        ReplyObject::read(head, body)?.success()
    }
}

#[cfg(test)]
mod tests {
    use http::header::CONTENT_TYPE;
    use uuid::Uuid;

    use super::*;
    use crate::testing::{head, line, reply, server};
    use crate::{FileName, Format};

    const PATH: &str = "api/v2.1/workspace/5/synchronous-import/import-excel-csv-to-base/";

    #[test]
    fn fact_14_a_get_shows_whether_a_server_imports_tables_in_one_request() {
        assert_eq!(line(&FindTableImport::new(5)), format!("GET https://seatable.example/{PATH}"));
        assert_eq!(reply::<FindTableImport>(405, r#"{"detail": "Method \"GET\" not allowed."}"#), Ok(true));
        let page = ("content-type", "text/html");
        assert_eq!(FindTableImport::reply(&head(404, &[page]), b"<html>"), Ok(false));
    }

    #[test]
    fn any_other_response_leaves_open_whether_a_server_imports_tables_in_one_request() {
        for (status, body) in [(404, r#"{"error_msg": "Workspace 5 not found."}"#), (401, "{}"), (502, "")] {
            assert!(reply::<FindTableImport>(status, body).unwrap_err().refusal().is_some(), "{status}");
        }
        for body in ["<html>", "{}", r#"{"success": true}"#] {
            assert!(reply::<FindTableImport>(200, body).unwrap_err().refusal().is_none(), "{body}");
        }
    }

    #[test]
    fn fact_14_a_table_is_posted_as_the_multipart_field_dtable() {
        let name = FileName::new("prices", Format::Xlsx).unwrap();
        let file = ImportFile::new(5, name, 9, Uuid::from_u128(0xb0)).unwrap();
        assert_eq!(line(&ImportTable::new(file.clone())), format!("POST https://seatable.example/{PATH}"));
        let request = ImportTable::new(file).request(&server());
        assert!(
            request.headers()[CONTENT_TYPE].to_str().unwrap().starts_with("multipart/form-data; boundary=")
        );
        assert!(request.body().head().ends_with(b"filename=\"prices.xlsx\"\r\n\r\n"));
    }

    #[test]
    fn fact_14_only_success_is_success() {
        assert_eq!(reply::<ImportTable>(200, r#"{"success": true}"#), Ok(()));
        for body in ["", "{}", r#"{"success": false}"#, r#"{"task_id": "1"}"#, "{'success': true}"] {
            assert!(reply::<ImportTable>(200, body).unwrap_err().refusal().is_none(), "{body}");
        }
        let error = reply::<ImportTable>(504, r#"{"error_msg": "Timeout Error."}"#).unwrap_err();
        assert_eq!(error.message(), Some("Timeout Error."));
    }
}
