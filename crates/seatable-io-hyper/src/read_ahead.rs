use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBuf, ReadBufCursor};

/// The sizes of the buffer, in bytes: at first, and at most.
const SIZES: Range<usize> = 8 * 1024..64 * 1024;

/// Bytes that were read from a connection ahead of TLS, which reads one record of at most 16 KiB at a time.
///
/// The buffer grows while it is filled, so that a connection for small answers has a small one. Growing also moves what glibc
/// allocates next: without it, rustls copies each record to an address that is 11 bytes higher modulo 4 KiB, where the
/// `rep movsb` of glibc 2.36 was seen to be four times slower on AMD's Zen 4
/// (<https://lunnova.dev/articles/ryzen-slow-short-rep-mov/>).
#[derive(Debug, Default)]
pub(crate) struct ReadAhead {
    buffer: Vec<u8>,
    unread: Range<usize>,
}

impl ReadAhead {
    pub(crate) fn poll_read(
        &mut self,
        io: Pin<&mut impl Read>,
        cx: &mut Context<'_>,
        mut target: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.unread.is_empty() {
            self.grow();
            let mut buffer = ReadBuf::new(&mut self.buffer);
            ready!(io.poll_read(cx, buffer.unfilled()))?;
            self.unread = 0..buffer.filled().len();
        }
        let count = target.remaining().min(self.unread.len());
        target.put_slice(&self.buffer[self.unread.start..][..count]);
        self.unread.start += count;
        Poll::Ready(Ok(()))
    }

    /// Doubles the buffer if it was filled.
    fn grow(&mut self) {
        let len = self.buffer.len();
        if self.unread.end == len && len < SIZES.end {
            self.buffer = Vec::new();
            self.buffer = vec![0; (2 * len).max(SIZES.start)];
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;

    use super::*;

    /// A connection that gives at most `piece` bytes at a time, and remembers how many it could have given.
    struct Peer<'a> {
        bytes: &'a [u8],
        piece: usize,
        rooms: Vec<usize>,
    }

    impl Read for Peer<'_> {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            mut target: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            let count = target.remaining().min(self.bytes.len()).min(self.piece);
            self.rooms.push(target.remaining());
            target.put_slice(&self.bytes[..count]);
            self.bytes = &self.bytes[count..];
            Poll::Ready(Ok(()))
        }
    }

    /// Reads to the end, 4 KiB at a time. Returns what was read, and the sizes of the buffer.
    async fn read_all(bytes: &[u8], piece: usize) -> (Vec<u8>, Vec<usize>) {
        let (mut ahead, mut read) = (ReadAhead::default(), Vec::new());
        let mut peer = pin!(Peer { bytes, piece, rooms: Vec::new() });
        loop {
            let (mut buffer, before) = ([0; 4096], read.len());
            let mut buffer = ReadBuf::new(&mut buffer);
            poll_fn(|cx| ahead.poll_read(peer.as_mut(), cx, buffer.unfilled())).await.unwrap();
            read.extend_from_slice(buffer.filled());
            if read.len() == before {
                return (read, std::mem::take(&mut peer.rooms));
            }
        }
    }

    fn bytes(count: u32) -> Vec<u8> {
        (0..count).map(|number| (number % 251) as u8).collect()
    }

    #[tokio::test]
    async fn a_fast_connection_is_read_in_ever_larger_pieces_up_to_64_kib() {
        let sent = bytes(400_000);
        let (read, rooms) = read_all(&sent, usize::MAX).await;
        assert!(read == sent);
        assert_eq!(
            rooms.iter().map(|room| room / 1024).collect::<Vec<_>>(),
            [8, 16, 32, 64, 64, 64, 64, 64, 64, 64]
        );
    }

    #[tokio::test]
    async fn a_connection_for_small_answers_keeps_a_small_buffer() {
        let sent = bytes(40_000);
        let (read, rooms) = read_all(&sent, 8000).await;
        assert!(read == sent);
        assert_eq!(rooms, [8192; 6]);
    }
}
