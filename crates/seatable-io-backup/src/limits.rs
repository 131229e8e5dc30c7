use seatable_io_proto::ReplyError;

/// Whether the server refuses to export a base because its assets are too large, so that an export without them may succeed
/// ([fact 12](seatable_io_proto::facts)).
pub fn has_too_large_assets(answer: &ReplyError) -> bool {
    let words = answer.message().unwrap_or_default();
    answer.status().as_u16() == 400 && words.starts_with("Export failed. Base size is larger than")
}

#[cfg(test)]
mod tests {
    use http::{Response, StatusCode};
    use seatable_io_proto::Refusal;

    use super::*;

    fn refused(status: StatusCode, words: &str) -> bool {
        let body = format!(r#"{{"error_msg": "{words}"}}"#);
        let (head, ()) = Response::builder().status(status).body(()).unwrap().into_parts();
        has_too_large_assets(&Refusal::read(&head, body.as_bytes()).into())
    }

    #[test]
    fn fact_12_a_base_with_too_large_assets_is_told_from_other_refusals() {
        assert!(refused(StatusCode::BAD_REQUEST, "Export failed. Base size is larger than 100 mb."));
        assert!(!refused(StatusCode::BAD_REQUEST, "Export failed."));
        assert!(!refused(StatusCode::PAYLOAD_TOO_LARGE, "Export failed. Base size is larger than 100 mb."));
    }
}
