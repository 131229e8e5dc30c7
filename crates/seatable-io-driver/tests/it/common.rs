//! A transport without sockets, and operations for it.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::future::pending;
use std::io::{self, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::TryStreamExt;
use http::{Request, Response};
use seatable_io_driver::asynchronous::{BoxFuture, Client, Sink, Source, Transport, Upload};
use seatable_io_driver::{Error, TransportError};
use seatable_io_proto::{BaseName, FileName, Format, Server, Token};
use seatable_io_sandbox::{Generation, Sandbox, Wire, sample_dtable};
use seatable_io_task::{ErrorKind, Export, Failure, Import, Operation, Outcome, Policy};

/// A sandbox in this process, on tokio's clock, which a test may stop.
pub struct InProcess(pub Mutex<Sandbox>, pub Instant);

impl Transport for InProcess {
    type Permit = ();
    type ResponseBody = Option<Bytes>;

    fn now(&self) -> Duration {
        tokio::time::Instant::now().into_std() - self.1
    }

    async fn sleep_until(&self, moment: Duration) {
        tokio::time::sleep_until((self.1 + moment).into()).await;
    }

    async fn permit(&self) -> Result<(), TransportError> {
        Ok(())
    }

    async fn send(
        &self,
        (): (),
        request: Request<Upload>,
    ) -> Result<Response<Option<Bytes>>, TransportError> {
        let broken = || TransportError::new(Failure::Interrupted, "the connection broke");
        let (head, body) = request.into_parts();
        let len = body.len();
        assert_eq!(body.is_empty(), len == 0);
        let body: Vec<Bytes> = body.try_collect().await.map_err(|_| broken())?;
        let body = Bytes::from(body.concat());
        assert_eq!(body.len() as u64, len);
        let response = self.0.lock().unwrap().respond(self.now(), Request::from_parts(head, body));
        if response.wire == Wire::Silent {
            pending::<()>().await;
        }
        Ok(response.delivered().unwrap().ok_or_else(broken)?.map(Some))
    }

    async fn next(&self, response: &mut Option<Bytes>) -> Result<Option<Bytes>, TransportError> {
        Ok(response.take())
    }
}

pub const SEED: u128 = 7;

pub fn client(faults: &[&str]) -> Client<InProcess> {
    client_with(sample_dtable(5000), faults)
}

/// Creates a client of a sandbox whose base `stock` has this content.
pub fn client_with(stock: Bytes, faults: &[&str]) -> Client<InProcess> {
    client_of(Sandbox::new(Generation::Current).with_base(1, "stock", stock), faults)
}

pub fn client_of(sandbox: Sandbox, faults: &[&str]) -> Client<InProcess> {
    let faults = faults.iter().map(|fault| fault.parse().unwrap());
    let sandbox = faults.fold(sandbox, Sandbox::with_fault);
    let start = tokio::time::Instant::now().into_std();
    Client::with_transport(InProcess(Mutex::new(sandbox), start))
}

pub fn server() -> Server {
    let token = Sandbox::new(Generation::Current).token().to_owned();
    Server::new("http://localhost/", Token::new(&token).unwrap()).unwrap()
}

pub fn import(len: u64) -> Operation {
    let import = Import::new(1, FileName::new("new", Format::Dtable).unwrap(), len).unwrap();
    Operation::import(server(), import, Policy::default(), SEED)
}

pub fn export() -> Operation {
    Operation::export(server(), Export::new(1, BaseName::new("stock").unwrap()), Policy::default(), SEED)
}

/// A zip with one entry.
pub fn zip_of(name: &str, bytes: &[u8]) -> Bytes {
    let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap().into_inner().into()
}

/// Sends a file of `len` bytes from `source`.
pub async fn send(client: &Client<InProcess>, len: u64, source: impl Source) -> Result<Outcome, Error> {
    client.run(import(len)).source(source).run().await
}

/// Exports the base `stock`, of 5000 bytes.
pub async fn fetch(client: &Client<InProcess>, sink: impl Sink) -> Result<Outcome, Error> {
    client.run(export()).sink(sink).run().await
}

pub fn kind(end: Result<Outcome, Error>) -> ErrorKind {
    end.unwrap_err().operation().expect("an operation's error").kind()
}

/// Keeps the file that it receives.
#[derive(Default)]
pub struct Memory(pub Vec<u8>, pub bool);

impl Sink for Memory {
    fn begin(&mut self, _: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async move {
            self.0.clear();
            Ok(())
        })
    }

    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async move {
            self.0.extend_from_slice(&bytes);
            Ok(())
        })
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async move {
            self.1 = true;
            Ok(())
        })
    }
}
