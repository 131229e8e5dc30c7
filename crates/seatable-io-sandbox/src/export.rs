use std::time::Duration;

use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{Response, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::act::Reply;
use crate::answer::{announce, delayed, error_msg, page, set};
use crate::archive::without_assets;
use crate::call::query;
use crate::sandbox::{Plan, Ticket};
use crate::task::Work;
use crate::{Base, Content, Generation, Sandbox, TaskFailure};

/// How long a request waits for its task, counted from the time that it is queued.
pub(crate) const SYNCHRONOUS_LIMIT: Duration = Duration::from_secs(60);
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Sandbox {
    pub(crate) fn export(
        &mut self,
        now: Duration,
        ticket: &Ticket,
        workspace: u64,
        name: &str,
        password: Option<&str>,
        plan: Plan,
    ) -> Reply {
        let base = self.find_base(ticket, workspace, name, password)?;
        let (number, uuid) = (base.id, base.uuid.clone());
        if !self.make_room(&plan) {
            return Err(error_msg(StatusCode::INTERNAL_SERVER_ERROR, &ticket.words.internal_error()));
        }
        let id = self.start(now, Work::export(uuid), plan);
        Ok(self.started(&id, number))
    }

    /// How long a request waits for a task that is queued now.
    pub(crate) fn wait(&self, now: Duration, plan: &Plan) -> Duration {
        let begins = self.book.tasks.next_begin(now, self.settings.workers);
        begins.saturating_add(plan.duration).saturating_sub(now)
    }

    fn find_base(
        &self,
        ticket: &Ticket,
        workspace: u64,
        name: &str,
        password: Option<&str>,
    ) -> Result<&Base, Response<Content>> {
        self.check_export(ticket, workspace, name)?;
        let missing = || error_msg(StatusCode::NOT_FOUND, &ticket.words.base_not_found(name));
        let base = self.book.base(workspace, name).ok_or_else(missing)?;
        let protected = self.settings.generation == Generation::Current && base.password.is_some();
        if protected && base.password.as_deref() != password {
            return Err(ticket.permission_denied());
        }
        Ok(base)
    }

    /// Exports in one request, which waits for its task: the answer comes once that has ended, or after
    /// [`SYNCHRONOUS_LIMIT`], and then the task goes on.
    pub(crate) fn synchronous_export(
        &mut self,
        now: Duration,
        ticket: &Ticket,
        workspace: u64,
        mut plan: Plan,
    ) -> Reply {
        let words = ticket.words;
        let missing = || error_msg(StatusCode::BAD_REQUEST, &words.invalid("dtable_name"));
        let name = query(&ticket.uri, "dtable_name").ok_or_else(missing)?;
        let password = query(&ticket.uri, "password");
        let base = self.find_base(ticket, workspace, &name, password.as_deref())?;
        if plan.queue_is_full {
            return Err(error_msg(StatusCode::INTERNAL_SERVER_ERROR, &words.internal_error()));
        }
        if query(&ticket.uri, "ignore_asset").is_some_and(|flag| is_true(&flag)) {
            plan.lost_assets = u32::MAX;
        }
        let (uuid, wait) = (base.uuid.clone(), self.wait(now, &plan));
        if wait >= SYNCHRONOUS_LIMIT {
            self.start(now, Work::export(uuid), plan);
            let late = error_msg(StatusCode::GATEWAY_TIMEOUT, &words.timeout());
            return Err(delayed(late, SYNCHRONOUS_LIMIT));
        }
        let reply = exported(base, ticket, &plan);
        if !wait.is_zero() {
            self.start(now, Work::export(uuid).awaited(), plan);
        }
        reply.map(|file| delayed(file, wait)).map_err(|error| delayed(error, wait))
    }

    /// Gives the file of a base away, whichever task made it.
    pub(crate) fn content(&mut self, ticket: &Ticket) -> Response<Content> {
        let (task, uuid) = (query(&ticket.uri, "task_id"), query(&ticket.uri, "dtable_uuid"));
        let Some(uuid) = uuid.filter(|_| task.is_some()) else {
            let parameter = if task.is_none() { "task_id" } else { "dtable_uuid" };
            return self.no_file(StatusCode::BAD_REQUEST, &ticket.words.invalid(parameter));
        };
        let name = self.book.bases.with_uuid(&uuid).map(|base| &base.name);
        let Some(name) = name else {
            return self.no_file(StatusCode::NOT_FOUND, &ticket.words.file_not_found());
        };
        match self.book.files.remove(&uuid) {
            Some(file) => download(name, file),
            None => self.no_file(StatusCode::INTERNAL_SERVER_ERROR, &ticket.words.internal_error()),
        }
    }

    /// The site's address, unlike the API's, puts its errors on pages with status 200.
    fn no_file(&self, status: StatusCode, message: &str) -> Response<Content> {
        match self.settings.generation {
            Generation::Y2020 => error_msg(status, message),
            Generation::Y2021 | Generation::Current => page(StatusCode::OK, message),
        }
    }
}

/// What a task makes of a base for a request that waits for it.
fn exported(base: &Base, ticket: &Ticket, plan: &Plan) -> Reply {
    match (&plan.failure, base.file(plan.lost_assets)) {
        (None, Some(file)) => Ok(download(&base.name, file)),
        (Some(TaskFailure::Rejected(reason)), _) => Err(error_msg(StatusCode::BAD_REQUEST, reason)),
        (Some(TaskFailure::TooLarge(reason)), _) => Err(error_msg(StatusCode::PAYLOAD_TOO_LARGE, reason)),
        _ => Err(error_msg(StatusCode::INTERNAL_SERVER_ERROR, &ticket.words.internal_error())),
    }
}

impl Base {
    /// The `.dtable` file without this many of its assets, as it is now; `None` if there is none.
    pub(crate) fn file(&self, lost_assets: u32) -> Option<Content> {
        let content = self.content.as_ref()?.up_to_date()?;
        Some(if lost_assets == 0 { content } else { without_assets(&content, lost_assets) })
    }
}

/// The values of a flag that this part of the server takes for true.
fn is_true(flag: &str) -> bool {
    matches!(flag.to_ascii_lowercase().as_str(), "t" | "true" | "1")
}

fn download(name: &str, file: Content) -> Response<Content> {
    let mut response = Response::new(file);
    let name = utf8_percent_encode(name, UNRESERVED);
    set(&mut response, CONTENT_TYPE, "application/x-zip-compressed");
    set(&mut response, CONTENT_DISPOSITION, &format!("attachment;filename*=UTF-8''{name}.dtable"));
    announce(&mut response);
    response
}
