use std::io::Read;
use std::time::{Duration, Instant};

use http::{Request, Response};
use seatable_io_driver::TransportError;
use ureq::Error;

use crate::client::Connector;
use crate::connection::Limits;

impl Connector {
    /// Sends a request that is none of a SeaTable server's calls, such as a ping of a monitoring service, over a new connection
    /// with the same certificate authorities and proxies. Returns the response with at most `limit` bytes of its body.
    ///
    /// [`Config::headers`](crate::Config::headers) are not added. Redirects are not followed, and no status is an error. No error
    /// contains the URL, but ureq logs it at level *trace*.
    ///
    /// # Errors
    ///
    /// If no response arrives in this time.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use seatable_io_ureq::http::Request;
    /// use seatable_io_ureq::{Config, Connector};
    /// # use seatable_io_sandbox::{Generation, Sandbox, SandboxServer};
    /// # let sandbox = SandboxServer::start(Sandbox::new(Generation::Current))?;
    /// # let url = sandbox.url() + "/nothing-here";
    ///
    /// let connector = Connector::try_from(Config::default())?;
    /// let request = Request::post(url).body(b"done".to_vec())?;
    /// let response = connector.send(request, Duration::from_secs(10), 1024)?;
    /// assert_eq!(response.status(), 404);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
        limit: usize,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let deadline = Instant::now().checked_add(timeout);
        let limits = Limits { deadline, idle_timeout: timeout, idle: Duration::ZERO };
        let connection = self.connection();
        let (head, body) =
            connection.send(request, limits).map_err(|error| connection.explain(&error))?.into_parts();
        let mut bytes = Vec::new();
        let mut body = body.into_reader().take(limit as u64);
        body.read_to_end(&mut bytes).map_err(|error| connection.explain(&Error::from(error)))?;
        Ok(Response::from_parts(head, bytes))
    }
}
