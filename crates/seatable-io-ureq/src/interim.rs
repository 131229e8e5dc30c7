//! Interim responses (status 100 to 199, but not 101), which precede the final one.

use httparse::Status;
use ureq::Error;

/// How many bytes all heads may have together.
const LIMIT: usize = 64 * 1024;

/// How many headers a head may have; ureq has the same limit.
const HEADERS: usize = 100;

/// The heads of the response to one request.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    dropped: usize,
}

/// The beginning of the input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// An interim head of `len` bytes.
    Interim { len: usize, is_continue: bool },
    /// A part of a head.
    Part,
    /// A final head, or something that is not a head.
    Final,
}

impl Heads {
    /// [`Error::LargeResponseHeader`] if the heads together are longer than 64 KiB.
    pub(crate) fn start(&mut self, input: &[u8]) -> Result<Start, Error> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut head = httparse::Response::new(&mut headers);
        let (start, len) = match head.parse(input) {
            Ok(Status::Partial) => (Start::Part, input.len()),
            Ok(Status::Complete(len)) => match head.code {
                Some(code @ (100 | 102..=199)) => (Start::Interim { len, is_continue: code == 100 }, len),
                _ => return Ok(Start::Final),
            },
            Err(_) => return Ok(Start::Final),
        };
        if self.dropped + len > LIMIT {
            return Err(Error::LargeResponseHeader(self.dropped + len, LIMIT));
        }
        if matches!(start, Start::Interim { .. }) {
            self.dropped += len;
        }
        Ok(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(input: &str) -> Start {
        Heads::default().start(input.as_bytes()).unwrap()
    }

    #[test]
    fn interim_heads_are_distinguished_from_final_ones() {
        let interim = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
        assert_eq!(start(interim), Start::Interim { len: interim.len(), is_continue: false });
        let go_on = "HTTP/1.1 100 Continue\r\nVia: 1.1 a\r\n\r\n";
        assert_eq!(
            start(&format!("{go_on}HTTP/1.1 200")),
            Start::Interim { len: go_on.len(), is_continue: true }
        );
        for input in ["HTTP/1.1 101 Switching\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "220 smtp\r\n"] {
            assert_eq!(start(input), Start::Final, "{input}");
        }
        for len in 0..interim.len() {
            assert_eq!(start(&interim[..len]), Start::Part);
        }
    }

    #[test]
    fn endless_interim_heads_are_an_error() {
        let (mut heads, mut bytes) = (Heads::default(), 0);
        while heads.start(b"HTTP/1.1 102 \r\n\r\n").is_ok() {
            bytes += 17;
            assert!(bytes <= LIMIT);
        }
        assert!(bytes > LIMIT - 17);
    }

    #[test]
    fn an_endless_head_is_an_error() {
        let head = format!("HTTP/1.1 103 Early\r\nLink: {}", "x".repeat(LIMIT));
        assert!(matches!(Heads::default().start(head.as_bytes()), Err(Error::LargeResponseHeader(..))));
    }
}
