//! Instructions and allocations of the crates without I/O, counted by valgrind.
//!
//! `cargo bench -p seatable-io-benches --bench instructions` needs valgrind and
//! `cargo install gungraun-runner --version 0.20.0`.
#![allow(missing_docs, unused_qualifications)]

use std::hint::black_box;
use std::time::Duration;

use gungraun::{Dhat, DhatMetric, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main};
use http::Request;
use http::response::Parts;
use seatable_io_benches::{
    HTML, REFUSED, RUNNING, STARTED, cancel, content, download, response, start_export, start_import, status,
    synchronous, waiting,
};
use seatable_io_proto::{
    ArchiveWatch, Body, CancelTask, Endpoint, ExportContent, QueryStatus, ReplyError, Server, StartExport,
    StartImport, SynchronousExport,
};
use seatable_io_task::{Operation, Step};

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

#[library_benchmark]
#[bench::running(response(200, RUNNING))]
#[bench::refused(response(400, REFUSED))]
#[bench::html(response(502, HTML))]
fn read_status((head, body): (Parts, &str)) -> Result<<QueryStatus as Endpoint>::Reply, ReplyError> {
    QueryStatus::reply(black_box(&head), black_box(body.as_bytes()))
}

#[library_benchmark]
#[bench::started(response(200, STARTED))]
fn read_started_import((head, body): (Parts, &str)) -> Result<<StartImport as Endpoint>::Reply, ReplyError> {
    StartImport::reply(black_box(&head), black_box(body.as_bytes()))
}

#[library_benchmark]
#[bench::started(response(200, STARTED))]
fn read_started_export((head, body): (Parts, &str)) -> Result<<StartExport as Endpoint>::Reply, ReplyError> {
    StartExport::reply(black_box(&head), black_box(body.as_bytes()))
}

#[library_benchmark(config = LibraryBenchmarkConfig::default()
    .tool(Dhat::default().hard_limits([(DhatMetric::TotalBlocks, 0)])))]
#[bench::waits(args = (), setup = waiting)]
fn step_waiting(operation: Operation) -> Step {
    black_box(operation).step(black_box(Duration::from_millis(100)))
}

#[library_benchmark]
#[bench::asks(args = (), setup = waiting)]
fn step_asking(operation: Operation) -> Step {
    black_box(operation).step(black_box(Duration::from_secs(1)))
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
    name = responses,
    benchmarks = [read_status, read_started_import, read_started_export]
);
library_benchmark_group!(name = steps, benchmarks = [step_waiting, step_asking, watch_piece]);
main!(library_benchmark_groups = [requests, responses, steps]);
