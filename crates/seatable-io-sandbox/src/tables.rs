use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::archive::{Found, examine};
use crate::body::{Body, Form, Upload};
use crate::export::SYNCHRONOUS_LIMIT;
use crate::message::{FILE_NOT_FOUND, TOO_LARGE};
use crate::request::Received;
use crate::response::{Result, delayed, error_msg, json};
use crate::spreadsheet::{csv_rows, made_of};
use crate::{Content, Sandbox, Task, TaskFailure, TaskKind};

/// A table with at least this many bytes is refused.
const SIZE_LIMIT: u64 = 11 << 20;
const MOST_ROWS: usize = 50_000;
const MOST_COLUMNS: usize = 500;
const ROWS_IN_PREVIEW: usize = 200;

impl Sandbox {
    /// Creates a base from a table in one request, which waits for its task.
    pub(crate) fn import_table(&mut self, request: &Received, workspace: u64, form: &Form) -> Result {
        self.check_workspace(request, workspace)?;
        let upload = form.upload(request)?;
        if !matches!(upload.extension.as_str(), "csv" | "xlsx") {
            return Err(request.invalid("dtable"));
        }
        let folder = self.check_folder(request, form)?;
        if upload.content.len() >= SIZE_LIMIT {
            return Err(refused(&request.text_with(TOO_LARGE, &upload.file_name)));
        }
        self.check_name(request, workspace, &upload.name)?;
        if upload.extension == "csv" {
            lines(&upload.content).map_err(refused)?;
        }
        let base = self.add_record(workspace, &upload.name, Some(upload.content.clone()));
        self.change(base, |base| base.folder = folder);
        if upload.extension == "xlsx" && !is_workbook(&upload.content) {
            self.end_import(base, None);
            return Err(refused("Excel format error"));
        }
        self.wait_for_import(request, base, &upload)
    }

    /// Waits for the task that fills a base. One that takes too long continues, and its end is not reported.
    fn wait_for_import(&mut self, request: &Received, base: u64, upload: &Upload) -> Result {
        let made = made_of(&upload.name, &upload.extension, &upload.content);
        let task = self.import_task(request, base, upload.content.clone(), made);
        let wait = self.wait(request.now, &task.plan);
        if !self.has_room(request) || wait >= SYNCHRONOUS_LIMIT {
            self.queue(request, base, task)?;
            return Err(request.timeout());
        }
        let imported = match &task.plan.failure {
            None => Ok(json(StatusCode::OK, &json!({ "success": true }))),
            Some(failure) => Err(failure.response(|| refused("Import excel or csv error"))),
        };
        if wait.is_zero() {
            self.end_import(base, task.made.filter(|_| imported.is_ok()));
        } else {
            self.start(request.now, Task { awaited: true, ..task });
        }
        imported.map(|done| delayed(done, wait)).map_err(|error| delayed(error, wait))
    }

    /// Only parses the table; a base is created when the preview is confirmed.
    pub(crate) fn parse_table(
        &mut self,
        request: &Received,
        workspace: u64,
        upload: &Upload,
    ) -> Response<Content> {
        let problem = match upload.extension.as_str() {
            "csv" => lines(&upload.content).err(),
            _ => (!is_workbook(&upload.content)).then_some("Excel format error"),
        };
        let mut plan = self.plan(request);
        if let Some(problem) = problem {
            plan.failure.get_or_insert(TaskFailure::Rejected(problem.to_owned()));
        }
        let task = Task::new(TaskKind::Import, None, Some(upload.content.clone()), plan);
        let id = self.start(request.now, Task { preview: Some((workspace, upload.name.clone())), ..task });
        json(StatusCode::OK, &json!({ "task_id": id, "dtable_name": upload.name }))
    }

    /// Shows a parsed table: a `.csv` as texts, an `.xlsx` as one empty table.
    pub(crate) fn preview_table(&self, request: &Received, workspace: u64) -> Result {
        self.check_workspace(request, workspace)?;
        let name = request.required("dtable_name")?;
        let upload = self.parsed(request, workspace, &name)?;
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

    /// Creates a base from a parsed table. A failure of its task is only logged: the task finishes, and the base stays
    /// empty.
    pub(crate) fn confirm_table(&mut self, request: &Received, workspace: u64, body: &Body) -> Result {
        self.check_workspace(request, workspace)?;
        let body: Value = match body {
            Body::Raw(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
            Body::Form(_) | Body::Malformed(_) => Value::Null,
        };
        let name = body["dtable_name"].as_str().ok_or_else(|| request.invalid("dtable_name"))?;
        if !body["included_tables"].is_object() {
            return Err(request.invalid("included_tables"));
        }
        self.check_name(request, workspace, name)?;
        let upload = self.parsed(request, workspace, name)?.clone();
        self.state.previews.remove(&(workspace, name.to_owned()));
        let base = self.add_record(workspace, name, Some(upload.clone()));
        let extension = if examine(&upload) == Found::NoZip { "csv" } else { "xlsx" };
        let made = made_of(name, extension, &upload);
        let mut task = self.import_task(request, base, upload, made);
        if task.plan.failure.take().is_some() {
            task.made = None;
        }
        self.queue(request, base, task)
    }

    fn parsed(&self, request: &Received, workspace: u64, name: &str) -> Result<&Content> {
        let missing = || error_msg(StatusCode::NOT_FOUND, request.text(FILE_NOT_FOUND));
        self.state.previews.get(&(workspace, name.to_owned())).ok_or_else(missing)
    }
}

fn refused(message: &str) -> Response<Content> {
    error_msg(StatusCode::BAD_REQUEST, message)
}

fn is_workbook(content: &Content) -> bool {
    matches!(examine(content), Found::Base | Found::Nothing | Found::NoBase)
}

/// Returns the cells of each line of a `.csv`, or the server's message about it.
fn lines(content: &Content) -> std::result::Result<Vec<Vec<String>>, &'static str> {
    let bytes = content.to_bytes().map_err(|_| "Import excel or csv error")?;
    let text = std::str::from_utf8(&bytes).map_err(|_| "File content invalid")?;
    let text = text.trim_start_matches('\u{feff}').trim();
    let lines = csv_rows(text);
    match lines.iter().map(Vec::len).max() {
        None => Err("Sheet is empty."),
        Some(columns) if columns > MOST_COLUMNS => Err("The table has more than 500 columns."),
        Some(_) if lines.len() > MOST_ROWS + 1 => Err("The table has more than 50000 rows."),
        Some(_) => Ok(lines),
    }
}
