use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, request};

use crate::answer::{delay, proxy};
use crate::call::Route;
use crate::settings::Settings;
use crate::throttle::Throttle;
use crate::words::Words;
use crate::{Answer, Body, Book, Call, Content, Entry, Fault, Generation, TaskFailure, What, Wire};

/// A stand-in for a SeaTable server: a plain value that answers requests at given instants of virtual time.
///
/// Two sandboxes are equal, and hash alike, if they will answer alike from now on; the log in their [`Book`]s is left out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sandbox {
    pub(crate) settings: Arc<Settings>,
    pub(crate) book: Book,
    pub(crate) faults: Vec<Fault>,
    pub(crate) made: u64,
    pub(crate) throttle: Throttle,
}

/// What the server does once it has a request's head.
#[derive(Debug)]
pub enum Received {
    /// It reads the body, then [completes](Sandbox::complete) the request.
    ReadBody(Ticket),
    /// It answers, or hangs up, before the body is read.
    Answer(Answer),
}

/// A request whose head was received.
#[derive(Debug)]
pub struct Ticket {
    pub(crate) route: Route,
    pub(crate) call: Call,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) words: Words,
    pub(crate) fault: Option<What>,
    entry: usize,
    limit: u64,
}

impl Ticket {
    /// The most bytes that the body may have; past them the request is [too large](Sandbox::too_large).
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Which call of the API it is.
    pub fn call(&self) -> Call {
        self.call
    }
}

/// How the task that a request starts will go.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) duration: Duration,
    pub(crate) failure: Option<TaskFailure>,
    pub(crate) forgotten: bool,
    pub(crate) queue_is_full: bool,
    /// How many assets an export lacks.
    pub(crate) lost_assets: u32,
}

impl Sandbox {
    /// Answers a request that is complete. `now` is virtual time; it never runs backwards.
    pub fn respond(&mut self, now: Duration, request: Request<Bytes>) -> Answer {
        let (head, body) = request.into_parts();
        let ticket = match self.receive(now, &head) {
            Received::Answer(answer) => return answer,
            Received::ReadBody(ticket) => ticket,
        };
        if body.len() as u64 > ticket.limit() {
            return self.too_large(ticket);
        }
        self.complete(now, ticket, Body::Raw(body))
    }

    /// Takes in the head of a request, counts it, and picks the fault that hits it.
    pub fn receive(&mut self, now: Duration, head: &request::Parts) -> Received {
        self.advance(now);
        let route = Route::of(&self.settings.prefix, &head.uri);
        let call = route.call(&head.method);
        let (served, subject) = (self.serves(call, &head.method), self.subject(&route, &head.uri));
        let fault = self.next_fault(|fault| fault.ripe(call, served, &subject));
        let target = head.uri.path_and_query().map_or_else(|| head.uri.to_string(), ToString::to_string);
        self.book.log.push(Entry {
            at: now,
            call,
            method: head.method.clone(),
            target,
            status: None,
            wire: None,
            fault: fault.clone(),
        });
        let ticket = Ticket {
            route,
            call,
            method: head.method.clone(),
            uri: head.uri.clone(),
            headers: head.headers.clone(),
            words: Words::new(self.settings.generation, &head.headers),
            fault,
            entry: self.book.log.len() - 1,
            limit: self.settings.size_limit,
        };
        self.before_body(ticket)
    }

    fn before_body(&mut self, ticket: Ticket) -> Received {
        let announced =
            ticket.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let wire = match ticket.fault {
            Some(What::Refused) => Wire::Refused,
            Some(What::UploadCut { after }) => {
                let after = after.unwrap_or(announced.unwrap_or_default() / 2);
                Wire::UploadCut { after }
            }
            Some(What::TooLarge) => return Received::Answer(self.too_large(ticket)),
            _ if announced.is_some_and(|length| length > ticket.limit) => {
                return Received::Answer(self.too_large(ticket));
            }
            _ => return Received::ReadBody(ticket),
        };
        let nothing = Response::new(Content::from(Bytes::new()));
        self.book.log[ticket.entry].wire = Some(wire);
        Received::Answer(Answer::new(nothing, wire))
    }

    /// Answers a request whose body is longer than [`Ticket::limit`], as a proxy does while the body still comes.
    #[expect(clippy::needless_pass_by_value, reason = "a ticket is good for one answer")]
    pub fn too_large(&mut self, ticket: Ticket) -> Answer {
        let mut response = proxy(StatusCode::PAYLOAD_TOO_LARGE);
        crate::answer::set(&mut response, http::header::CONNECTION, "close");
        self.close(&ticket, Answer::new(response, Wire::Delivered))
    }

    /// Answers a request whose body was received, whole or as a form taken apart.
    pub fn complete(&mut self, now: Duration, ticket: Ticket, body: Body) -> Answer {
        self.advance(now);
        let ticket = match self.before_answer(ticket, &body) {
            Received::ReadBody(ticket) => ticket,
            Received::Answer(answer) => return answer,
        };
        let fault = ticket.fault.as_ref();
        if fault == Some(&What::Restart) {
            self.restart_tasks(now);
        }
        let instead = fault.filter(|what| !self.acts_before(&ticket, what));
        let answer = if let Some(response) = instead.and_then(|what| what.instead(now, ticket.words)) {
            Answer::new(response, Wire::Delivered)
        } else {
            let response = self.act(now, &ticket, body);
            let delay = delay(&response);
            let answer = match fault {
                Some(what) => what.spoil(response),
                None => Answer::new(response, Wire::Delivered),
            };
            Answer { delay, ..answer }
        };
        self.close(&ticket, answer)
    }

    /// Picks the fault of a request that makes a base, if it is one for that base.
    fn before_answer(&mut self, mut ticket: Ticket, body: &Body) -> Received {
        if ticket.fault.is_some() || self.faults.iter().all(|fault| fault.name.is_none()) {
            return Received::ReadBody(ticket);
        }
        let (call, names) = (ticket.call, self.new_base(&ticket, body));
        ticket.fault = self.next_fault(|fault| fault.name.is_some() && fault.ripe(call, true, &names));
        self.book.log[ticket.entry].fault.clone_from(&ticket.fault);
        self.before_body(ticket)
    }

    /// Whether the server makes something before it comes to what the fault says.
    fn acts_before(&self, ticket: &Ticket, what: &What) -> bool {
        *what == What::PermissionDenied
            && ticket.call == Call::Import
            && self.settings.generation == Generation::Y2020
    }

    fn close(&mut self, ticket: &Ticket, answer: Answer) -> Answer {
        let entry = &mut self.book.log[ticket.entry];
        entry.status = Some(answer.response.status().as_u16());
        entry.wire = Some(answer.wire);
        answer
    }

    /// What is on the server at this instant.
    pub fn book(&mut self, now: Duration) -> &Book {
        self.advance(now);
        &self.book
    }

    /// Whether this generation has a call, with this method.
    fn serves(&self, call: Call, method: &Method) -> bool {
        let generation = self.settings.generation;
        let posts = generation == Generation::Current;
        call.exists_on(generation) && (call != Call::Export || (method == Method::POST) == posts)
    }

    /// Counts a request for each fault; the first one that hits it is spent.
    fn next_fault(&mut self, ripe: impl FnMut(&mut Fault) -> bool) -> Option<What> {
        let ripe: Vec<_> = self.faults.iter_mut().map(ripe).collect();
        let first = ripe.iter().position(|&ripe| ripe)?;
        self.faults[first].spend();
        Some(self.faults[first].what.clone())
    }

    pub(crate) fn plan(&self, ticket: &Ticket) -> Plan {
        let mut plan = Plan {
            duration: self.settings.task_time,
            failure: self.settings.task_failure.clone(),
            forgotten: ticket.fault == Some(What::Forget),
            queue_is_full: self.queue_is_full(),
            lost_assets: 0,
        };
        match &ticket.fault {
            Some(What::QueueFull) => plan.queue_is_full = true,
            Some(What::Slow { millis }) => plan.duration = Duration::from_millis((*millis).into()),
            Some(What::Fail { words }) if words.is_empty() => plan.failure = Some(TaskFailure::Internal),
            Some(What::Fail { words }) => plan.failure = Some(TaskFailure::Rejected(words.clone())),
            Some(What::FailTooLarge { words }) => plan.failure = Some(TaskFailure::TooLarge(words.clone())),
            Some(What::NoAssets) => plan.lost_assets = u32::MAX,
            Some(What::FewerAssets { number }) => plan.lost_assets = *number,
            Some(What::FailEmpty) => plan.failure = Some(TaskFailure::EmptyArchive),
            _ => {}
        }
        plan
    }
}
