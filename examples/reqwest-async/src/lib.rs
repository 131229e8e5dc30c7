//! An async transport over reqwest.
//!
//! If the server closes the connection while the file is being sent, reqwest may lose the response that came before. So this
//! transport waits for a moment before it sends a file: a server that rejects it because of its length has responded by then.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use reqwest::{Body, Client, redirect, retry};
use seatable_io_driver::TransportError;
use seatable_io_driver::asynchronous::{Transport, Upload};
use seatable_io_driver::task::Failure;

/// The transport of a client.
pub struct Reqwest {
    kept: Client,
    /// For imports: no connection is used again.
    new: Client,
    /// How long to wait before a file is sent (200 ms).
    pub pause: Duration,
    start: Instant,
}

impl Reqwest {
    pub fn new() -> reqwest::Result<Self> {
        // It stays as it is if the program has installed another one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || Client::builder().redirect(redirect::Policy::none()).retry(retry::never());
        let new = builder().pool_max_idle_per_host(0).build()?;
        Ok(Self { kept: builder().build()?, new, pause: Duration::from_millis(200), start: Instant::now() })
    }
}

impl Transport for Reqwest {
    type Permit = ();
    type ResponseBody = reqwest::Response;

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    async fn sleep_until(&self, moment: Duration) {
        tokio::time::sleep(moment.saturating_sub(self.now())).await;
    }

    async fn permit(&self) -> Result<(), TransportError> {
        Ok(())
    }

    async fn send(
        &self,
        (): (),
        request: Request<Upload>,
    ) -> Result<Response<reqwest::Response>, TransportError> {
        let client = if request.body().is_import() { &self.new } else { &self.kept };
        let request = request.map(|upload| {
            let has_file = upload.is_import();
            let after_a_pause = tokio::time::sleep(self.pause).map(|()| upload).flatten_stream();
            if has_file { Body::wrap_stream(after_a_pause) } else { Body::default() }
        });
        let request = request.try_into().map_err(explain)?;
        let response = client.execute(request).await.map_err(explain)?;
        let mut head = Response::new(());
        (*head.status_mut(), *head.headers_mut()) = (response.status(), response.headers().clone());
        Ok(head.map(|()| response))
    }

    async fn next(&self, response: &mut reqwest::Response) -> Result<Option<Bytes>, TransportError> {
        response.chunk().await.map_err(explain)
    }
}

/// No error of reqwest's contains a header, but most contain the URL.
fn explain(error: reqwest::Error) -> TransportError {
    let failure = if error.is_connect() { Failure::NotSent } else { Failure::Interrupted };
    TransportError::new(failure, "the exchange failed").with_source(error.without_url())
}
