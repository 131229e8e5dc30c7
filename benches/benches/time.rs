//! The time of the crates without I/O: `cargo bench -p seatable-io-benches --bench time`.

use std::time::Duration;

use divan::{Bencher, black_box};
use http::response::Parts;
use seatable_io_benches::{
    HTML, REFUSED, RUNNING, STARTED, cancel, content, response, start_export, start_import, status,
    synchronous, waiting,
};
use seatable_io_proto::{Endpoint, QueryStatus, Server, StartExport, StartImport};
use seatable_io_task::Step;

fn main() {
    divan::main();
}

fn build(bencher: Bencher<'_, '_>, (endpoint, server): (impl Endpoint + Sync, Server)) {
    bencher.bench(|| black_box(&endpoint).request(black_box(&server)));
}

fn read<E: Endpoint>(bencher: Bencher<'_, '_>, (head, body): (Parts, &str)) {
    bencher.bench(|| E::reply(black_box(&head), black_box(body.as_bytes())));
}

#[divan::bench]
fn build_import(bencher: Bencher<'_, '_>) {
    build(bencher, start_import());
}

#[divan::bench]
fn build_export(bencher: Bencher<'_, '_>) {
    build(bencher, start_export());
}

#[divan::bench]
fn build_synchronous(bencher: Bencher<'_, '_>) {
    build(bencher, synchronous());
}

#[divan::bench]
fn build_status(bencher: Bencher<'_, '_>) {
    build(bencher, status());
}

#[divan::bench]
fn build_content(bencher: Bencher<'_, '_>) {
    build(bencher, content());
}

#[divan::bench]
fn build_cancel(bencher: Bencher<'_, '_>) {
    build(bencher, cancel());
}

#[divan::bench]
fn read_running(bencher: Bencher<'_, '_>) {
    read::<QueryStatus>(bencher, response(200, RUNNING));
}

#[divan::bench]
fn read_refused(bencher: Bencher<'_, '_>) {
    read::<QueryStatus>(bencher, response(400, REFUSED));
}

#[divan::bench]
fn read_html(bencher: Bencher<'_, '_>) {
    read::<QueryStatus>(bencher, response(502, HTML));
}

#[divan::bench]
fn read_started_import(bencher: Bencher<'_, '_>) {
    read::<StartImport>(bencher, response(200, STARTED));
}

#[divan::bench]
fn read_started_export(bencher: Bencher<'_, '_>) {
    read::<StartExport>(bencher, response(200, STARTED));
}

#[divan::bench]
fn step_waiting(bencher: Bencher<'_, '_>) {
    let mut operation = Some(waiting());
    bencher.bench_local(|| {
        match operation.take().map(|operation| operation.step(black_box(Duration::from_millis(100)))) {
            Some(Step::Wait(waits, _)) => operation = Some(waits),
            other => panic!("{other:?}"),
        }
    });
}
