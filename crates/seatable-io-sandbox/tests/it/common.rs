//! Builders of requests and readers of responses, for all tests of this package.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use seatable_io_sandbox::{Base, Delivery, Generation, Sandbox, sample_dtable};
use serde_json::Value;

pub(crate) const NOW: Duration = Duration::ZERO;
pub(crate) const OLDER: [Generation; 2] = [Generation::Y2020, Generation::Y2021];
pub(crate) const EXPORT: &str = "/api/v2.1/workspace/1/dtable/t/export-dtable/";
pub(crate) const SYNCHRONOUS: &str = "/api/v2.1/workspace/1/synchronous-export/export-dtable/";
pub(crate) const IMPORT: &str = "/api/v2.1/workspace/1/import-dtable/";
pub(crate) const TABLE: &str = "/api/v2.1/workspace/1/synchronous-import/import-excel-csv-to-base/";
pub(crate) const WORKSPACES: &str = "/api/v2.1/workspaces/";
pub(crate) const ADMIN: &str = "/api/v2.1/user-admin-dtables/";
pub(crate) const PREVIEW: &str = "/api/v2.1/workspace/1/import-excel-csv/";

pub(crate) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A server with one base `t` in workspace 1.
pub(crate) fn server(generation: Generation) -> Sandbox {
    Sandbox::new(generation).with_base(1, "t", sample_dtable(2000))
}

/// A client of one sandbox, with a virtual clock.
pub(crate) struct Client {
    pub(crate) sandbox: Sandbox,
    pub(crate) now: Duration,
}

impl Client {
    pub(crate) fn of(sandbox: Sandbox) -> Self {
        Client { sandbox, now: NOW }
    }

    pub(crate) fn new(generation: Generation) -> Self {
        Client::of(server(generation))
    }

    pub(crate) fn send(&mut self, request: Request<Bytes>) -> Delivery {
        self.sandbox.respond(self.now, request)
    }

    pub(crate) fn request(&mut self, method: &str, target: &str) -> Delivery {
        self.send(request(method, target, self.sandbox.token()))
    }

    pub(crate) fn get(&mut self, target: &str) -> Reply {
        Reply::of(&self.request("GET", target))
    }

    pub(crate) fn post(&mut self, target: &str) -> Reply {
        Reply::of(&self.request("POST", target))
    }

    pub(crate) fn delete(&mut self, target: &str) -> Reply {
        Reply::of(&self.request("DELETE", target))
    }

    pub(crate) fn import(&mut self, file_name: &str, file: &[u8]) -> Reply {
        self.import_at(IMPORT, file_name, file)
    }

    /// Imports at another address.
    pub(crate) fn import_at(&mut self, target: &str, file_name: &str, file: &[u8]) -> Reply {
        let mut request = upload(&format!("form-data; name=\"dtable\"; filename=\"{file_name}\""), file);
        *request.uri_mut() = target.parse().expect("an address");
        Reply::of(&self.send(with_token(request, self.sandbox.token())))
    }

    /// Exports base `t` in one request.
    pub(crate) fn export_at_once(&mut self) -> Reply {
        self.get(&format!("{SYNCHRONOUS}?dtable_name=t"))
    }

    /// Imports into a folder.
    pub(crate) fn import_into(&mut self, folder: &str, target: &str, file_name: &str, file: &[u8]) -> Reply {
        let field = form("form-data; name=folder_id", folder.as_bytes());
        let field = field.strip_suffix(b"--\r\n").expect("the end of a form");
        let (mut head, body) =
            upload(&format!("form-data; name=dtable; filename={file_name}"), file).into_parts();
        head.uri = target.parse().expect("an address");
        let body = [field, &body["--BOUNDARY".len()..]].concat().into();
        Reply::of(&self.send(with_token(Request::from_parts(head, body), self.sandbox.token())))
    }

    pub(crate) fn export(&mut self) -> Reply {
        match self.sandbox.generation() {
            Generation::Current => self.post(EXPORT),
            _ => self.get(EXPORT),
        }
    }

    pub(crate) fn status(&mut self, task: &str) -> Reply {
        self.get(&format!("/api/v2.1/dtable-io-status/?task_id={task}"))
    }

    pub(crate) fn cancel(&mut self, task: &str, uuid: &str, kind: &str) -> Reply {
        self.delete(&format!(
            "/api/v2.1/dtable-io-status/?task_id={task}&dtable_uuid={uuid}&task_type={kind}"
        ))
    }

    pub(crate) fn content(&mut self, task: &str, uuid: &str) -> Reply {
        let address = match self.sandbox.generation() {
            Generation::Y2020 => "/api/v2.1/dtable-export-content/",
            _ => "/dtable-export-content/",
        };
        self.get(&format!("{address}?task_id={task}&dtable_uuid={uuid}"))
    }

    pub(crate) fn base(&mut self, name: &str) -> Option<&Base> {
        self.sandbox.state(self.now).base(1, name)
    }
}

/// A response as the client receives it.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) response: Response<Bytes>,
    pub(crate) delay: Duration,
}

impl Reply {
    pub(crate) fn of(delivery: &Delivery) -> Self {
        let response =
            delivery.delivered().expect("a readable body").expect("the client receives the response");
        Reply { response, delay: delivery.delay }
    }

    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.response.headers().get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.response.body()).into_owned()
    }

    pub(crate) fn is_page(&self) -> bool {
        self.header("content-type") == "text/html"
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(self.response.body()).expect("JSON")
    }

    pub(crate) fn task(&self) -> String {
        self.json()["task_id"].as_str().expect("a text").to_owned()
    }

    pub(crate) fn uuid(&self) -> String {
        self.json()["table"]["uuid"].as_str().expect("a text").to_owned()
    }

    /// The status and the message.
    pub(crate) fn error(&self) -> (u16, String) {
        let body = self.json();
        let message = body.get("error_msg").or(body.get("detail")).and_then(Value::as_str);
        (self.status(), message.expect("a message").to_owned())
    }
}

pub(crate) fn request(method: &str, target: &str, token: &str) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(target).header("Accept-Language", "en");
    request.header("Authorization", format!("Token {token}")).body(Bytes::new()).expect("a request")
}

/// A form with one part, without a token.
pub(crate) fn upload(disposition: &str, file: &[u8]) -> Request<Bytes> {
    let request = Request::post(IMPORT).header("Accept-Language", "en");
    let request = request.header("Content-Type", "multipart/form-data; boundary=BOUNDARY");
    request.body(form(disposition, file)).expect("a request")
}

pub(crate) fn form(disposition: &str, file: &[u8]) -> Bytes {
    let head = format!("--BOUNDARY\r\nContent-Disposition: {disposition}\r\n\r\n");
    [head.as_bytes(), file, b"\r\n--BOUNDARY--\r\n"].concat().into()
}

pub(crate) fn with_token(mut request: Request<Bytes>, token: &str) -> Request<Bytes> {
    let value = format!("Token {token}").parse().expect("a header");
    request.headers_mut().insert("Authorization", value);
    request
}

pub(crate) fn error(status: u16, message: &str) -> (u16, String) {
    (status, message.to_owned())
}
