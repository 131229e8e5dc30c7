use http::header::CONTENT_DISPOSITION;
use http::response::Parts;
use http::{Method, Request, StatusCode};

use crate::headers::{content_length, media_type};
use crate::percent::{decode, encode};
use crate::{ArchiveWatch, BaseUuid, Body, Endpoint, NotUnderstood, Refusal, ReplyError, Server, TaskId};

/// The address at which a server serves exported files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentAddress {
    /// `/api/v2.1/dtable-export-content/` (2020).
    Api,
    /// `/dtable-export-content/` (2021).
    Site,
}

/// `GET …dtable-export-content/`: the file of a finished export.
///
/// A server deletes the file while it sends it, so a broken download cannot be repeated.
#[doc(alias = "dtable-export-content")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExportContent {
    task: TaskId,
    base: BaseUuid,
    at: ContentAddress,
}

impl ExportContent {
    /// Fetches the file that `task` exported from `base`.
    pub fn new(task: TaskId, base: BaseUuid, at: ContentAddress) -> Self {
        ExportContent { task, base, at }
    }
}

impl Endpoint for ExportContent {
    type Reply = FileHead;

    fn request(&self, server: &Server) -> Request<Body> {
        let prefix = match self.at {
            ContentAddress::Api => "api/v2.1/",
            ContentAddress::Site => "",
        };
        let (task, uuid) = (encode(self.task.as_str()), encode(self.base.as_str()));
        let path = format!("{prefix}dtable-export-content/?task_id={task}&dtable_uuid={uuid}");
        server.request(Method::GET, &path)
    }

    /// Expects the whole file as the body. To stream it instead, read the head with [`FileHead::read`] and check the bytes
    /// with [`ArchiveWatch`].
    fn reply(head: &Parts, body: &[u8]) -> Result<FileHead, ReplyError> {
        whole_file(head, body)
    }
}

pub(crate) fn whole_file(head: &Parts, body: &[u8]) -> Result<FileHead, ReplyError> {
    let file = FileHead::read(head).ok_or_else(|| FileHead::error(head, body))?;
    let mut watch = ArchiveWatch::new(file.len);
    watch.chunk(body);
    watch
        .finish()
        .map_err(|fault| NotUnderstood::new(head.status, format!("is not a whole zip: {fault}")))?;
    Ok(file)
}

/// The file in the body of a response, as the head describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileHead {
    /// The announced length in bytes; `None` if the file is sent in chunks.
    pub len: Option<u64>,
    /// The name of the base, from the announced name of its file ([RFC 6266](https://www.rfc-editor.org/rfc/rfc6266)). It can be
    /// any text, so do not use it as a path.
    pub base_name: Option<String>,
}

impl FileHead {
    /// Returns `None` if the response is an [`error`](Self::error) instead of a file: its status is not 200, or its media type
    /// is text, HTML, XML or JSON.
    pub fn read(head: &Parts) -> Option<FileHead> {
        let media_type = media_type(head);
        let is_message = media_type.starts_with("text/")
            || ["json", "html", "xml"].iter().any(|end| media_type.ends_with(end));
        if head.status != StatusCode::OK || is_message {
            return None;
        }
        Some(FileHead { len: content_length(head), base_name: base_name(head) })
    }

    /// Returns the error of a response that is not a file.
    pub fn error(head: &Parts, body: &[u8]) -> ReplyError {
        if head.status.is_success() {
            return NotUnderstood::new(head.status, "is a page or a message instead of a file").into();
        }
        Refusal::read(head, body).into()
    }
}

fn base_name(head: &Parts) -> Option<String> {
    let disposition = str::from_utf8(head.headers.get(CONTENT_DISPOSITION)?.as_bytes()).ok()?;
    let file_name = file_name(disposition)?;
    file_name.strip_suffix(".dtable").filter(|name| !name.is_empty()).map(str::to_owned)
}

/// `filename*=UTF-8''…` (RFC 8187) before `filename="…"` or `filename=…`.
fn file_name(disposition: &str) -> Option<String> {
    let parameters: Vec<_> = parameters(disposition).collect();
    let value = |key| parameters.iter().find(|(k, _)| k == key).map(|(_, value)| value);
    value("filename*").and_then(|value| extended(value)).or_else(|| value("filename").cloned())
}

fn extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, text) = rest.split_once('\'')?;
    if charset.eq_ignore_ascii_case("utf-8") { decode(text) } else { None }
}

fn parameters(mut rest: &str) -> impl Iterator<Item = (String, String)> {
    std::iter::from_fn(move || {
        let (key, after) = rest.split_once('=')?;
        let key = key.rsplit(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let value;
        if let Some(quoted) = after.trim_start().strip_prefix('"') {
            (value, rest) = unquote(quoted);
        } else {
            let (token, after) = after.split_once(';').unwrap_or((after, ""));
            (value, rest) = (token.trim().to_owned(), after);
        }
        Some((key, value))
    })
}

/// A quoted string (RFC 9110, section 5.6.4) after its first quote, and the text after its last.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => value.extend(characters.next()),
            _ => value.push(character),
        }
    }
    (value, characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{head, line};

    /// A zip with one empty entry.
    const ZIP: &[u8] = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0a\
        PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0a\
        PK\x05\x06\0\0\0\0\x01\0\x01\0\x2f\0\0\0\x1f\0\0\0\0\0";
    const ZIP_TYPE: (&str, &str) = ("content-type", "application/x-zip-compressed");

    fn content(headers: &[(&str, &str)], body: &[u8]) -> Result<FileHead, String> {
        ExportContent::reply(&head(200, headers), body).map_err(|error| error.to_string())
    }

    #[test]
    fn the_file_is_under_api_in_2020_and_beside_it_in_2021() {
        let at = |address| {
            let (task, base) = (TaskId::new("158").unwrap(), BaseUuid::new("8enb").unwrap());
            line(&ExportContent::new(task, base, address))
        };
        let query = "dtable-export-content/?task_id=158&dtable_uuid=8enb";
        assert_eq!(at(ContentAddress::Api), format!("GET https://seatable.example/api/v2.1/{query}"));
        assert_eq!(at(ContentAddress::Site), format!("GET https://seatable.example/{query}"));
    }

    #[test]
    fn a_download_has_its_length_and_the_name_of_the_base() {
        let disposition = ("content-disposition", "attachment;filename*=UTF-8''a%2Fb%20%C3%A4.dtable");
        let file = content(&[ZIP_TYPE, disposition, ("content-length", "100")], ZIP).unwrap();
        assert_eq!(file, FileHead { len: Some(ZIP.len() as u64), base_name: Some("a/b ä".to_owned()) });
    }

    #[test]
    fn only_the_file_of_a_base_has_its_name() {
        let named = |name: &str| {
            let disposition = format!("attachment; filename={name}");
            FileHead::read(&head(200, &[("content-disposition", &disposition)])).unwrap().base_name
        };
        assert_eq!(named("a.dtable.dtable").as_deref(), Some("a.dtable"));
        assert_eq!([named("a.zip"), named(".dtable")], [None, None]);
    }

    #[test]
    fn a_download_in_chunks_has_no_length() {
        let chunked = [ZIP_TYPE, ("transfer-encoding", "chunked"), ("content-length", "7")];
        assert_eq!(content(&chunked, ZIP), Ok(FileHead { len: None, base_name: None }));
        for len in ["", "+22", "-1", "22 22", "99999999999999999999"] {
            assert_eq!(content(&[ZIP_TYPE, ("content-length", len)], ZIP).unwrap().len, None, "{len}");
        }
    }

    #[test]
    fn a_page_or_a_message_with_status_200_is_not_a_file() {
        for media_type in
            ["text/html; charset=utf-8", "application/json", "Text/Plain", "application/xhtml+xml"]
        {
            let error = content(&[("content-type", media_type)], ZIP).unwrap_err();
            assert!(error.ends_with("is a page or a message instead of a file"), "{error}");
        }
        assert_eq!(FileHead::read(&head(206, &[ZIP_TYPE])), None);
        assert_eq!(FileHead::read(&head(302, &[ZIP_TYPE])), None);
    }

    #[test]
    fn a_download_is_good_only_as_a_whole_zip_of_the_length_announced() {
        let error = |headers: &[_], body| content(headers, body).unwrap_err();
        assert!(error(&[], b"<!DOCTYPE html>").ends_with("zip: the file is not a zip archive"));
        assert!(error(&[], b"").ends_with("zip: the file is empty"));
        assert!(error(&[], &ZIP[..99]).contains("zip: the zip archive has no end"));
        assert!(
            error(&[("content-length", "101")], ZIP)
                .ends_with("zip: 101 bytes were announced, but 100 were received")
        );
    }

    #[test]
    fn a_refusal_is_reported_as_a_refusal() {
        let error = ExportContent::reply(&head(302, &[("location", "/accounts/login/?next=/")]), b"");
        assert!(error.unwrap_err().refusal().unwrap().is_login_page());
    }

    #[test]
    fn a_name_is_read_from_either_parameter_and_rfc_8187_wins() {
        assert_eq!(file_name("attachment; filename=stock.dtable").as_deref(), Some("stock.dtable"));
        assert_eq!(file_name(r#"attachment; FileName = "a;\"b\".zip""#).as_deref(), Some("a;\"b\".zip"));
        assert_eq!(file_name(r#"x; y; filename="a"; filename*=utf-8'en'b"#).as_deref(), Some("b"));
        assert_eq!(file_name("filename*=UTF-8''%FF; filename=a").as_deref(), Some("a"));
    }

    #[test]
    fn an_unreadable_name_is_ignored() {
        for text in ["", "attachment", "filename*=UTF-8'a", "filename*=latin1''a", "=", "filename*=UTF-8''%4"]
        {
            assert_eq!(file_name(text), None, "{text}");
        }
        assert_eq!(file_name("filename=\"open").as_deref(), Some("open"));
    }
}
