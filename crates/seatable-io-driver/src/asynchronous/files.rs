//! Files, readers and writers of tokio.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use seatable_io_proto::{BaseName, Server};
use seatable_io_task::{Exported, Imported, Policy};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::task::spawn_blocking;
use tokio_util::io::ReaderStream;

use super::upload::FRAME;
use super::{Client, Pieces, Sink, Source, Transport};
use crate::blocking::Sink as Blocking;
use crate::{Error, FileSource, exported, imported, start_export, start_import};

impl<T: Transport> Client<T> {
    /// Imports a file as a new base named as the file is.
    ///
    /// Check a `.dtable` file before: the server makes the base before it looks at the file.
    pub async fn import(
        &self,
        server: &Server,
        workspace: u64,
        path: &Path,
        policy: Policy,
    ) -> Result<Imported, Error> {
        let (task, source) = start_import(server, workspace, path, policy)?;
        imported(self.run(task, source, (), |_| ()).await?)
    }

    /// Exports a base to a new file at `path`.
    pub async fn export(
        &self,
        server: &Server,
        workspace: u64,
        base: BaseName,
        path: &Path,
        policy: Policy,
    ) -> Result<Exported, Error> {
        let (task, sink) = start_export(server, workspace, base, path, policy)?;
        exported(self.run(task, (), FileSink::from(sink), |_| ()).await?)
    }
}

impl Source for FileSource {
    async fn open(&mut self) -> io::Result<Pieces> {
        let source = self.clone();
        let mut file = File::from_std(spawn_blocking(move || source.open_file()).await??);
        file.set_max_buf_size(FRAME);
        // No more than the file and the byte behind it.
        let room = usize::try_from(self.len()).unwrap_or(FRAME).saturating_add(1).min(FRAME);
        Ok(Box::pin(ReaderStream::with_capacity(file, room)))
    }
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
    async fn open(&mut self) -> io::Result<Pieces> {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).begun {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "it can be read only once"));
        }
        Ok(Box::pin(ReaderStream::with_capacity(Shared(Arc::clone(&self.0)), FRAME)))
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

/// A file that appears under its name whole or not at all: the [`FileSink`](crate::FileSink) of
/// blocking runs, on tokio's threads for such work.
#[derive(Debug)]
pub struct FileSink(Arc<Mutex<crate::FileSink>>);

impl FileSink {
    /// See [`FileSink::new`](crate::FileSink::new).
    pub fn new(path: impl Into<PathBuf>, overwrite: bool) -> io::Result<Self> {
        crate::FileSink::new(path, overwrite).map(Self::from)
    }

    async fn work(
        &self,
        work: impl FnOnce(&mut crate::FileSink) -> io::Result<()> + Send + 'static,
    ) -> io::Result<()> {
        let file = Arc::clone(&self.0);
        spawn_blocking(move || work(&mut file.lock().unwrap_or_else(PoisonError::into_inner))).await?
    }
}

impl From<crate::FileSink> for FileSink {
    fn from(file: crate::FileSink) -> Self {
        Self(Arc::new(Mutex::new(file)))
    }
}

impl Sink for FileSink {
    async fn begin(&mut self, len: Option<u64>) -> io::Result<()> {
        self.work(move |file| file.begin(len)).await
    }

    async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        self.work(move |file| file.write(&bytes)).await
    }

    async fn check(&mut self) -> io::Result<()> {
        self.work(Blocking::check).await
    }

    async fn finish(&mut self) -> io::Result<()> {
        self.work(Blocking::finish).await
    }
}

/// Any writer, as standard output. What went out cannot be taken back: make the task with
/// [`Task::one_pass`](seatable_io_task::Task::one_pass).
#[derive(Debug)]
pub struct WriterSink<W> {
    writer: W,
    begun: bool,
}

impl<W: AsyncWrite + Send + Unpin> WriterSink<W> {
    /// Writes to this.
    pub fn new(writer: W) -> Self {
        Self { writer, begun: false }
    }

    /// Gives the writer back.
    pub fn into_inner(self) -> W {
        self.writer
    }
}

impl<W: AsyncWrite + Send + Unpin> Sink for WriterSink<W> {
    async fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        if self.begun {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "what was written cannot be taken back"));
        }
        Ok(())
    }

    async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        self.begun |= !bytes.is_empty();
        self.writer.write_all(&bytes).await
    }

    async fn finish(&mut self) -> io::Result<()> {
        self.writer.flush().await
    }
}
