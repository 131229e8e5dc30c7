use std::time::Duration;

use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::act::Reply;
use crate::answer::{error_msg, json};
use crate::archive::{Find, empty_dtable, look_into};
use crate::id::date;
use crate::name::{Disposition, base_and_extension, safe};
use crate::sandbox::{Plan, Ticket};
use crate::task::Work;
use crate::{Base, Content, Form, Generation, ImportState, Sandbox, TaskFailure, What, sample_dtable};

/// Django refuses a part with a longer header block.
const HEADER_LIMIT: usize = 1022;

pub(crate) struct Upload {
    pub(crate) file_name: String,
    pub(crate) content: Content,
}

impl Sandbox {
    pub(crate) fn import(
        &mut self,
        now: Duration,
        ticket: &Ticket,
        workspace: u64,
        form: &Form,
        plan: Plan,
    ) -> Reply {
        let generation = self.settings.generation;
        if generation != Generation::Y2020 {
            self.check_workspace(ticket, workspace)?;
        }
        let upload = self.upload(ticket, form)?;
        let (name, extension) = base_and_extension(&upload.file_name, generation);
        let folder = self.check_folder(ticket, form)?;
        match (extension.as_str(), generation) {
            ("csv" | "xlsx", Generation::Current) => {
                return Ok(self.parse(now, (workspace, name.to_owned()), &extension, upload.content, plan));
            }
            ("dtable" | "csv", _) => {}
            _ => return Err(error_msg(StatusCode::BAD_REQUEST, &ticket.words.invalid("dtable"))),
        }
        self.check_name(ticket, workspace, name)?;
        self.check_exists(ticket, workspace)?;
        let base = self.add_record(workspace, name, Some(upload.content.clone()));
        self.change(base, |base| base.folder = folder);
        if generation == Generation::Y2020 {
            self.check_permission_late(ticket, workspace, base)?;
        }
        if extension == "csv" {
            self.import_csv(now, ticket, base, upload.content, plan)
        } else {
            self.import_dtable(now, ticket, base, upload.content, plan)
        }
    }

    /// The server of 2020 checks the permission for an import only once the record is there, and leaves it behind.
    fn check_permission_late(
        &mut self,
        ticket: &Ticket,
        workspace: u64,
        base: u64,
    ) -> Result<(), Response<Content>> {
        let checked = match ticket.fault {
            Some(What::PermissionDenied) => Err(ticket.permission_denied()),
            _ => self.check_workspace(ticket, workspace),
        };
        if checked.is_err() {
            self.change(base, |base| base.import = ImportState::Failed);
        }
        checked
    }

    pub(crate) fn upload(&self, ticket: &Ticket, form: &Form) -> Result<Upload, Response<Content>> {
        let invalid = || error_msg(StatusCode::BAD_REQUEST, &ticket.words.invalid("dtable"));
        form.upload(self.settings.generation).ok_or_else(invalid)
    }

    pub(crate) fn check_name(
        &self,
        ticket: &Ticket,
        workspace: u64,
        name: &str,
    ) -> Result<(), Response<Content>> {
        match self.book.base(workspace, name) {
            Some(_) => Err(error_msg(StatusCode::BAD_REQUEST, &ticket.words.already_exists(name))),
            None => Ok(()),
        }
    }

    /// A current server takes only one number, of a folder that it has.
    pub(crate) fn check_folder(
        &self,
        ticket: &Ticket,
        form: &Form,
    ) -> Result<Option<u64>, Response<Content>> {
        let Some(folder) = form.field("folder_id", self.settings.generation) else { return Ok(None) };
        if self.settings.generation != Generation::Current {
            return Ok(None);
        }
        let Ok(number) = folder.parse::<u64>() else {
            return Err(error_msg(StatusCode::BAD_REQUEST, &ticket.words.invalid("folder_id")));
        };
        if self.settings.folders.contains(&number) {
            return Ok(Some(number));
        }
        Err(error_msg(StatusCode::NOT_FOUND, &ticket.words.not_found("Folder", &folder)))
    }

    fn import_csv(
        &mut self,
        now: Duration,
        ticket: &Ticket,
        base: u64,
        upload: Content,
        plan: Plan,
    ) -> Reply {
        let made = Content::from(sample_dtable(0));
        if self.settings.generation != Generation::Y2020 {
            return self.queue_import(now, ticket, base, (upload, Some(made)), plan);
        }
        match plan.failure {
            None => self.finish(base, made),
            Some(_) => self.change(base, |base| base.import = ImportState::Failed),
        }
        Ok(json(StatusCode::OK, &json!({ "table": self.table(base) })))
    }

    fn import_dtable(
        &mut self,
        now: Duration,
        ticket: &Ticket,
        base: u64,
        upload: Content,
        mut plan: Plan,
    ) -> Reply {
        let found = look_into(&upload);
        let (status, message) = match (found, self.settings.generation) {
            (Find::NoZip, _) | (Find::Cut, Generation::Y2020) => {
                (StatusCode::BAD_REQUEST, ticket.words.invalid("dtable"))
            }
            // In 2020 the task server unpacks the file, later the site.
            (Find::Cut, _) | (Find::Damaged, Generation::Y2021 | Generation::Current) => {
                (StatusCode::INTERNAL_SERVER_ERROR, ticket.words.internal_error())
            }
            (Find::Damaged | Find::NoBase | Find::Nothing | Find::Base, _) => {
                if matches!(found, Find::Damaged | Find::NoBase) {
                    plan.failure.get_or_insert(TaskFailure::Internal);
                }
                let made = if found == Find::Nothing { empty_dtable().into() } else { upload.clone() };
                return self.queue_import(now, ticket, base, (upload, Some(made)), plan);
            }
        };
        self.change(base, |base| base.import = ImportState::Failed);
        Err(error_msg(status, &message))
    }

    /// Starts the task that makes a base of what was uploaded.
    pub(crate) fn queue_import(
        &mut self,
        now: Duration,
        ticket: &Ticket,
        base: u64,
        (upload, made): (Content, Option<Content>),
        plan: Plan,
    ) -> Reply {
        if !self.make_room(&plan) {
            self.change(base, |base| base.import = ImportState::Failed);
            return Err(error_msg(StatusCode::INTERNAL_SERVER_ERROR, &ticket.words.internal_error()));
        }
        let uuid = self.book.bases.at(base).uuid.clone();
        let id = self.start(now, Work::import(uuid, upload, made), plan);
        Ok(self.started(&id, base))
    }

    /// The answer to the start of a task.
    pub(crate) fn started(&self, id: &str, base: u64) -> Response<Content> {
        let number = id.parse::<u64>().ok().filter(|_| self.settings.numeric_task_ids);
        let id = number.map_or_else(|| Value::from(id), Value::from);
        json(StatusCode::OK, &json!({ "task_id": id, "table": self.table(base) }))
    }

    pub(crate) fn table(&self, base: u64) -> Value {
        let Base { id, workspace, name, uuid, password, updated, .. } = self.book.bases.at(base);
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

impl Form {
    /// The file in the field `dtable`, under a name made safe.
    pub(crate) fn upload(&self, generation: Generation) -> Option<Upload> {
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
