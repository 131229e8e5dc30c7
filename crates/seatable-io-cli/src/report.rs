//! What is told of one input: a line of `--json`, or a sentence.

use std::path::Path;
use std::time::Duration;

use seatable_io_ureq::proto::Base;
use seatable_io_ureq::task::{Exported, Resume};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::failure::{Failure, Kind};
use crate::ui::json::to_line;

/// The commands whose results have a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CommandName {
    Import,
    Export,
    Status,
    Download,
    Cancel,
    List,
    Backup,
    Verify,
    Restore,
}

impl CommandName {
    const ALL: [(&str, CommandName); 9] = [
        ("import", CommandName::Import),
        ("export", CommandName::Export),
        ("status", CommandName::Status),
        ("download", CommandName::Download),
        ("cancel", CommandName::Cancel),
        ("list", CommandName::List),
        ("backup", CommandName::Backup),
        ("verify", CommandName::Verify),
        ("restore", CommandName::Restore),
    ];

    /// The operation of the command of this name.
    pub(crate) fn named(command: &str) -> Option<CommandName> {
        CommandName::ALL.iter().find(|(name, _)| *name == command).map(|(_, operation)| *operation)
    }

    /// The fields that only lines of this operation have.
    fn fields(self) -> &'static [&'static str] {
        match self {
            CommandName::Import => &["evidence"],
            CommandName::Export | CommandName::Download => &["output"],
            CommandName::Status | CommandName::Cancel => &[],
            CommandName::List => &["workspace", "shared", "encrypted"],
            CommandName::Backup => &["workspace", "output", "sha256", "assets_missing", "reason"],
            CommandName::Verify => &["sha256", "assets_missing"],
            CommandName::Restore => &["file", "assets_missing", "evidence"],
        }
    }
}

/// The exit code if all was done, but a person should look.
pub(crate) const LOOK: u8 = 10;

/// A good end.
#[derive(Clone, Debug)]
pub(crate) struct Good {
    pub(crate) status: &'static str,
    /// What standard output says of it without `--json`.
    pub(crate) said: String,
    /// The commands to go on with, each on a line of its own below that.
    pub(crate) commands: Vec<String>,
    /// Why a person should look at it all the same, and what to do.
    pub(crate) attention: Option<Attention>,
}

/// Why a person should look at something that was done.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Attention {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Good {
    pub(crate) fn new(status: &'static str, said: impl Into<String>) -> Good {
        Good { status, said: said.into(), commands: Vec::new(), attention: None }
    }
}

/// What became of one input.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) operation: Option<CommandName>,
    pub(crate) input: Option<String>,
    pub(crate) workspace_id: Option<u64>,
    pub(crate) task_id: Option<String>,
    pub(crate) base: Option<Base>,
    /// The base's own name, if it is known without the base.
    pub(crate) name: Option<String>,
    /// The name that was requested, if the base has another one.
    pub(crate) renamed_from: Option<String>,
    pub(crate) bytes: Option<u64>,
    /// The fields of the operation that are known.
    pub(crate) more: Map<String, Value>,
    pub(crate) took: Option<Duration>,
    /// Copies that were deleted because of this one, each with a line of its own.
    pub(crate) deletions: Vec<Report>,
    /// Why it is worth another try when all other inputs are done, if it failed.
    pub(crate) again: Option<String>,
    pub(crate) end: Result<Good, Failure>,
}

#[derive(Serialize)]
struct Line<'a> {
    operation: Option<CommandName>,
    status: &'a str,
    input: Option<&'a str>,
    workspace_id: Option<u64>,
    task_id: Option<&'a str>,
    base: Option<&'a Base>,
    name: Option<&'a str>,
    renamed_from: Option<&'a str>,
    bytes: Option<u64>,
    seconds: Option<f64>,
    #[serde(flatten)]
    more: Map<String, Value>,
    attention: Option<&'a Attention>,
    error: Option<ErrorPart<'a>>,
}

#[derive(Serialize)]
struct ErrorPart<'a> {
    kind: Kind,
    http_status: Option<u16>,
    message: &'a str,
    hint: Option<&'a str>,
}

impl Report {
    /// A report of which nothing more is known than how it ended.
    pub(crate) fn new(
        operation: Option<CommandName>,
        input: Option<String>,
        end: Result<Good, Failure>,
    ) -> Report {
        Report {
            operation,
            input,
            workspace_id: None,
            task_id: None,
            base: None,
            name: None,
            renamed_from: None,
            bytes: None,
            more: Map::new(),
            took: None,
            deletions: Vec::new(),
            again: None,
            end,
        }
    }

    /// Notes what is known of a task as soon as the server took it on, in case no more comes.
    pub(crate) fn accepted(&mut self, resume: &Resume) {
        self.task_id = Some(resume.task.to_string());
        let Some(place) = &resume.place else { return };
        let base = json!({ "uuid": resume.base, "name": place.name, "workspace_id": place.workspace });
        self.base = serde_json::from_value(base).ok();
    }

    /// Notes a file that is whole.
    pub(crate) fn exported(&mut self, exported: Exported, path: &Path) {
        self.bytes = Some(exported.bytes);
        self.note("output", path.to_string_lossy());
        self.base = exported.base;
        self.name = exported.name;
        self.renamed_from = exported.renamed_from;
        self.task_id = exported.task.map(String::from).or(self.task_id.take());
    }

    /// The base's own name, if it is known.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref().or(self.base.as_ref().map(|base| &*base.name))
    }

    /// What to say of a base that has another name than the one that was requested.
    pub(crate) fn renamed(&self) -> Option<String> {
        let (name, meant) = (self.name()?, self.renamed_from.as_ref()?);
        Some(format!("warning: the base is named \"{name}\", not \"{meant}\""))
    }

    /// Notes one of the fields of the operation.
    pub(crate) fn note(&mut self, field: &str, value: impl Into<Value>) {
        self.more.insert(field.to_owned(), value.into());
    }

    /// The line of `--json`, without its end.
    pub(crate) fn line(&self) -> String {
        let fields = self.operation.map_or(&[][..], CommandName::fields).iter();
        let more =
            fields.map(|field| ((*field).to_owned(), self.more.get(*field).cloned().unwrap_or_default()));
        let line = Line {
            operation: self.operation,
            status: self.end.as_ref().map_or_else(Failure::status, |good| good.status),
            input: self.input.as_deref(),
            workspace_id: self.workspace_id,
            task_id: self.task_id.as_deref(),
            base: self.base.as_ref(),
            name: self.name(),
            renamed_from: self.renamed_from.as_deref(),
            bytes: self.bytes,
            seconds: self.took.map(|took| (took.as_secs_f64() * 1000.0).round() / 1000.0),
            more: more.collect(),
            attention: self.end.as_ref().ok().and_then(|good| good.attention.as_ref()),
            error: self.end.as_ref().err().map(|failure| ErrorPart {
                kind: failure.kind,
                http_status: failure.http_status,
                message: failure.line_message(),
                hint: failure.hint.as_deref(),
            }),
        };
        to_line(&line).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_every_field() {
        let report = Report::new(None, None, Err(Failure::usage("what?")));
        assert_eq!(
            report.line(),
            r#"{"operation":null,"status":"failed","input":null,"workspace_id":null,"task_id":null,"base":null,"#
                .to_owned()
                + r#""name":null,"renamed_from":null,"bytes":null,"seconds":null,"attention":null,"error":{"kind":"usage","http_status":null,"message":"what?","hint":null}}"#
        );
    }

    #[test]
    fn an_export_tells_its_output_too() {
        let good = Good::new("finished", "");
        let mut report = Report::new(Some(CommandName::Export), Some("a".to_owned()), Ok(good));
        report.took = Some(Duration::from_micros(1_234_567));
        report.note("output", "a.dtable");
        let line: serde_json::Value = serde_json::from_str(&report.line()).unwrap();
        assert_eq!(line["output"], "a.dtable");
        assert_eq!(line["seconds"], 1.235);
        assert!(line["error"].is_null());
    }

    #[test]
    fn the_servers_words_are_the_message() {
        let words = Some("Table a already exists.".to_owned());
        let failure =
            Failure { words, ..Failure::new(Kind::Rejected, "refused while sending a.dtable: …") };
        let report = Report::new(Some(CommandName::Import), None, Err(failure));
        assert!(report.line().contains(r#""message":"Table a already exists.""#));
    }
}
