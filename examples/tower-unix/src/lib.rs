//! `seatable-io-hyper` over a Unix socket, with a layer of tower: a proxy in front of the server may listen on one.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::TryFutureExt;
use http::Uri;
use hyper_util::rt::TokioIo;
use seatable_io_hyper::{Config, Hyper};
use tokio::net::UnixStream;
use tower::{ServiceBuilder, service_fn};

/// Connects to the socket at this path, whatever the URL, and counts the connections.
pub fn transport(path: impl Into<PathBuf>, opened: &Arc<AtomicUsize>) -> Hyper {
    let (path, opened) = (path.into(), Arc::clone(opened));
    let connector = service_fn(move |_: Uri| UnixStream::connect(path.clone()).map_ok(TokioIo::new));
    let count = move |to: Uri| {
        opened.fetch_add(1, Ordering::Relaxed);
        to
    };
    Hyper::with_connector(ServiceBuilder::new().map_request(count).service(connector), &Config::default())
}
