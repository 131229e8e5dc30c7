//! A sink for any [`ObjectStore`]: an exported base appears under its name only when it is complete and good.
//!
//! S3 cannot read an upload that is not complete. So the file is uploaded as a *part*, an object with a random name below
//! [`PARTS`]; checked by reading ranges of it; and renamed. A part that fails is deleted, and an unfinished upload aborted.
//! In S3, this costs
//!
//! - the requests of the upload: one for each 8 MiB, and two;
//! - those of the check: one for each MiB between short entries, and a few more; it reads up to the whole file;
//! - those of the new name: a copy within S3 (of 5 GB at most), which needs three requests if no object may be replaced, and a
//!   deletion;
//! - storage of twice the file for a moment.
//!
//! What a crash leaves behind is below [`PARTS`] as well: give the bucket a lifecycle rule that deletes objects and aborts uploads
//! with this prefix after a day.

use std::io::{Error, ErrorKind, Result};
use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use seatable_io_hyper::bytes::Bytes;
use seatable_io_hyper::{BoxFuture, RangeReader, Sink, StopSignal, check_archive, seed};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The prefix of the files that are not complete, or not checked yet.
pub const PARTS: &str = ".seatable-io-parts";

/// How many bytes are uploaded in a request. S3 allows 5 MiB to 5 GiB, and 10,000 requests: a base of 80 GB.
const PART: usize = 8 * 1024 * 1024;

/// How many requests upload at a time; with the one that is being filled, they need 24 MiB of memory.
const UPLOADS: usize = 2;

/// An object that appears when its file is complete and has passed [`check_archive`].
///
/// It needs tokio's runtime. If its run is dropped, the runtime deletes the part soon afterwards.
pub struct ObjectSink(Arc<Mutex<State>>);

struct State {
    store: Arc<dyn ObjectStore>,
    object: Path,
    overwrite: bool,
    part: Option<Part>,
}

/// A file that does not have its name yet.
struct Part {
    store: Arc<dyn ObjectStore>,
    path: Path,
    /// `None` once it is complete.
    upload: Option<WriteMultipart>,
    len: u64,
}

impl ObjectSink {
    /// Creates an object. An existing one is not replaced: that is [`AlreadyExists`](ErrorKind::AlreadyExists), before the
    /// download or after it. A store in S3 needs `S3CopyIfNotExists::Multipart`.
    pub fn create_new(store: Arc<dyn ObjectStore>, object: Path) -> Self {
        Self(Arc::new(Mutex::new(State { store, object, overwrite: false, part: None })))
    }

    /// Creates an object, or replaces it.
    pub fn create(store: Arc<dyn ObjectStore>, object: Path) -> Self {
        Self(Arc::new(Mutex::new(State { store, object, overwrite: true, part: None })))
    }

    /// Does work in a task of its own, which goes on if the run drops the future: a request that is broken off could leave
    /// something in the store. What comes next waits for it.
    fn work<F>(
        &self,
        work: impl FnOnce(OwnedMutexGuard<State>) -> F + Send + 'static,
    ) -> BoxFuture<'_, Result<()>>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let state = Arc::clone(&self.0);
        Box::pin(async move { tokio::spawn(work(state.lock_owned().await)).await? })
    }
}

impl Sink for ObjectSink {
    fn begin(&mut self, _: Option<u64>) -> BoxFuture<'_, Result<()>> {
        self.work(|mut state| async move {
            state.remove_part().await;
            if !state.overwrite && state.store.head(&state.object).await.is_ok() {
                return Err(state.already_exists());
            }
            let path = Path::from(PARTS).join(format!("{:032x}", seed()?));
            let upload = WriteMultipart::new_with_chunk_size(state.store.put_multipart(&path).await?, PART);
            state.part = Some(Part { store: Arc::clone(&state.store), path, upload: Some(upload), len: 0 });
            Ok(())
        })
    }

    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<()>> {
        self.work(|mut state| async move {
            let part = state.part.as_mut().ok_or(ErrorKind::InvalidInput)?;
            let upload = part.upload.as_mut().ok_or(ErrorKind::InvalidInput)?;
            upload.wait_for_capacity(UPLOADS).await?;
            upload.write(&bytes);
            part.len += bytes.len() as u64;
            Ok(())
        })
    }

    fn check(&mut self, signal: StopSignal) -> BoxFuture<'_, Result<()>> {
        self.work(|mut state| async move {
            let part = state.part.as_mut().ok_or(ErrorKind::InvalidInput)?;
            part.upload.take().ok_or(ErrorKind::InvalidInput)?.finish().await?;
            let (store, path, runtime) = (Arc::clone(&part.store), part.path.clone(), Handle::current());
            let range = move |range| Ok(runtime.block_on(store.get_range(&path, range))?);
            let file = signal.reader(RangeReader::new(part.len, range));
            Ok(tokio::task::spawn_blocking(|| check_archive(file)).await??)
        })
    }

    fn finish(&mut self) -> BoxFuture<'_, Result<()>> {
        self.work(|mut state| async move {
            let part = state.part.as_ref().ok_or(ErrorKind::InvalidInput)?;
            let renamed = if state.overwrite {
                state.store.rename(&part.path, &state.object).await
            } else {
                state.store.rename_if_not_exists(&part.path, &state.object).await
            };
            match renamed {
                Ok(()) => state.part = None,
                Err(object_store::Error::AlreadyExists { .. }) => return Err(state.already_exists()),
                Err(error) => return Err(error.into()),
            }
            Ok(())
        })
    }

    fn discard(&mut self) -> BoxFuture<'_, ()> {
        let removed = self.work(|mut state| async move {
            state.remove_part().await;
            Ok(())
        });
        Box::pin(async { removed.await.unwrap_or_default() })
    }
}

impl State {
    async fn remove_part(&mut self) {
        if let Some(part) = self.part.take() {
            part.remove().await;
        }
    }

    fn already_exists(&self) -> Error {
        Error::new(ErrorKind::AlreadyExists, format!("{} already exists in {}", self.object, self.store))
    }
}

impl Part {
    /// What cannot be removed is left to the lifecycle rule.
    async fn remove(self) {
        let _ = match self.upload {
            Some(upload) => upload.abort().await,
            None => self.store.delete(&self.path).await,
        };
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if let (Some(part), Ok(runtime)) = (self.part.take(), Handle::try_current()) {
            runtime.spawn(part.remove());
        }
    }
}
