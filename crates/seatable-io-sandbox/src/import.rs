use std::time::Duration;

use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::archive::{Found, empty_dtable, examine, without_rows};
use crate::body::{Form, Upload};
use crate::id::date;
use crate::message::ALREADY_EXISTS;
use crate::request::Received;
use crate::response::{Result, error_msg, json};
use crate::spreadsheet::made_of;
use crate::{Base, Content, FaultKind, Generation, Sandbox, Task, TaskFailure, TaskKind};

impl Sandbox {
    pub(crate) fn import(&mut self, request: &Received, workspace: u64, form: &Form) -> Result {
        let generation = self.settings.generation;
        if generation != Generation::Y2020 {
            self.check_workspace(request, workspace)?;
        }
        let upload = form.upload(request)?;
        let folder = self.check_folder(request, form)?;
        match (upload.extension.as_str(), generation) {
            ("csv" | "xlsx", Generation::Current) => {
                return Ok(self.parse_table(request, workspace, &upload));
            }
            ("dtable" | "csv", _) => {}
            _ => return Err(request.invalid("dtable")),
        }
        self.check_name(request, workspace, &upload.name)?;
        self.check_exists(request, workspace)?;
        let base = self.add_record(workspace, &upload.name, Some(upload.content.clone()));
        self.change(base, |base| base.folder = folder);
        if generation == Generation::Y2020 {
            self.check_permission_late(request, workspace, base)?;
        }
        if upload.extension == "csv" {
            self.import_csv(request, base, &upload)
        } else {
            self.import_dtable(request, base, upload.content)
        }
    }

    /// 2020 servers check the permission for an import after they have created the record, and leave it behind.
    fn check_permission_late(&mut self, request: &Received, workspace: u64, base: u64) -> Result<()> {
        let checked = match request.fault {
            Some(FaultKind::PermissionDenied) => Err(request.permission_denied()),
            _ => self.check_workspace(request, workspace),
        };
        if checked.is_err() {
            self.end_import(base, None);
        }
        checked
    }

    pub(crate) fn check_name(&self, request: &Received, workspace: u64, name: &str) -> Result<()> {
        if self.state.base(workspace, name).is_none() {
            return Ok(());
        }
        let noun = if self.settings.generation == Generation::Current { "Base" } else { "Table" };
        let message = request.text_with(ALREADY_EXISTS, &format!("{noun} {name}"));
        Err(error_msg(StatusCode::BAD_REQUEST, &message))
    }

    /// A current server accepts only the number of a folder that it has; older ones ignore the field.
    pub(crate) fn check_folder(&self, request: &Received, form: &Form) -> Result<Option<u64>> {
        let folder = form.field("folder_id");
        let Some(folder) = folder.filter(|_| self.settings.generation == Generation::Current) else {
            return Ok(None);
        };
        match folder.parse() {
            Ok(number) if self.settings.folders.contains(&number) => Ok(Some(number)),
            Ok(_) => Err(request.not_found(&format!("Folder {folder}"))),
            Err(_) => Err(request.invalid("folder_id")),
        }
    }

    fn import_csv(&mut self, request: &Received, base: u64, upload: &Upload) -> Result {
        let made = made_of(&upload.name, "csv", &upload.content);
        let task = self.import_task(request, base, upload.content.clone(), made);
        if self.settings.generation != Generation::Y2020 {
            return self.queue(request, base, task);
        }
        self.end_import(base, task.made.filter(|_| task.plan.failure.is_none()));
        Ok(json(StatusCode::OK, &json!({ "table": self.table(base) })))
    }

    fn import_dtable(&mut self, request: &Received, base: u64, upload: Content) -> Result {
        let found = examine(&upload);
        let refusal = match (found, self.settings.generation) {
            (Found::NoZip, _) | (Found::Cut, Generation::Y2020) => request.invalid("dtable"),
            // In 2020 the task server unpacks the file; later the site does.
            (Found::Cut, _) | (Found::Damaged, Generation::Y2021 | Generation::Current) => {
                request.internal_error()
            }
            _ => {
                let made = if found == Found::Nothing { empty_dtable().into() } else { upload.clone() };
                let mut task = self.import_task(request, base, upload, made);
                if matches!(found, Found::Damaged | Found::NoBase) {
                    task.plan.failure.get_or_insert(TaskFailure::Internal);
                }
                return self.queue(request, base, task);
            }
        };
        self.end_import(base, None);
        Err(refusal)
    }

    /// Returns the task that gives a base the content `made`.
    pub(crate) fn import_task(&self, request: &Received, base: u64, upload: Content, made: Content) -> Task {
        let uuid = self.state.bases[&base].uuid.clone();
        let task = Task::new(TaskKind::Import, Some(uuid), Some(upload), self.plan(request));
        let lost = task.plan.lost_rows;
        let made = if lost == 0 { made } else { without_rows(&made, lost) };
        Task { made: Some(made), ..task }
    }

    pub(crate) fn queue(&mut self, request: &Received, base: u64, task: Task) -> Result {
        if !self.make_room(request) {
            self.end_import(base, None);
            return Err(request.internal_error());
        }
        let id = self.start(request.now, task);
        Ok(self.started(&id, base))
    }

    /// Returns the response to the start of a task.
    pub(crate) fn started(&self, id: &str, base: u64) -> Response<Content> {
        let number = id.parse::<u64>().ok().filter(|_| self.settings.numeric_task_ids);
        let id = number.map_or_else(|| Value::from(id), Value::from);
        json(StatusCode::OK, &json!({ "task_id": id, "table": self.table(base) }))
    }

    pub(crate) fn table(&self, base: u64) -> Value {
        let Base { id, workspace, name, uuid, password, updated, .. } = &self.state.bases[&base];
        let mut table = json!({
            "id": id,
            "workspace_id": workspace,
            "uuid": uuid,
            "name": name,
            "creator": "Robert Teamplayer",
            "modifier": "Robert Teamplayer",
            "created_at": date(Duration::ZERO),
            "updated_at": date(*updated),
        });
        if self.settings.generation != Generation::Y2020 {
            for key in ["color", "text_color", "icon"] {
                table[key] = Value::Null;
            }
        }
        if self.settings.generation == Generation::Current {
            table["is_encrypted"] = Value::from(password.is_some());
            table["in_storage"] = Value::from(true);
            table["org_id"] = Value::from(-1);
        }
        table
    }
}
