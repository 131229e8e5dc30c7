use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, header};
use seatable_io_driver::TransportError;
use seatable_io_driver::blocking::{self, Connect, Interrupt, Transport, Upload};
use ureq::{Body, BodyReader, Error, SendBody};

use crate::client::Connector;
use crate::connection::{Connection, IDLE, Limits};
use crate::state::RequestState;

/// A ureq agent as the transport of one run.
pub struct Ureq {
    connector: Connector,
    connection: Connection,
}

impl Connect for Connector {
    type Transport = Ureq;

    fn connect(&self) -> Ureq {
        Ureq { connection: self.connection(), connector: self.clone() }
    }
}

impl Transport for Ureq {
    type ResponseBody = ResponseBody;

    fn send(
        &mut self,
        request: Request<Option<&mut Upload<'_>>>,
        limits: blocking::Limits,
    ) -> Result<Response<Self::ResponseBody>, TransportError> {
        let (mut head, upload) = request.into_parts();
        head.headers.extend(self.connector.headers.clone());
        let limits = Limits {
            deadline: Instant::now().checked_add(limits.time_left),
            idle_timeout: limits.idle_timeout,
            idle: IDLE,
        };
        let response = match upload {
            None => self.connection.send(Request::from_parts(head, ()), limits),
            Some(upload) => self.connection.upload(head, upload, limits),
        };
        response
            .map(|response| response.map(|body| ResponseBody(body.into_reader())))
            .map_err(|error| self.connection.explain(&error))
    }

    fn read(&mut self, body: &mut Self::ResponseBody, buffer: &mut [u8]) -> Result<usize, TransportError> {
        body.0.read(buffer).map_err(|error| self.connection.explain(&error.into()))
    }

    fn interrupt(&self) -> Option<Arc<Interrupt>> {
        let agent = Arc::clone(&self.connection.agent);
        Some(Arc::new(move || agent.as_ref().clone().shutdown()))
    }

    fn renew(&mut self) {
        self.connection = self.connector.connection();
    }
}

impl Connection {
    /// Sends a file over a new connection: at once, if the server does not support `Expect`.
    fn upload(
        &self,
        mut head: Parts,
        upload: &mut Upload<'_>,
        limits: Limits,
    ) -> Result<Response<Body>, Error> {
        let (len, limits) = (upload.len(), Limits { idle: Duration::ZERO, ..limits });
        let mut body = Skipping { upload, state: &self.state };
        head.headers.insert(header::EXPECT, HeaderValue::from_static("100-continue"));
        let request = Request::from_parts(head.clone(), SendBody::from_reader(&mut body));
        let response = self.send(request, limits)?;
        if response.status() != StatusCode::EXPECTATION_FAILED || body.upload.len() < len {
            return Ok(response);
        }
        head.headers.remove(header::EXPECT);
        self.send(Request::from_parts(head, SendBody::from_reader(&mut body)), limits)
    }
}

/// A body that is skipped when the server has stopped reading, because ureq must send the whole body before it reads the
/// response.
struct Skipping<'a, 'b> {
    upload: &'a mut Upload<'b>,
    state: &'a RequestState,
}

impl Read for Skipping<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.state.lock().is_closed {
            Ok(self.upload.skip(buffer.len()))
        } else {
            self.upload.read(buffer)
        }
    }
}

/// The body of a response.
pub struct ResponseBody(BodyReader<'static>);

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").finish_non_exhaustive()
    }
}

impl fmt::Debug for Ureq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ureq").finish_non_exhaustive()
    }
}
