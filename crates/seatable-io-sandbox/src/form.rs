use bytes::Bytes;
use futures_util::stream::Stream;
use http::HeaderMap;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use multer::{Field, Multipart};

use crate::Content;
use crate::content::Spool;

/// A request's body as it was received.
#[derive(Clone, Debug)]
pub enum Body {
    /// The bytes as they came.
    Raw(Bytes),
    /// A form of `multipart/form-data`, taken apart.
    Form(Form),
    /// Something that claims to be such a form but is not, for this reason.
    Malformed(String),
}

/// A form of `multipart/form-data`, taken apart.
#[derive(Clone, Debug, Default)]
pub struct Form {
    pub(crate) parts: Vec<Part>,
}

/// One part of a form; what its header means depends on the generation.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The value of `Content-Disposition`.
    pub(crate) disposition: Bytes,
    /// The length of the header block, with the empty line that ends it.
    pub(crate) header_len: usize,
    pub(crate) content: Content,
}

/// Why no form could be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FormError {
    /// It is not a form.
    #[error("the body is not a form: {0}")]
    Malformed(String),
    /// The body is longer than the limit.
    #[error("the body is too large")]
    TooLarge,
    /// The body did not come whole, or could not be stored.
    #[error("the body was not received")]
    Broken,
}

/// The boundary, if the body says that it is a form.
pub(crate) fn boundary(headers: &HeaderMap) -> Option<Result<String, FormError>> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let is_form = kind.get(..19).is_some_and(|start| start.eq_ignore_ascii_case("multipart/form-data"));
    is_form.then(|| multer::parse_boundary(kind).map_err(|error| FormError::Malformed(error.to_string())))
}

impl Form {
    /// Takes in a form; each part stays in memory up to `threshold` bytes.
    pub(crate) async fn read<S, E>(
        stream: S,
        boundary: String,
        threshold: usize,
        limit: u64,
    ) -> Result<Form, FormError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let constraints = multer::Constraints::new().size_limit(multer::SizeLimit::new().whole_stream(limit));
        let mut parser = Multipart::with_constraints(stream, boundary, constraints);
        let mut form = Form::default();
        while let Some(field) = parser.next_field().await.map_err(why)? {
            form.parts.push(Part::read(field, threshold).await?);
        }
        Ok(form)
    }
}

impl Part {
    async fn read(mut field: Field<'_>, threshold: usize) -> Result<Part, FormError> {
        let headers = field.headers();
        let lines = headers.iter().map(|(name, value)| name.as_str().len() + ": \r\n".len() + value.len());
        let header_len = lines.sum::<usize>() + "\r\n".len();
        let disposition =
            headers.get(CONTENT_DISPOSITION).map(|value| Bytes::copy_from_slice(value.as_bytes()));
        let mut spool = Spool::new(threshold);
        while let Some(chunk) = field.chunk().await.map_err(why)? {
            spool.write(&chunk).map_err(|_| FormError::Broken)?;
        }
        Ok(Part { disposition: disposition.unwrap_or_default(), header_len, content: spool.finish() })
    }
}

fn why(error: multer::Error) -> FormError {
    match error {
        multer::Error::StreamSizeExceeded { .. } => FormError::TooLarge,
        multer::Error::StreamReadFailed(_) => FormError::Broken,
        other => FormError::Malformed(other.to_string()),
    }
}
