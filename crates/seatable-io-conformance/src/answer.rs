//! The bytes of responses.

/// The reply to the upload of an import.
pub(crate) const STARTED: &str =
    r#"{"task_id":"1582970303923","table":{"id":1,"uuid":"d09b6bcc","name":"neu"}}"#;

/// The reply to a poll of a task that has finished.
pub(crate) const FINISHED: &str = r#"{"is_finished":true}"#;

/// Informational responses, one with a header that ends no message.
pub(crate) const INTERIM: &[u8] =
    b"HTTP/1.1 102 Processing\r\nVia: 1.1 proxy\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n";

/// Returns a response with these further headers, each with its line end.
pub(crate) fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

pub(crate) fn json(body: &str) -> Vec<u8> {
    response("200 OK", "Content-Type: application/json\r\n", body.as_bytes())
}

/// Returns a response whose announced length is longer than its body.
pub(crate) fn incomplete(body: &str) -> Vec<u8> {
    let mut whole = json(&format!("{body}          "));
    whole.truncate(whole.len() - 10);
    whole
}

/// Returns a chunked response that lacks the last, empty chunk.
pub(crate) fn unended(body: &str) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    format!("{head}{:x}\r\n{body}\r\n", body.len()).into_bytes()
}

/// Returns a response whose body is compressed: gzip (RFC 1952) with one stored block.
pub(crate) fn zipped(body: &str) -> Vec<u8> {
    let bytes = body.as_bytes();
    let len = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    let (len, not_len) = (len.to_le_bytes(), (!len).to_le_bytes());
    let (sum, size) = (crc32(bytes).to_le_bytes(), u32::from(u16::from_le_bytes(len)).to_le_bytes());
    let body = [&head[..], &len, &not_len, bytes, &sum, &size].concat();
    response("200 OK", "Content-Type: application/json\r\nContent-Encoding: gzip\r\n", &body)
}

/// Computes the checksum of gzip, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_checksum_is_that_of_gzip() {
        assert_eq!(super::crc32(b"123456789"), 0xCBF4_3926);
    }
}
