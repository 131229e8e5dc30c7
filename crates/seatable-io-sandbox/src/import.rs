use std::time::Duration;

use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::answer::{error_msg, json};
use crate::archive::{Find, look_into};
use crate::name::{Disposition, base_and_extension, safe};
use crate::sandbox::{Plan, Ticket};
use crate::{Base, Content, Form, Generation, ImportState, Sandbox, TaskFailure, TaskKind, sample_dtable};

/// Django refuses a part with a longer header block.
const HEADER_LIMIT: usize = 1022;

struct Upload {
    file_name: String,
    content: Content,
}

impl Sandbox {
    pub(crate) fn import(
        &mut self,
        now: Duration,
        ticket: &Ticket,
        workspace: u64,
        form: &Form,
        plan: Plan,
    ) -> Response<Content> {
        self.try_import(now, ticket, workspace, form, plan).unwrap_or_else(|refusal| refusal)
    }

    fn try_import(
        &mut self,
        now: Duration,
        ticket: &Ticket,
        workspace: u64,
        form: &Form,
        plan: Plan,
    ) -> Result<Response<Content>, Response<Content>> {
        self.check_workspace(ticket, workspace)?;
        let generation = self.settings.generation;
        let invalid = || error_msg(StatusCode::BAD_REQUEST, &ticket.words.invalid("dtable"));
        let upload = form.upload(generation).ok_or_else(invalid)?;
        let (name, extension) = base_and_extension(&upload.file_name, generation);
        self.check_folder(ticket, form)?;
        match (extension.as_str(), generation) {
            ("csv" | "xlsx", Generation::Current) => return Ok(self.preview(now, name, plan)),
            ("dtable" | "csv", _) => {}
            _ => return Err(invalid()),
        }
        if self.book.base(workspace, name).is_some() {
            return Err(error_msg(StatusCode::BAD_REQUEST, &ticket.words.already_exists(name)));
        }
        let index = self.add_record(workspace, name);
        if extension == "csv" {
            Ok(self.import_csv(now, ticket, index, plan))
        } else {
            Ok(self.import_dtable(now, ticket, index, upload.content, plan))
        }
    }

    /// A current server takes only one number, of a folder that it has.
    fn check_folder(&self, ticket: &Ticket, form: &Form) -> Result<(), Response<Content>> {
        let Some(folder) = form.field("folder_id", self.settings.generation) else { return Ok(()) };
        if self.settings.generation != Generation::Current {
            return Ok(());
        }
        let Ok(number) = folder.parse::<u64>() else {
            return Err(error_msg(StatusCode::BAD_REQUEST, &ticket.words.invalid("folder_id")));
        };
        if self.settings.folders.contains(&number) {
            return Ok(());
        }
        Err(error_msg(StatusCode::NOT_FOUND, &ticket.words.not_found("Folder", &folder)))
    }

    /// The table is parsed only; a base would need a confirmation that this API does not have.
    fn preview(&mut self, now: Duration, name: &str, plan: Plan) -> Response<Content> {
        let id = self.start(now, TaskKind::Import, None, None, plan);
        json(StatusCode::OK, &json!({ "task_id": id, "dtable_name": name }))
    }

    fn import_csv(&mut self, now: Duration, ticket: &Ticket, index: usize, plan: Plan) -> Response<Content> {
        let made = Content::from(sample_dtable(0));
        if self.settings.generation != Generation::Y2020 {
            return self.queue_import(now, ticket, index, made, plan);
        }
        let base = &mut self.book.bases[index];
        base.import = ImportState::Finished;
        base.content = Some(made);
        json(StatusCode::OK, &json!({ "table": self.table(index) }))
    }

    fn import_dtable(
        &mut self,
        now: Duration,
        ticket: &Ticket,
        index: usize,
        content: Content,
        mut plan: Plan,
    ) -> Response<Content> {
        let (status, message) = match look_into(&content) {
            Find::NoZip => (StatusCode::BAD_REQUEST, ticket.words.invalid("dtable")),
            Find::Damaged => (StatusCode::INTERNAL_SERVER_ERROR, ticket.words.internal_error()),
            Find::NoBase => {
                plan.failure.get_or_insert(TaskFailure::Internal);
                return self.queue_import(now, ticket, index, content, plan);
            }
            Find::Base => return self.queue_import(now, ticket, index, content, plan),
        };
        self.book.bases[index].import = ImportState::Failed;
        error_msg(status, &message)
    }

    fn queue_import(
        &mut self,
        now: Duration,
        ticket: &Ticket,
        index: usize,
        content: Content,
        plan: Plan,
    ) -> Response<Content> {
        if plan.queue_is_full {
            self.book.bases[index].import = ImportState::Failed;
            return error_msg(StatusCode::INTERNAL_SERVER_ERROR, &ticket.words.internal_error());
        }
        let uuid = self.book.bases[index].uuid.clone();
        let id = self.start(now, TaskKind::Import, Some(uuid), Some(content), plan);
        self.started(&id, index)
    }

    /// The answer to the start of a task.
    pub(crate) fn started(&self, id: &str, index: usize) -> Response<Content> {
        let number = id.parse::<u64>().ok().filter(|_| self.settings.numeric_task_ids);
        let id = number.map_or_else(|| Value::from(id), Value::from);
        json(StatusCode::OK, &json!({ "task_id": id, "table": self.table(index) }))
    }

    fn table(&self, index: usize) -> Value {
        let Base { id, workspace, name, uuid, .. } = &self.book.bases[index];
        let mut table = json!({
            "id": id,
            "workspace_id": workspace,
            "uuid": uuid,
            "name": name,
            "creator": "Robert Teamplayer",
            "modifier": "Robert Teamplayer",
            "created_at": "2020-02-29T09:58:23+00:00",
            "updated_at": "2020-02-29T09:58:23+00:00",
        });
        if self.settings.generation != Generation::Y2020 {
            for key in ["color", "text_color", "icon"] {
                table[key] = Value::Null;
            }
        }
        if self.settings.generation == Generation::Current {
            table["is_encrypted"] = Value::from(self.book.bases[index].password.is_some());
            table["in_storage"] = Value::from(true);
            table["org_id"] = Value::from(-1);
        }
        table
    }
}

impl Form {
    /// The file in the field `dtable`, under a name made safe.
    fn upload(&self, generation: Generation) -> Option<Upload> {
        let mut parts = self.parts.iter().filter(|part| part.header_len <= HEADER_LIMIT);
        parts.find_map(|part| {
            let disposition = Disposition::parse(&part.disposition, generation);
            let file_name = safe(&disposition.file_name?, generation)?;
            (disposition.field? == "dtable").then(|| Upload { file_name, content: part.content.clone() })
        })
    }

    /// The text of a field that is no file.
    pub(crate) fn field(&self, name: &str, generation: Generation) -> Option<String> {
        self.parts.iter().find_map(|part| {
            let disposition = Disposition::parse(&part.disposition, generation);
            let matches = disposition.file_name.is_none() && disposition.field.as_deref() == Some(name);
            let text = part.content.bytes().filter(|text| matches && !text.is_empty())?;
            Some(String::from_utf8_lossy(text).into_owned())
        })
    }
}
