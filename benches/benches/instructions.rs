//! Instructions and allocations of the crates without I/O, counted by valgrind.
//!
//! `cargo bench -p seatable-io-benches` needs valgrind and `cargo install gungraun-runner --version 0.20.0`.
#![allow(missing_docs, unused_qualifications)]

use std::hint::black_box;
use std::time::Duration;

use gungraun::{Dhat, DhatMetric, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main};
use http::response::Parts;
use http::{Request, Response};
use seatable_io_proto::{
    ArchiveWatch, BaseName, BaseUuid, Body, CancelTask, ContentAddress, Endpoint, ExportContent, FileName,
    Format, ImportFile, QueryStatus, ReplyError, Server, StartExport, StartImport, SynchronousExport, TaskId,
    TaskKind, Token,
};
use seatable_io_task::{Policy, Resume, Step, Task};
use uuid::Uuid;

const STARTED: &str = r#"{"task_id":"1582970303923","table":{"id":87,"workspace_id":1,"uuid":"d09b6bcc-b6e5-4b8c-b9e2-c4329a8af482","name":"t1","creator":"a","modifier":"a","created_at":"2020-02-29T09:58:23+00:00","updated_at":"2020-02-29T09:58:23+00:00","color":null,"text_color":null,"icon":null}}"#;
const RUNNING: &str = r#"{"is_finished":false}"#;
const REFUSED: &str = r#"{"error_msg":"Table t1 already exists."}"#;
const HTML: &str = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";

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

fn start_import() -> (StartImport, Server) {
    let name = FileName::new("Sales of 2026", Format::Dtable).unwrap();
    (StartImport::new(ImportFile::new(1, name, 1_000_000, Uuid::from_u128(7)).unwrap()), server())
}

fn start_export() -> (StartExport, Server) {
    (StartExport::new(1, base()).unwrap(), server())
}

fn synchronous() -> (SynchronousExport, Server) {
    (SynchronousExport::new(1, base()), server())
}

fn status() -> (QueryStatus, Server) {
    (QueryStatus::new(task()), server())
}

fn content() -> (ExportContent, Server) {
    (ExportContent::new(task(), uuid(), ContentAddress::Api), server())
}

fn cancel() -> (CancelTask, Server) {
    (CancelTask::new(task(), uuid(), TaskKind::Import), server())
}

fn request<E: Endpoint>((endpoint, server): (E, Server)) -> (Request<Body>, E, Server) {
    (black_box(&endpoint).request(black_box(&server)), endpoint, server)
}

#[library_benchmark]
#[bench::start_import(args = (), setup = start_import)]
fn build_import(call: (StartImport, Server)) -> (Request<Body>, StartImport, Server) {
    request(call)
}

#[library_benchmark]
#[bench::start_export(args = (), setup = start_export)]
fn build_export(call: (StartExport, Server)) -> (Request<Body>, StartExport, Server) {
    request(call)
}

#[library_benchmark]
#[bench::synchronous(args = (), setup = synchronous)]
fn build_synchronous(call: (SynchronousExport, Server)) -> (Request<Body>, SynchronousExport, Server) {
    request(call)
}

#[library_benchmark]
#[bench::status(args = (), setup = status)]
fn build_status(call: (QueryStatus, Server)) -> (Request<Body>, QueryStatus, Server) {
    request(call)
}

#[library_benchmark]
#[bench::content(args = (), setup = content)]
fn build_content(call: (ExportContent, Server)) -> (Request<Body>, ExportContent, Server) {
    request(call)
}

#[library_benchmark]
#[bench::cancel(args = (), setup = cancel)]
fn build_cancel(call: (CancelTask, Server)) -> (Request<Body>, CancelTask, Server) {
    request(call)
}

fn answer(status: u16, body: &'static str) -> (Parts, &'static str) {
    let head = Response::builder().status(status).header("content-type", "application/json");
    (head.body(()).unwrap().into_parts().0, body)
}

#[library_benchmark]
#[bench::running(answer(200, RUNNING))]
#[bench::refused(answer(400, REFUSED))]
#[bench::html(answer(502, HTML))]
fn read_status((head, body): (Parts, &str)) -> Result<<QueryStatus as Endpoint>::Reply, ReplyError> {
    QueryStatus::reply(black_box(&head), black_box(body.as_bytes()))
}

#[library_benchmark]
#[bench::started(answer(200, STARTED))]
fn read_started_import((head, body): (Parts, &str)) -> Result<<StartImport as Endpoint>::Reply, ReplyError> {
    StartImport::reply(black_box(&head), black_box(body.as_bytes()))
}

#[library_benchmark]
#[bench::started(answer(200, STARTED))]
fn read_started_export((head, body): (Parts, &str)) -> Result<<StartExport as Endpoint>::Reply, ReplyError> {
    StartExport::reply(black_box(&head), black_box(body.as_bytes()))
}

/// A task whose first poll was answered: it waits for a quarter of a second.
fn waiting() -> Task {
    let resume = Resume::new(TaskKind::Import, task(), uuid());
    let task = Task::resume(server(), resume, Policy::default(), 7);
    let Step::Send(mut exchange) = task.step(Duration::ZERO) else { panic!("it does not ask") };
    exchange.head(&answer(200, RUNNING).0);
    assert!(exchange.chunk(RUNNING.as_bytes()));
    exchange.finished(Duration::ZERO)
}

#[library_benchmark(config = LibraryBenchmarkConfig::default()
    .tool(Dhat::default().hard_limits([(DhatMetric::TotalBlocks, 0)])))]
#[bench::waits(args = (), setup = waiting)]
fn step_waiting(task: Task) -> Step {
    black_box(task).step(black_box(Duration::from_millis(100)))
}

#[library_benchmark]
#[bench::asks(args = (), setup = waiting)]
fn step_asking(task: Task) -> Step {
    black_box(task).step(black_box(Duration::from_secs(1)))
}

fn download(announced: Option<u64>) -> (ArchiveWatch, Vec<u8>) {
    let mut watch = ArchiveWatch::new(announced);
    assert!(watch.chunk(b"PK\x03\x04"));
    (watch, vec![7; 256 * 1024])
}

#[library_benchmark]
#[bench::of_announced_length(download(Some(1 << 30)))]
#[bench::of_unknown_length(download(None))]
fn watch_piece((mut watch, piece): (ArchiveWatch, Vec<u8>)) -> (ArchiveWatch, Vec<u8>) {
    black_box(&mut watch).chunk(black_box(&piece));
    (watch, piece)
}

library_benchmark_group!(
    name = requests,
    benchmarks = [build_import, build_export, build_synchronous, build_status, build_content, build_cancel]
);
library_benchmark_group!(
    name = answers,
    benchmarks = [read_status, read_started_import, read_started_export]
);
library_benchmark_group!(name = steps, benchmarks = [step_waiting, step_asking, watch_piece]);
main!(library_benchmark_groups = [requests, answers, steps]);
