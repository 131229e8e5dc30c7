//! The measured calls, responses and waiting operation.
#![allow(missing_docs, clippy::missing_panics_doc)]

use std::time::Duration;

use http::Response;
use http::response::Parts;
use seatable_io_proto::{
    ArchiveWatch, BaseName, BaseUuid, CancelTask, ContentAddress, ExportContent, FileName, Format,
    ImportFile, QueryStatus, Server, StartExport, StartImport, SynchronousExport, TaskId, TaskKind, Token,
};
use seatable_io_task::{Operation, Policy, Resume, Step};
use uuid::Uuid;

pub const STARTED: &str = r#"{"task_id":"1582970303923","table":{"id":87,"workspace_id":1,"uuid":"d09b6bcc-b6e5-4b8c-b9e2-c4329a8af482","name":"t1","creator":"a","modifier":"a","created_at":"2020-02-29T09:58:23+00:00","updated_at":"2020-02-29T09:58:23+00:00","color":null,"text_color":null,"icon":null}}"#;
pub const RUNNING: &str = r#"{"is_finished":false}"#;
pub const REFUSED: &str = r#"{"error_msg":"Table t1 already exists."}"#;
pub const HTML: &str = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";

fn server() -> Server {
    Server::new("https://cloud.seatable.io", Token::new("0303f89b3607fb86039fdffcf1be6383797b437f").unwrap())
        .unwrap()
}

fn task() -> TaskId {
    TaskId::new("1582970303923").unwrap()
}

fn uuid() -> BaseUuid {
    BaseUuid::new("d09b6bcc-b6e5-4b8c-b9e2-c4329a8af482").unwrap()
}

fn base() -> BaseName {
    BaseName::new("Sales of 2026").unwrap()
}

pub fn start_import() -> (StartImport, Server) {
    let name = FileName::new("Sales of 2026", Format::Dtable).unwrap();
    (StartImport::new(ImportFile::new(1, name, 1_000_000, Uuid::from_u128(7)).unwrap()), server())
}

pub fn start_export() -> (StartExport, Server) {
    (StartExport::new(1, base()).unwrap(), server())
}

pub fn synchronous() -> (SynchronousExport, Server) {
    (SynchronousExport::new(1, base()), server())
}

pub fn status() -> (QueryStatus, Server) {
    (QueryStatus::new(task()), server())
}

pub fn content() -> (ExportContent, Server) {
    (ExportContent::new(task(), uuid(), ContentAddress::Api), server())
}

pub fn cancel() -> (CancelTask, Server) {
    (CancelTask::new(task(), uuid(), TaskKind::Import), server())
}

pub fn response(status: u16, body: &'static str) -> (Parts, &'static str) {
    let head = Response::builder().status(status).header("content-type", "application/json");
    (head.body(()).unwrap().into_parts().0, body)
}

/// Returns an operation whose first poll was answered: it waits for a quarter of a second.
pub fn waiting() -> Operation {
    let resume = Resume::new(TaskKind::Import, task(), uuid());
    let operation = Operation::resume(server(), resume, Policy::default(), 7);
    let Step::Send(mut exchange) = operation.step(Duration::ZERO) else { panic!("no request") };
    exchange.head(&response(200, RUNNING).0);
    assert!(exchange.chunk(RUNNING.as_bytes()));
    exchange.finished(Duration::ZERO)
}

pub fn download(announced: Option<u64>) -> (ArchiveWatch, Vec<u8>) {
    let mut watch = ArchiveWatch::new(announced);
    assert!(watch.chunk(b"PK\x03\x04"));
    (watch, vec![7; 256 * 1024])
}
