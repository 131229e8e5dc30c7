use std::io::{self, Write};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{Stream, StreamExt};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use multer::{Constraints, Field, Multipart, SizeLimit};
use serde_json::Value;
use tempfile::spooled_tempfile;

use crate::Content;
use crate::call::parameter;
use crate::name::{Disposition, base_and_extension, safe};
use crate::request::Received;
use crate::response::{self, detail};

/// The number of bytes that are kept of a body that is not a form.
const RAW: usize = 1 << 20;

/// Django refuses a part with a longer header block.
const HEADER_LIMIT: usize = 1022;

/// A body as it arrives.
type Pieces<'a> = dyn Stream<Item = io::Result<Bytes>> + Send + Unpin + 'a;

/// The body of a request.
#[derive(Debug)]
pub(crate) enum Body {
    /// The beginning of a body that is not a form.
    Raw(Bytes),
    /// A form of `multipart/form-data`.
    Form(Form),
    /// A body that claims to be such a form but is not, for this reason.
    Malformed(String),
}

#[derive(Debug)]
pub(crate) struct Form(Vec<Part>);

/// One part of a form.
#[derive(Debug)]
struct Part {
    disposition: Disposition,
    /// The length of the header block, including the empty line that ends it.
    header_len: usize,
    content: Content,
}

/// An uploaded file. The base gets its name without the extension.
pub(crate) struct Upload {
    pub(crate) file_name: String,
    pub(crate) name: String,
    pub(crate) extension: String,
    pub(crate) content: Content,
}

/// The reason why a body cannot be read.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// It is longer than the limit.
    TooLarge,
    /// It is incomplete, or cannot be stored.
    Broken,
}

impl Body {
    /// The framework does not parse an empty body: it is an empty form, whatever boundary it names.
    pub(crate) const EMPTY: Body = Body::Form(Form(Vec::new()));

    /// Reads a body; each part of a form stays in memory up to `threshold` bytes.
    pub(crate) async fn read(
        request: &Received,
        stream: &mut Pieces<'_>,
        threshold: usize,
    ) -> Result<Body, BodyError> {
        let form = match boundary(&request.head.headers) {
            None => return read_raw(stream, request.limit).await.map(Body::Raw),
            Some(Err(error)) => Err(error),
            Some(Ok(boundary)) => {
                let limit = Constraints::new().size_limit(SizeLimit::new().whole_stream(request.limit));
                Form::read(request, Multipart::with_constraints(stream, boundary, limit), threshold).await
            }
        };
        match form {
            Ok(form) => Ok(Body::Form(form)),
            Err(multer::Error::StreamSizeExceeded { .. }) => Err(BodyError::TooLarge),
            Err(multer::Error::StreamReadFailed(_)) => Err(BodyError::Broken),
            Err(error) => Ok(Body::Malformed(error.to_string())),
        }
    }

    pub(crate) fn form(&self, request: &Received) -> response::Result<&Form> {
        match self {
            Body::Form(form) => Ok(form),
            Body::Malformed(reason) => {
                Err(detail(StatusCode::BAD_REQUEST, &format!("Multipart form parse error - {reason}")))
            }
            Body::Raw(_) => Err(request.invalid("dtable")),
        }
    }

    /// Returns a field of a form of either kind, or of a JSON object; an empty one is treated as missing.
    pub(crate) fn field(&self, request: &Received, key: &str) -> response::Result<Option<String>> {
        let Body::Raw(bytes) = self else { return Ok(self.form(request)?.field(key)) };
        let kind = request.head.headers.get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
        if !kind.starts_with(b"application/json") {
            return Ok(parameter(bytes, key));
        }
        let object: Value = serde_json::from_slice(bytes).unwrap_or_default();
        Ok(object[key].as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned))
    }
}

/// Returns the boundary, if the body claims to be a form.
fn boundary(headers: &HeaderMap) -> Option<multer::Result<String>> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let is_form = kind.get(..19).is_some_and(|start| start.eq_ignore_ascii_case("multipart/form-data"));
    is_form.then(|| multer::parse_boundary(kind))
}

async fn read_raw(stream: &mut Pieces<'_>, limit: u64) -> Result<Bytes, BodyError> {
    let (mut first, mut count) = (BytesMut::new(), 0);
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| BodyError::Broken)?;
        count += piece.len() as u64;
        if count > limit {
            return Err(BodyError::TooLarge);
        }
        first.extend_from_slice(&piece[..piece.len().min(RAW - first.len())]);
    }
    Ok(first.freeze())
}

impl Form {
    async fn read(request: &Received, mut parser: Multipart<'_>, threshold: usize) -> multer::Result<Form> {
        let mut parts = Vec::new();
        while let Some(field) = parser.next_field().await? {
            parts.push(Part::read(request, field, threshold).await?);
        }
        Ok(Form(parts))
    }

    /// Returns the file in the field `dtable`, under a safe name.
    pub(crate) fn upload(&self, request: &Received) -> response::Result<Upload> {
        let mut parts = self.0.iter().filter(|part| part.header_len <= HEADER_LIMIT);
        let upload = parts.find_map(|part| {
            let file_name = safe(part.disposition.file_name.as_ref()?, request.generation)?;
            let (name, extension) = base_and_extension(&file_name, request.generation);
            let (name, content) = (name.to_owned(), part.content.clone());
            let is_dtable = part.disposition.field.as_deref() == Some("dtable");
            is_dtable.then_some(Upload { file_name, name, extension, content })
        });
        upload.ok_or_else(|| request.invalid("dtable"))
    }

    /// Returns the text of a field that is not a file.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let wanted = Disposition { field: Some(name.to_owned()), file_name: None };
        self.0.iter().filter(|part| part.disposition == wanted).find_map(|part| {
            let text = part.content.bytes().filter(|text| !text.is_empty())?;
            Some(String::from_utf8_lossy(text).into_owned())
        })
    }
}

impl Part {
    async fn read(request: &Received, mut field: Field<'_>, threshold: usize) -> multer::Result<Part> {
        let headers = field.headers();
        let lines = headers.iter().map(|(name, value)| name.as_str().len() + ": \r\n".len() + value.len());
        let header_len = lines.sum::<usize>() + "\r\n".len();
        let disposition = headers.get(CONTENT_DISPOSITION).map_or(&b""[..], |value| value.as_bytes());
        let disposition = Disposition::parse(disposition, request.generation);
        let mut spool = spooled_tempfile(threshold);
        while let Some(chunk) = field.chunk().await? {
            spool.write_all(&chunk).map_err(not_stored)?;
        }
        let content = Content::of_spool(spool).map_err(not_stored)?;
        Ok(Part { disposition, header_len, content })
    }
}

fn not_stored(error: io::Error) -> multer::Error {
    multer::Error::StreamReadFailed(error.into())
}
