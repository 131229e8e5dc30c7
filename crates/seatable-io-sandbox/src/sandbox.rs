use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use http::header::{CONNECTION, CONTENT_LENGTH};
use http::{Method, Request, Response, StatusCode, request};

use crate::body::Body;
use crate::call::Resource;
use crate::request::Received;
use crate::response::{proxy, set};
use crate::settings::Settings;
use crate::throttle::Throttle;
use crate::{Call, Content, Delivery, Fault, FaultKind, Generation, LogEntry, ServerState, Wire};

/// A stand-in for a SeaTable server: a plain value that responds to requests at given instants of virtual time.
///
/// Two sandboxes are equal, and have equal hashes, if they respond equally from now on. The log in their [`ServerState`]
/// is ignored.
#[doc(alias = "mock")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sandbox {
    pub(crate) settings: Arc<Settings>,
    pub(crate) state: ServerState,
    pub(crate) faults: Vec<Fault>,
    /// The number of bases and tasks created so far.
    pub(crate) made: u64,
    pub(crate) throttle: Throttle,
}

impl Sandbox {
    /// Creates a server with one empty personal workspace (1); tasks finish at once, without faults.
    pub fn new(generation: Generation) -> Self {
        Sandbox {
            settings: Arc::new(Settings::new(generation)),
            state: ServerState::default(),
            faults: Vec::new(),
            made: 0,
            throttle: Throttle::default(),
        }
    }

    /// Responds to a complete request. `now` is virtual time, which never runs backwards.
    pub fn respond(&mut self, now: Duration, request: Request<Bytes>) -> Delivery {
        let (head, body) = request.into_parts();
        let request = match self.receive(now, head) {
            Ok(request) => request,
            Err(delivery) => return delivery,
        };
        if body.is_empty() {
            return self.complete(now, request, &Body::EMPTY);
        }
        match Body::read(&request, &mut stream::iter([Ok(body)]), usize::MAX).now_or_never() {
            Some(Ok(body)) => self.complete(now, request, &body),
            // A body in memory is too large if it cannot be read.
            _ => self.too_large(&request),
        }
    }

    /// Receives the head of a request, counts it, and picks the fault that hits it. The request is then
    /// [completed](Sandbox::complete), unless it gets its response, or loses its connection, before its body is read.
    pub(crate) fn receive(&mut self, now: Duration, head: request::Parts) -> Result<Received, Delivery> {
        self.advance(now);
        let resource = Resource::at(&self.settings.prefix, &head.uri);
        let call = resource.call(&head.method);
        let (is_served, names) = (self.serves(call, &head.method), self.names_in_head(&resource, &head.uri));
        let fault = self.next_fault(|fault| fault.counts(call, is_served, &names));
        let target = head.uri.path_and_query().map_or_else(|| head.uri.to_string(), ToString::to_string);
        self.state.log.push(LogEntry {
            at: now,
            call,
            method: head.method.clone(),
            target,
            status: None,
            wire: None,
            fault: fault.clone(),
        });
        self.before_body(Received {
            now,
            head,
            resource,
            call,
            generation: self.settings.generation,
            fault,
            entry: self.state.log.len() - 1,
            limit: self.settings.size_limit,
        })
    }

    fn before_body(&mut self, request: Received) -> Result<Received, Delivery> {
        let announced = request.head.headers.get(CONTENT_LENGTH);
        let announced = announced.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let wire = match request.fault {
            Some(FaultKind::Refused) => Wire::Refused,
            Some(FaultKind::UploadCut { after }) => {
                Wire::UploadCut { after: after.unwrap_or(announced.unwrap_or_default() / 2) }
            }
            Some(FaultKind::TooLarge) => return Err(self.too_large(&request)),
            _ if announced > Some(request.limit) => return Err(self.too_large(&request)),
            _ => return Ok(request),
        };
        self.state.log[request.entry].wire = Some(wire);
        Err(Delivery::new(Response::new(Content::from(Bytes::new())), wire))
    }

    /// Responds to a request whose body is longer than its limit, as a proxy does while it still receives the body.
    pub(crate) fn too_large(&mut self, request: &Received) -> Delivery {
        let mut response = proxy(StatusCode::PAYLOAD_TOO_LARGE);
        set(&mut response, CONNECTION, "close");
        self.log(request, Delivery::new(response, Wire::Delivered))
    }

    /// Responds to a request whose body was received.
    pub(crate) fn complete(&mut self, now: Duration, request: Received, body: &Body) -> Delivery {
        self.advance(now);
        let request = match self.before_response(Received { now, ..request }, body) {
            Ok(request) => request,
            Err(delivery) => return delivery,
        };
        let fault = request.fault.as_ref();
        if fault == Some(&FaultKind::Restart) {
            self.restart_tasks(now);
        }
        let instead = fault.and_then(|kind| kind.instead(&request));
        let response = instead.unwrap_or_else(|| self.act(&request, body));
        let plain = Delivery::new(response, Wire::Delivered);
        let delivery = match fault {
            Some(kind) => Delivery { delay: plain.delay, ..kind.spoil(plain.response) },
            None => plain,
        };
        self.log(&request, delivery)
    }

    /// Picks the fault of a request that creates a base, if the fault is for that base.
    fn before_response(&mut self, mut request: Received, body: &Body) -> Result<Received, Delivery> {
        if request.fault.is_some() || self.faults.iter().all(|fault| fault.name.is_none()) {
            return Ok(request);
        }
        let (call, names) = (request.call, self.names_in_body(&request, body));
        request.fault = self.next_fault(|fault| fault.name.is_some() && fault.counts(call, true, &names));
        self.state.log[request.entry].fault.clone_from(&request.fault);
        self.before_body(request)
    }

    fn log(&mut self, request: &Received, delivery: Delivery) -> Delivery {
        let entry = &mut self.state.log[request.entry];
        entry.status = Some(delivery.response.status().as_u16());
        entry.wire = Some(delivery.wire);
        delivery
    }

    /// Returns the state of the server at this instant.
    pub fn state(&mut self, now: Duration) -> &ServerState {
        self.advance(now);
        &self.state
    }

    /// Returns `true` if this generation has the call, with this method.
    fn serves(&self, call: Call, method: &Method) -> bool {
        let generation = self.settings.generation;
        let posts = generation == Generation::Current;
        call.exists_on(generation) && (call != Call::StartExport || (method == Method::POST) == posts)
    }

    /// Counts a request for each fault, and spends the first one that hits it.
    fn next_fault(&mut self, counts: impl FnMut(&mut Fault) -> bool) -> Option<FaultKind> {
        let hits: Vec<_> = self.faults.iter_mut().map(counts).collect();
        let fault = &mut self.faults[hits.iter().position(|&hits| hits)?];
        if fault.times != u32::MAX {
            fault.times -= 1;
        }
        Some(fault.kind.clone())
    }
}
