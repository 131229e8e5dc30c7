use std::io;

use bytes::Bytes;

/// Where a download goes. The next bytes are asked of the network only when `write` is done with the last.
pub trait Sink: Send {
    /// Empties it: a file begins, or begins anew. `len` is its length in bytes, where announced.
    fn begin(&mut self, len: Option<u64>) -> impl Future<Output = io::Result<()>> + Send;
    /// Takes the next bytes.
    fn write(&mut self, bytes: Bytes) -> impl Future<Output = io::Result<()>> + Send;
    /// The file is whole and good.
    fn finish(&mut self) -> impl Future<Output = io::Result<()>> + Send;
}

/// None: for a task that receives no file.
impl Sink for () {
    async fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no place for it"))
    }

    async fn write(&mut self, _: Bytes) -> io::Result<()> {
        Ok(())
    }

    async fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<S: Sink> Sink for &mut S {
    fn begin(&mut self, len: Option<u64>) -> impl Future<Output = io::Result<()>> + Send {
        S::begin(self, len)
    }

    fn write(&mut self, bytes: Bytes) -> impl Future<Output = io::Result<()>> + Send {
        S::write(self, bytes)
    }

    fn finish(&mut self) -> impl Future<Output = io::Result<()>> + Send {
        S::finish(self)
    }
}

#[cfg(feature = "tokio")]
pub use with_tokio::{FileSink, WriterSink};

#[cfg(feature = "tokio")]
mod with_tokio {
    use std::fs;
    use std::io;
    use std::path::{Path, PathBuf};

    use bytes::Bytes;
    use tempfile::{Builder, TempPath};
    use tokio::fs::File;
    use tokio::io::{AsyncWrite, AsyncWriteExt};
    use tokio::task::spawn_blocking;

    use super::Sink;

    /// A file that appears under its name whole or not at all.
    ///
    /// Until then it has a temporary name in the same folder, hidden and ending in `.part`, and is removed when
    /// the sink is dropped. It is made when a download begins: a sink that waits holds no file open.
    #[derive(Debug)]
    pub struct FileSink {
        path: PathBuf,
        overwrite: bool,
        part: Option<(File, TempPath)>,
    }

    impl FileSink {
        /// Looks whether a file can be at `path`. Without `overwrite`, whatever is there is left alone:
        /// [`AlreadyExists`](io::ErrorKind::AlreadyExists), here or from [`finish`](Sink::finish).
        pub fn new(path: impl Into<PathBuf>, overwrite: bool) -> io::Result<Self> {
            let path = path.into();
            match fs::symlink_metadata(&path) {
                Ok(_) if !overwrite => Err(refused(io::ErrorKind::AlreadyExists, "it is there already")),
                Ok(found) if !found.is_file() && !found.is_symlink() => {
                    Err(refused(io::ErrorKind::InvalidInput, "what is there is not a regular file"))
                }
                _ if !fs::metadata(folder(&path))?.is_dir() => {
                    Err(refused(io::ErrorKind::NotADirectory, "its folder is no folder"))
                }
                _ => Ok(Self { path, overwrite, part: None }),
            }
        }

        fn file(&mut self) -> io::Result<&mut File> {
            let part = self.part.as_mut().map(|(file, _)| file);
            part.ok_or_else(|| refused(io::ErrorKind::InvalidInput, "it was not begun"))
        }
    }

    impl Sink for FileSink {
        async fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
            self.part = None;
            let folder = folder(&self.path).to_owned();
            let (file, path) = blocking(move || part_builder().tempfile_in(folder)).await?.into_parts();
            self.part = Some((File::from_std(file), path));
            Ok(())
        }

        async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
            self.file()?.write_all(&bytes).await
        }

        async fn finish(&mut self) -> io::Result<()> {
            let file = self.file()?;
            file.flush().await?;
            file.sync_all().await?;
            let Some((_, part)) = self.part.take() else { return Ok(()) };
            let (path, overwrite) = (self.path.clone(), self.overwrite);
            blocking(move || {
                if overwrite {
                    part.persist(&path)?;
                } else {
                    part.persist_noclobber(&path)?;
                }
                sync_folder(folder(&path));
                Ok(())
            })
            .await
        }
    }

    async fn blocking<T: Send + 'static>(
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        spawn_blocking(work).await.map_err(io::Error::other)?
    }

    fn part_builder() -> Builder<'static, 'static> {
        let mut builder = Builder::new();
        builder.prefix(".seatable-io-").suffix(".part");
        #[cfg(unix)]
        {
            // As any new file: what the umask leaves.
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        }
        builder
    }

    fn folder(path: &Path) -> &Path {
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// Not every system can; the file is there and whole in any case.
    fn sync_folder(folder: &Path) {
        if cfg!(unix) {
            let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
        }
    }

    fn refused(kind: io::ErrorKind, why: &str) -> io::Error {
        io::Error::new(kind, why)
    }

    /// Any writer, as standard output. What went out cannot be taken back: make the task with
    /// [`Export::one_pass`](seatable_io_task::Export::one_pass).
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
                return Err(refused(io::ErrorKind::Unsupported, "it cannot begin anew"));
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
}
