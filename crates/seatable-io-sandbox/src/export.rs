use std::time::Duration;

use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{Response, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::archive::without_assets;
use crate::body::Body;
use crate::message::{FILE_NOT_FOUND, INTERNAL_ERROR, INVALID, TIMEOUT};
use crate::request::Received;
use crate::response::{Result, announce, delayed, error_msg, page, set};
use crate::task::Plan;
use crate::{Base, Content, Generation, Sandbox, Task, TaskFailure, TaskKind};

/// How long a request waits for its task, from the time at which the task is queued.
pub(crate) const SYNCHRONOUS_LIMIT: Duration = Duration::from_secs(60);
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Sandbox {
    pub(crate) fn export(&mut self, request: &Received, workspace: u64, name: &str, body: &Body) -> Result {
        let password = body.field(request, "password")?;
        let base = self.base(request, workspace, name, password.as_deref())?;
        let (number, uuid) = (base.id, base.uuid.clone());
        if !self.make_room(request) {
            return Err(request.internal_error());
        }
        let id = self.start(request.now, Task::new(TaskKind::Export, Some(uuid), None, self.plan(request)));
        Ok(self.started(&id, number))
    }

    /// Returns how long a request waits for a task that is queued now.
    pub(crate) fn wait(&self, now: Duration, plan: &Plan) -> Duration {
        let begins = self.state.tasks.next_begin(now, self.settings.workers);
        begins.saturating_add(plan.duration).saturating_sub(now)
    }

    /// Returns a base that the account may export with this password.
    fn base(&self, request: &Received, workspace: u64, name: &str, password: Option<&str>) -> Result<&Base> {
        self.check_export(request, workspace, name)?;
        let base = self.state.base(workspace, name).ok_or_else(|| request.base_not_found(name))?;
        let protected = self.settings.generation == Generation::Current && base.password.is_some();
        if protected && base.password.as_deref() != password {
            return Err(request.permission_denied());
        }
        Ok(base)
    }

    /// Exports in one request, which waits for its task. The response is sent when that has ended, or after
    /// [`SYNCHRONOUS_LIMIT`] while the task continues.
    pub(crate) fn synchronous_export(&mut self, request: &Received, workspace: u64) -> Result {
        let name = request.required("dtable_name")?;
        let base = self.base(request, workspace, &name, request.query("password").as_deref())?;
        let uuid = base.uuid.clone();
        self.export_in_one_request(request, &uuid)
    }

    pub(crate) fn export_in_one_request(&mut self, request: &Received, uuid: &str) -> Result {
        let base = self.state.bases.with_uuid(uuid).filter(|_| self.has_room(request));
        let Some(base) = base else { return Err(request.internal_error()) };
        let mut plan = self.plan(request);
        if request.query("ignore_asset").is_some_and(|flag| is_true(&flag)) {
            plan.lost_assets = u32::MAX;
        }
        let wait = self.wait(request.now, &plan);
        let task = Task::new(TaskKind::Export, Some(base.uuid.clone()), None, plan);
        if wait >= SYNCHRONOUS_LIMIT {
            self.start(request.now, task);
            return Err(request.timeout());
        }
        let exported = exported(base, request, &task.plan);
        if !wait.is_zero() {
            self.start(request.now, Task { awaited: true, ..task });
        }
        exported.map(|file| delayed(file, wait)).map_err(|error| delayed(error, wait))
    }

    /// Delivers the file of a base, whichever task created it, and deletes it.
    pub(crate) fn content(&mut self, request: &Received) -> Response<Content> {
        let invalid = |key| self.no_file(StatusCode::BAD_REQUEST, &request.text_with(INVALID, key));
        let Some(_) = request.query("task_id") else { return invalid("task_id") };
        let Some(uuid) = request.query("dtable_uuid") else { return invalid("dtable_uuid") };
        let Some(base) = self.state.bases.with_uuid(&uuid) else {
            return self.no_file(StatusCode::NOT_FOUND, request.text(FILE_NOT_FOUND));
        };
        match self.state.files.remove(&uuid) {
            Some(file) => download(&base.name, file),
            None => self.no_file(StatusCode::INTERNAL_SERVER_ERROR, request.text(INTERNAL_ERROR)),
        }
    }

    /// The address of the site, unlike that of the API, reports errors on pages with status 200.
    fn no_file(&self, status: StatusCode, message: &str) -> Response<Content> {
        match self.settings.generation {
            Generation::Y2020 => error_msg(status, message),
            Generation::Y2021 | Generation::Current => page(StatusCode::OK, message),
        }
    }
}

impl Received {
    /// Returns the response to a request whose task takes too long.
    pub(crate) fn timeout(&self) -> Response<Content> {
        delayed(error_msg(StatusCode::GATEWAY_TIMEOUT, self.text(TIMEOUT)), SYNCHRONOUS_LIMIT)
    }
}

/// Returns the result of a task for the request that waits for it.
fn exported(base: &Base, request: &Received, plan: &Plan) -> Result {
    let file = base.file(plan.lost_assets).filter(|_| plan.failure.is_none());
    file.map(|file| download(&base.name, file)).ok_or_else(|| {
        let failure = plan.failure.as_ref().unwrap_or(&TaskFailure::Internal);
        failure.response(|| request.internal_error())
    })
}

impl Base {
    /// Returns the `.dtable` file as it is now, without this many of its assets; `None` if there is no file.
    pub(crate) fn file(&self, lost_assets: u32) -> Option<Content> {
        let content = self.content.as_ref()?.up_to_date()?;
        Some(if lost_assets == 0 { content } else { without_assets(&content, lost_assets) })
    }
}

/// The server treats these values of a flag as true.
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
