use std::io;
use std::pin::Pin;

use bytes::Bytes;
use futures_core::Stream;

/// A file on its way out, piece by piece. Pieces may have any length; 256 KiB serve well.
pub type Pieces = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Where an upload comes from.
pub trait Source: Send {
    /// Opens it at its beginning; each attempt to send does so anew. It must hold exactly `len` bytes, or the
    /// run ends with [`Error::Source`](crate::Error::Source).
    fn open(&mut self, len: u64) -> impl Future<Output = io::Result<Pieces>> + Send;
}

/// None: for a task that sends no file.
impl Source for () {
    async fn open(&mut self, _: u64) -> io::Result<Pieces> {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "none was given"))
    }
}

impl<S: Source> Source for &mut S {
    fn open(&mut self, len: u64) -> impl Future<Output = io::Result<Pieces>> + Send {
        S::open(self, len)
    }
}

impl Source for Bytes {
    async fn open(&mut self, _: u64) -> io::Result<Pieces> {
        Ok(Box::pin(Whole(Some(self.clone()))))
    }
}

struct Whole(Option<Bytes>);

impl Stream for Whole {
    type Item = io::Result<Bytes>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(self.0.take().map(Ok))
    }
}

/// Whatever a function makes, once for each attempt.
#[derive(Clone, Debug)]
pub struct StreamSource<F>(F);

impl<F, S> StreamSource<F>
where
    F: FnMut() -> S + Send,
    S: Stream<Item = io::Result<Bytes>> + Send + 'static,
{
    /// Sends the stream that `open` makes.
    pub fn new(open: F) -> Self {
        Self(open)
    }
}

impl<F, S> Source for StreamSource<F>
where
    F: FnMut() -> S + Send,
    S: Stream<Item = io::Result<Bytes>> + Send + 'static,
{
    async fn open(&mut self, _: u64) -> io::Result<Pieces> {
        Ok(Box::pin((self.0)()))
    }
}

#[cfg(feature = "tokio")]
pub use with_tokio::{FileSource, ReaderSource};

#[cfg(feature = "tokio")]
mod with_tokio {
    use std::io;
    use std::path::{Path, PathBuf};
    use std::pin::{Pin, pin};
    use std::sync::{Arc, Mutex, PoisonError};
    use std::task::{Context, Poll, ready};

    use bytes::{BufMut, Bytes, BytesMut};
    use futures_core::Stream;
    use tokio::fs::File;
    use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

    use super::{Pieces, Source};
    use crate::upload::FRAME;

    /// A file on disk, which must keep its length.
    #[derive(Clone, Debug)]
    pub struct FileSource {
        path: PathBuf,
        len: u64,
    }

    impl FileSource {
        /// Notes the file's length; an error where there is no regular file.
        pub fn new(path: impl Into<PathBuf>) -> io::Result<Self> {
            let path = path.into();
            let len = regular_len(&std::fs::metadata(&path)?)?;
            Ok(Self { path, len })
        }

        /// The length in bytes, for [`Import::new`](seatable_io_task::Import::new).
        pub fn len(&self) -> u64 {
            self.len
        }

        /// Whether nothing is in it.
        pub fn is_empty(&self) -> bool {
            self.len == 0
        }

        /// Where it is.
        pub fn path(&self) -> &Path {
            &self.path
        }
    }

    impl Source for FileSource {
        async fn open(&mut self, len: u64) -> io::Result<Pieces> {
            let mut file = File::open(&self.path).await?;
            file.set_max_buf_size(FRAME);
            let found = regular_len(&file.metadata().await?)?;
            if found != len {
                let words = format!("it had {len} bytes when the import began, and has {found} now");
                return Err(io::Error::new(io::ErrorKind::InvalidData, words));
            }
            Ok(Box::pin(Reading { reader: file, left: len, buffer: BytesMut::new() }))
        }
    }

    fn regular_len(metadata: &std::fs::Metadata) -> io::Result<u64> {
        if metadata.is_file() {
            return Ok(metadata.len());
        }
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
    }

    /// Any reader; it can be sent once. A request that has to be repeated after some of it was read ends the run
    /// with [`Error::Source`](crate::Error::Source).
    #[derive(Debug)]
    pub struct ReaderSource<R>(Arc<Mutex<Once<R>>>);

    #[derive(Debug)]
    struct Once<R> {
        reader: R,
        begun: bool,
    }

    impl<R: AsyncRead + Send + Unpin + 'static> ReaderSource<R> {
        /// Sends what the reader gives.
        pub fn new(reader: R) -> Self {
            Self(Arc::new(Mutex::new(Once { reader, begun: false })))
        }
    }

    impl<R: AsyncRead + Send + Unpin + 'static> Source for ReaderSource<R> {
        async fn open(&mut self, len: u64) -> io::Result<Pieces> {
            if self.0.lock().unwrap_or_else(PoisonError::into_inner).begun {
                return Err(io::Error::new(io::ErrorKind::Unsupported, "it can be read once only"));
            }
            let reader = Shared(Arc::clone(&self.0));
            Ok(Box::pin(Reading { reader, left: len, buffer: BytesMut::new() }))
        }
    }

    struct Shared<R>(Arc<Mutex<Once<R>>>);

    impl<R: AsyncRead + Unpin> AsyncRead for Shared<R> {
        fn poll_read(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let mut once = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            once.begun = true;
            Pin::new(&mut once.reader).poll_read(cx, buffer)
        }
    }

    /// A reader as a stream, with a buffer no larger than what is left of the file and the byte behind it.
    struct Reading<R> {
        reader: R,
        left: u64,
        buffer: BytesMut,
    }

    impl<R: AsyncRead + Unpin> Stream for Reading<R> {
        type Item = io::Result<Bytes>;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            let this = &mut *self;
            let room = usize::try_from(this.left).unwrap_or(FRAME).saturating_add(1).min(FRAME);
            this.buffer.reserve(room);
            let mut buffer = (&mut this.buffer).limit(room);
            // It keeps nothing between two polls, so it can be made anew for each.
            let count = ready!(pin!(this.reader.read_buf(&mut buffer)).poll(cx))?;
            this.left = this.left.saturating_sub(count as u64);
            Poll::Ready((count > 0).then(|| Ok(this.buffer.split().freeze())))
        }
    }
}
