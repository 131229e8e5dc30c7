//! The stores of the tests, and what is in them.

use std::io::{BufRead, BufReader, Read, Write, stderr};
use std::net::TcpStream;
use std::path::Path as FilePath;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

use futures_util::TryStreamExt;
use object_store::aws::{AmazonS3Builder, S3ConditionalPut, S3CopyIfNotExists};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tempfile::TempDir;

/// A store, with its name in messages.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) store: Arc<dyn ObjectStore>,
    folder: Option<TempDir>,
    bucket: Option<String>,
}

impl Place {
    /// Everything in the store, also what an upload has left that is not complete.
    pub(crate) async fn all(&self) -> Vec<String> {
        let objects: Vec<_> = self.store.list(None).try_collect().await.unwrap();
        let mut names: Vec<_> = objects.into_iter().map(|object| object.location.to_string()).collect();
        if let Some(folder) = &self.folder {
            names = files(folder.path(), folder.path());
        }
        if let Some(bucket) = &self.bucket {
            let uploads = s3("GET", &format!("/{bucket}?uploads"));
            assert!(uploads.contains("ListMultipartUploadsResult"), "{uploads}");
            names.extend(uploads.split("<Upload>").skip(1).map(|upload| format!("upload {upload}")));
        }
        names.sort();
        names
    }

    pub(crate) async fn bytes(&self, object: &str) -> Option<Vec<u8>> {
        let object = self.store.get(&Path::from(object)).await.ok()?;
        Some(object.bytes().await.unwrap().to_vec())
    }

    /// Waits until nothing but these objects is left.
    pub(crate) async fn until_only(&self, expected: &[&str]) {
        for _ in 0..600 {
            if self.all().await == expected {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{}: {:?}", self.name, self.all().await);
    }
}

fn files(root: &FilePath, folder: &FilePath) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &FilePath| path.strip_prefix(root).unwrap().display().to_string();
    entries.flat_map(|path| if path.is_dir() { files(root, &path) } else { vec![name(&path)] }).collect()
}

/// A new store of each kind.
pub(crate) fn places() -> Vec<Place> {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalFileSystem::new_with_prefix(folder.path()).unwrap().with_automatic_cleanup(true);
    let memory = Place { name: "memory", store: Arc::new(InMemory::new()), folder: None, bucket: None };
    let local = Place { name: "folder", store: Arc::new(local), folder: Some(folder), bucket: None };
    [Some(memory), Some(local), bucket()].into_iter().flatten().collect()
}

/// A new bucket of a server for S3, which ends with this process: it is killed when its standard input is closed.
fn bucket() -> Option<Place> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let address = ADDRESS.as_ref()?;
    let bucket = format!("bucket-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    s3("PUT", &format!("/{bucket}"));
    let store = AmazonS3Builder::new()
        .with_endpoint(format!("http://{address}"))
        .with_allow_http(true)
        .with_bucket_name(&bucket)
        .with_region("us-east-1")
        .with_access_key_id("any")
        .with_secret_access_key("any")
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_copy_if_not_exists(S3CopyIfNotExists::Multipart)
        .build();
    Some(Place { name: "S3", store: Arc::new(store.unwrap()), folder: None, bucket: Some(bucket) })
}

static ADDRESS: LazyLock<Option<String>> = LazyLock::new(|| {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let address = start_server();
    if address.is_none() {
        // The test runner hides what passing tests print.
        let words = "skipped: S3, because `moto_server` does not start here (`pip install 'moto[server]'`)";
        let _ = writeln!(stderr(), "{words}");
    }
    address
});

fn start_server() -> Option<String> {
    let script = "moto_server -H 127.0.0.1 -p 0 2>&1 & read _; kill $!";
    let mut command = Command::new("sh");
    let server = command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut server = server.spawn().ok()?;
    // Open until this process ends.
    std::mem::forget(server.stdin.take());
    let mut lines = BufReader::new(server.stdout.take()?).lines().map_while(Result::ok);
    let address = lines.find_map(|line| Some(line.split_once("Running on http://")?.1.trim().to_owned()));
    // It writes a line for each request.
    std::thread::spawn(move || lines.for_each(drop));
    address
}

/// Makes a request that the library lacks, and returns the response.
fn s3(method: &str, target: &str) -> String {
    let address = ADDRESS.as_ref().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("Host: {address}\r\nContent-Length: 0\r\nConnection: close");
    write!(stream, "{method} {target} HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.contains(" 200 "), "{response}");
    response
}
