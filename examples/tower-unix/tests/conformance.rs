use std::sync::Arc;

use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use seatable_io_conformance::{Kit, Promise};
use seatable_io_hyper::Hyper;
use tower_unix::transport;

#[tokio::test]
async fn the_transport_keeps_all_promises() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let report = Kit::new().unix(&path).asynchronous(transport(path, &Arc::default())).await.unwrap();
    assert!(report.scenarios > 1000, "{report:?}");
}

#[tokio::test]
async fn a_pool_whose_connections_are_not_half_open_is_found() {
    let mut pool = legacy::Client::builder(TokioExecutor::new());
    pool.retry_canceled_requests(false).pool_max_idle_per_host(0);
    let transport = Hyper::new(pool.build(HttpConnector::new()), TokioTimer::new());
    let broken = Kit::new().asynchronous(transport).await.unwrap_err();
    assert_eq!(broken.promise(), Promise::ReadsEarlyResponses, "{broken}");
}
