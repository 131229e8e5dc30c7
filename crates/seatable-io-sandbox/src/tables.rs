use std::time::Duration;

use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::act::Reply;
use crate::answer::{delayed, error_msg, json};
use crate::archive::{Find, look_into};
use crate::call::query;
use crate::export::SYNCHRONOUS_LIMIT;
use crate::name::base_and_extension;
use crate::sandbox::{Plan, Ticket};
use crate::task::Work;
use crate::{Body, Content, Form, ImportState, Sandbox, TaskFailure, sample_dtable};

/// A table of this many bytes is too large.
const TOO_LARGE: u64 = 11 << 20;
const MOST_ROWS: usize = 50_000;
const MOST_COLUMNS: usize = 500;
const ROWS_IN_PREVIEW: usize = 200;

impl Sandbox {
    /// Makes a base of a table in one request, which waits for its task.
    pub(crate) fn synchronous_import(
        &mut self,
        now: Duration,
        ticket: &Ticket,
        workspace: u64,
        form: &Form,
        plan: Plan,
    ) -> Reply {
        self.check_workspace(ticket, workspace)?;
        let upload = self.upload(ticket, form)?;
        let (name, extension) = base_and_extension(&upload.file_name, self.settings.generation);
        if !matches!(extension.as_str(), "csv" | "xlsx") {
            return Err(refused(&ticket.words.invalid("dtable")));
        }
        let folder = self.check_folder(ticket, form)?;
        if upload.content.len() >= TOO_LARGE {
            return Err(refused(&ticket.words.too_large(&upload.file_name)));
        }
        self.check_name(ticket, workspace, name)?;
        if extension == "csv" {
            lines(&upload.content).map_err(refused)?;
        }
        let base = self.add_record(workspace, name, Some(upload.content.clone()));
        self.change(base, |base| base.folder = folder);
        if extension == "xlsx" && !is_workbook(&upload.content) {
            self.change(base, |base| base.import = ImportState::Failed);
            return Err(refused("Excel format error"));
        }
        self.wait_for_import(now, ticket, base, upload.content, plan)
    }

    /// Waits for the task that fills a base; one that takes too long goes on, and no one is told of it.
    fn wait_for_import(
        &mut self,
        now: Duration,
        ticket: &Ticket,
        base: u64,
        upload: Content,
        plan: Plan,
    ) -> Reply {
        let made = Content::from(sample_dtable(0));
        let wait = self.wait(now, &plan);
        if plan.queue_is_full || wait >= SYNCHRONOUS_LIMIT {
            self.queue_import(now, ticket, base, (upload, Some(made)), plan)?;
            let late = error_msg(StatusCode::GATEWAY_TIMEOUT, &ticket.words.timeout());
            return Err(delayed(late, SYNCHRONOUS_LIMIT));
        }
        let reply = match &plan.failure {
            None => Ok(json(StatusCode::OK, &json!({ "success": true }))),
            Some(TaskFailure::Internal | TaskFailure::EmptyArchive) => {
                Err(refused("Import excel or csv error"))
            }
            Some(TaskFailure::Rejected(reason)) => Err(refused(reason)),
            Some(TaskFailure::TooLarge(reason)) => Err(error_msg(StatusCode::PAYLOAD_TOO_LARGE, reason)),
        };
        match (wait.is_zero(), reply.is_ok()) {
            (true, true) => self.finish(base, made),
            (true, false) => self.change(base, |base| base.import = ImportState::Failed),
            (false, _) => {
                let uuid = self.book.bases.at(base).uuid.clone();
                self.start(now, Work::import(uuid, upload, Some(made)).awaited(), plan);
            }
        }
        reply.map(|done| delayed(done, wait)).map_err(|error| delayed(error, wait))
    }

    /// Only parses the table; a base is made once the preview is confirmed.
    pub(crate) fn parse(
        &mut self,
        now: Duration,
        preview: (u64, String),
        extension: &str,
        upload: Content,
        mut plan: Plan,
    ) -> Response<Content> {
        let problem = match extension {
            "csv" => lines(&upload).err(),
            _ => (!is_workbook(&upload)).then_some("Excel format error"),
        };
        if let Some(problem) = problem {
            plan.failure.get_or_insert(TaskFailure::Rejected(problem.to_owned()));
        }
        let name = preview.1.clone();
        let id = self.start(now, Work::parse(preview, upload), plan);
        json(StatusCode::OK, &json!({ "task_id": id, "dtable_name": name }))
    }

    /// Shows a parsed table: a `.csv` split at each comma and without its quotes, an `.xlsx` as one empty table.
    pub(crate) fn preview(&self, ticket: &Ticket, workspace: u64) -> Reply {
        self.check_workspace(ticket, workspace)?;
        let missing = || refused(&ticket.words.invalid("dtable_name"));
        let name = query(&ticket.uri, "dtable_name").ok_or_else(missing)?;
        let upload = self.parsed(ticket, workspace, &name)?;
        let lines = lines(upload).unwrap_or_default();
        let columns = lines.first().cloned().unwrap_or_default();
        let row = |cells: &Vec<String>| -> Value {
            columns.iter().cloned().zip(cells.iter().cloned().map(Value::from)).collect()
        };
        let rows: Vec<_> = lines.iter().skip(1).take(ROWS_IN_PREVIEW).map(row).collect();
        let columns: Vec<_> = columns.iter().map(|name| json!({ "name": name, "type": "text" })).collect();
        let table = json!({ "name": name, "columns": columns, "rows": rows });
        Ok(json(StatusCode::OK, &json!({ "tables": [table] })))
    }

    /// Makes a base of a parsed table. A failure of its task is only logged: the task finishes, and the base stays empty.
    pub(crate) fn confirm(
        &mut self,
        now: Duration,
        ticket: &Ticket,
        workspace: u64,
        body: &Body,
        mut plan: Plan,
    ) -> Reply {
        self.check_workspace(ticket, workspace)?;
        let body = match body {
            Body::Raw(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
            Body::Form(_) | Body::Malformed(_) => Value::Null,
        };
        let missing = |field| refused(&ticket.words.invalid(field));
        let name = body["dtable_name"].as_str().ok_or_else(|| missing("dtable_name"))?;
        if !body["included_tables"].is_object() {
            return Err(missing("included_tables"));
        }
        self.check_name(ticket, workspace, name)?;
        let upload = self.parsed(ticket, workspace, name)?.clone();
        self.book.previews.remove(&(workspace, name.to_owned()));
        let made = plan.failure.take().is_none().then(|| sample_dtable(0).into());
        let base = self.add_record(workspace, name, Some(upload.clone()));
        self.queue_import(now, ticket, base, (upload, made), plan)
    }

    fn parsed(&self, ticket: &Ticket, workspace: u64, name: &str) -> Result<&Content, Response<Content>> {
        let missing = || error_msg(StatusCode::NOT_FOUND, &ticket.words.file_not_found());
        self.book.previews.get(&(workspace, name.to_owned())).ok_or_else(missing)
    }
}

fn refused(message: &str) -> Response<Content> {
    error_msg(StatusCode::BAD_REQUEST, message)
}

fn is_workbook(content: &Content) -> bool {
    matches!(look_into(content), Find::Base | Find::Nothing | Find::NoBase)
}

/// The cells of each line of a `.csv`, or what the server says of it.
fn lines(content: &Content) -> Result<Vec<Vec<String>>, &'static str> {
    let bytes = content.to_bytes().map_err(|_| "Import excel or csv error")?;
    let text = std::str::from_utf8(&bytes).map_err(|_| "File content invalid")?;
    let text = text.trim_start_matches('\u{feff}').trim();
    let cells = |line: &str| line.split(',').map(|cell| cell.trim_matches('"').to_owned()).collect();
    let lines: Vec<Vec<_>> = text.lines().map(cells).collect();
    match lines.iter().map(Vec::len).max() {
        None => Err("Sheet is empty."),
        Some(columns) if columns > MOST_COLUMNS => Err("The table has more than 500 columns."),
        Some(_) if lines.len() > MOST_ROWS + 1 => Err("The table has more than 50000 rows."),
        Some(_) => Ok(lines),
    }
}
