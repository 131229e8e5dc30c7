//! Requests and responses as seen by an observer of the wire, who knows the protocol, but not the operation.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, RETRY_AFTER, TRANSFER_ENCODING};
use http::response::Parts;
use http::{Method, Request};
use seatable_io_proto::Body;
use serde_json::Value;

use crate::Violation;

/// The most bytes that are read of a response that is not a file.
pub(crate) const READABLE: usize = 64 * 1024;

/// The call that a request makes, by its method and path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Upload,
    TableProbe,
    TableUpload,
    StartExport { base: String },
    SynchronousExport { query: Vec<(String, String)> },
    Poll { task: String },
    Download { task: String, uuid: String, site: bool },
    Cancel { task: String, uuid: String, kind: String },
    ListAdministered,
    ListWorkspaces { with_bases: bool },
    ListServerBases { page: String },
    ExportByUuid { uuid: String, without_assets: String },
}

impl Asked {
    pub(crate) fn of<B>(request: &Request<B>) -> Result<Self, Violation> {
        let uri = request.uri();
        let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let pairs: Vec<(String, String)> = pairs.into_owned().collect();
        let [first, second, third] = [0, 1, 2].map(|at| pairs.get(at).map_or("", |pair| &pair.1).to_owned());
        let keys: Vec<_> = pairs.iter().map(|(key, _)| key.as_str()).collect();
        let segments: Vec<_> = uri.path().split('/').skip(1).collect();
        Ok(match (request.method(), segments.as_slice(), keys.as_slice()) {
            (&Method::POST, ["api", "v2.1", "workspace", "1", "import-dtable", ""], []) => Self::Upload,
            (method, ["api", "v2.1", "workspace", "1", "synchronous-import", TABLES, ""], []) => {
                match *method {
                    Method::GET => Self::TableProbe,
                    Method::POST => Self::TableUpload,
                    _ => return Err(foreign(request)),
                }
            }
            (&Method::GET, ["api", "v2.1", "workspace", "1", "dtable", base, "export-dtable", ""], []) => {
                Self::StartExport { base: decoded(base) }
            }
            (
                &Method::GET,
                ["api", "v2.1", "workspace", "1", "synchronous-export", "export-dtable", ""],
                _,
            ) => Self::SynchronousExport { query: pairs },
            (&Method::GET, ["api", "v2.1", "dtable-io-status", ""], ["task_id"]) => {
                Self::Poll { task: first }
            }
            (
                &Method::DELETE,
                ["api", "v2.1", "dtable-io-status", ""],
                ["task_id", "dtable_uuid", "task_type"],
            ) => Self::Cancel { task: first, uuid: second, kind: third },
            (&Method::GET, ["api", "v2.1", "dtable-export-content", ""], ["task_id", "dtable_uuid"]) => {
                Self::Download { task: first, uuid: second, site: false }
            }
            (&Method::GET, ["dtable-export-content", ""], ["task_id", "dtable_uuid"]) => {
                Self::Download { task: first, uuid: second, site: true }
            }
            (&Method::GET, ["api", "v2.1", "user-admin-dtables", ""], []) => Self::ListAdministered,
            (&Method::GET, ["api", "v2.1", "admin", "dtables", ""], ["page", "per_page"])
                if second == "100" =>
            {
                Self::ListServerBases { page: first }
            }
            (
                &Method::GET,
                ["api", "v2.1", "admin", "dtables", uuid, "synchronous-export", "export-dtable", ""],
                ["ignore_asset"],
            ) => Self::ExportByUuid { uuid: decoded(uuid), without_assets: first },
            (&Method::GET, ["api", "v2.1", "workspaces", ""], []) => {
                Self::ListWorkspaces { with_bases: true }
            }
            (&Method::GET, ["api", "v2.1", "workspaces", ""], ["detail"]) if first == "false" => {
                Self::ListWorkspaces { with_bases: false }
            }
            _ => return Err(foreign(request)),
        })
    }

    /// Returns whether it sends the file.
    pub(crate) fn is_upload(&self) -> bool {
        matches!(self, Self::Upload | Self::TableUpload)
    }

    /// Returns whether its response is the file.
    pub(crate) fn is_for_file(&self) -> bool {
        matches!(self, Self::Download { .. } | Self::SynchronousExport { .. } | Self::ExportByUuid { .. })
    }

    /// Returns whether it begins an export.
    pub(crate) fn starts_export(&self) -> bool {
        matches!(self, Self::StartExport { .. }) || self.exports_at_once()
    }

    /// Returns whether it exports in one request.
    pub(crate) fn exports_at_once(&self) -> bool {
        matches!(self, Self::SynchronousExport { .. } | Self::ExportByUuid { .. })
    }
}

const TABLES: &str = "import-excel-csv-to-base";

fn foreign<B>(request: &Request<B>) -> Violation {
    Violation(format!("a request that the protocol does not have: {} {}", request.method(), request.uri()))
}

fn decoded(segment: &str) -> String {
    let pair = segment.replace('+', "%2B");
    url::form_urlencoded::parse(pair.as_bytes()).map(|(key, _)| key.into_owned()).next().unwrap_or_default()
}

/// Returns the whole request with the file in its place.
pub(crate) fn with_file(request: &Request<Body>, file: &[u8]) -> Request<Bytes> {
    request.clone().map(|body| {
        let file = if body.file_len() == 0 { &[][..] } else { file };
        Bytes::from([body.head(), file, body.tail()].concat())
    })
}

/// One field of a form: its name, the name of its file, and its bytes.
type Field = (String, Option<String>, Bytes);

/// Checks an upload byte for byte, with an independent parser.
pub(crate) fn check_upload(
    request: &Request<Bytes>,
    name: &str,
    file: &Bytes,
    folder: Option<u64>,
) -> Result<(), Violation> {
    let wrong = |words: &str| Err(Violation(format!("a wrong upload: {words}")));
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if header(CONTENT_LENGTH) != request.body().len().to_string() {
        return wrong("its length is not the announced one");
    }
    let Ok(boundary) = multer::parse_boundary(header(CONTENT_TYPE)) else { return wrong("no boundary") };
    if boundary.len() < 32 || boundary.ends_with("0000000000000000") {
        return wrong("a boundary that can be guessed");
    }
    let stream = stream::iter([Ok::<_, Infallible>(request.body().clone())]);
    let read = async {
        let mut form = multer::Multipart::new(stream, boundary);
        let mut fields: Vec<Field> = Vec::new();
        while let Some(field) = form.next_field().await? {
            let (key, name) =
                (field.name().unwrap_or_default().to_owned(), field.file_name().map(str::to_owned));
            fields.push((key, name, field.bytes().await?));
        }
        Ok::<_, multer::Error>(fields)
    };
    let Some(Ok(mut fields)) = read.now_or_never() else { return wrong("no form") };
    let folder = folder.map(|folder| ("folder_id".to_owned(), None, Bytes::from(folder.to_string())));
    let mut expected: Vec<Field> =
        folder.into_iter().chain([("dtable".to_owned(), Some(name.to_owned()), file.clone())]).collect();
    expected.sort();
    fields.sort();
    if fields == expected { Ok(()) } else { wrong(&format!("{fields:?}")) }
}

/// Checks that a request has the token.
pub(crate) fn check_head<B>(request: &Request<B>, token: &str) -> Result<(), Violation> {
    let value = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if value != Some(&format!("Token {token}")) {
        return Err(Violation("a request without its token".to_owned()));
    }
    Ok(())
}

/// The fate of a request, as far as its driver reports it.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    /// No byte of it was sent.
    NotSent,
    /// The same, because the server was not trusted.
    Untrusted,
    /// No final head was received.
    Unheard,
    Heard(Heard),
}

/// A response.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    /// 429, or 503 with a `Retry-After` that can be read: the server did not act.
    pub(crate) busy: bool,
    pub(crate) retry_after: Option<Duration>,
    /// The whole body, if it is a JSON object.
    pub(crate) json: Option<Value>,
    pub(crate) body: Bytes,
    /// Whether it was complete.
    pub(crate) whole: bool,
    /// It was begun before the whole file was sent.
    pub(crate) early: bool,
    /// It is announced as a file.
    pub(crate) is_file: bool,
    /// It is JSON, as far as it was read.
    is_json: bool,
    announced: Option<u64>,
}

impl Heard {
    pub(crate) fn new(head: &Parts, body: Bytes, whole: bool, early: bool) -> Self {
        let text = |name| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let status = head.status.as_u16();
        let retry_after = text(RETRY_AFTER).and_then(|after| wait_of(after, text(DATE)));
        let json = Some(&body).filter(|body| whole && body.len() < READABLE);
        let kind = text(CONTENT_TYPE).unwrap_or_default();
        let announced = text(CONTENT_LENGTH).and_then(|text| text.parse().ok());
        let read = &body[..body.len().min(READABLE)];
        let is_blank = kind.contains("json") && read.trim_ascii().is_empty();
        Self {
            status,
            is_json: is_blank || serde_json::from_slice(read).is_ok_and(|value: Value| value.is_object()),
            busy: status == 429 || status == 503 && retry_after.is_some(),
            retry_after,
            json: json.and_then(|body| serde_json::from_slice(body).ok()).filter(Value::is_object),
            is_file: status == 200 && !kind.contains("html") && !kind.contains("json"),
            announced: announced.filter(|_| !head.headers.contains_key(TRANSFER_ENCODING)),
            body,
            whole,
            early,
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status) && self.whole
    }

    pub(crate) fn error_msg(&self) -> Option<&str> {
        self.json.as_ref()?.get("error_msg")?.as_str()
    }

    /// Returns whether the server does not know the task.
    pub(crate) fn is_unknown_task(&self) -> bool {
        matches!(self.status, 400 | 404)
            && self.error_msg().is_some_and(|words| words.trim().starts_with("task_id"))
    }

    /// Returns whether the status means that the request had no effect.
    pub(crate) fn is_refusal(&self) -> bool {
        self.busy
            || matches!(self.status, 301 | 302 | 307 | 308)
            || (400..500).contains(&self.status) && !matches!(self.status, 408 | 425) && !self.is_foreign()
    }

    /// Returns whether this is a 403 that is not from SeaTable, whose own are JSON.
    pub(crate) fn is_foreign(&self) -> bool {
        self.status == 403 && !self.is_json
    }

    /// Returns whether the server has no such address.
    pub(crate) fn is_no_such_address(&self) -> bool {
        self.status == 405 || self.status == 404 && !self.is_json
    }

    /// Returns the value of a field of a successful response.
    pub(crate) fn field(&self, key: &str) -> Option<&Value> {
        self.json.as_ref().filter(|_| self.is_success())?.get(key)
    }

    /// Returns the field `is_finished` of a successful response.
    pub(crate) fn is_finished(&self) -> Option<bool> {
        self.field("is_finished")?.as_bool()
    }

    /// Returns whether the server reported success, also with the single quotes of 2020 servers.
    pub(crate) fn is_cancelled(&self) -> bool {
        let quoted = self.is_success() && self.body.starts_with(b"{'success': true}");
        quoted || self.field("success").is_some_and(|value| *value == true)
    }

    /// Returns whether it is one whole zip of the announced length.
    pub(crate) fn is_whole_file(&self) -> bool {
        let whole = self.announced.is_none_or(|announced| announced == self.body.len() as u64);
        self.is_file && self.whole && whole && is_zip(&self.body)
    }
}

/// Returns whether the bytes begin as a zip and end with its end record.
fn is_zip(bytes: &[u8]) -> bool {
    let ends_at = |at: usize| {
        let comment = bytes.get(at + 20..at + 22).map(|two| usize::from(two[0]) | usize::from(two[1]) << 8);
        bytes[at..].starts_with(b"PK\x05\x06") && comment == Some(bytes.len() - at - 22)
    };
    let begins = bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06");
    begins && bytes.len() >= 22 && (0..=bytes.len() - 22).rev().any(ends_at)
}

/// Reads a `Retry-After` in seconds, or as a date relative to that of the response.
fn wait_of(text: &str, date: Option<&str>) -> Option<Duration> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let date = httpdate::parse_http_date(date?).ok()?;
    Some(until.duration_since(date).unwrap_or_default())
}
