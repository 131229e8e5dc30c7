//! The outcome of an input: a line of `--json`, or a sentence.

mod fields;

use std::path::Path;
use std::time::Duration;

use seatable_io_backup::SavedBase;
use seatable_io_ureq::proto::Base;
use seatable_io_ureq::task::{Exported, Resume};
use serde::Serialize;
use serde_json::{Map, Value, json};

pub(crate) use self::fields::{CommandName, Fields};
use crate::failure::{Failure, Kind};
use crate::ui::text::to_line;

/// The exit code if everything was done, but a person should look at it.
pub(crate) const LOOK: u8 = 10;

/// The details of an input, as far as they are known. They are the fields of its line.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Details {
    operation: Option<CommandName>,
    pub(crate) status: &'static str,
    pub(crate) input: Option<String>,
    pub(crate) workspace_id: Option<u64>,
    pub(crate) task_id: Option<String>,
    pub(crate) base: Option<Base>,
    /// The base's own name.
    name: Option<String>,
    /// The name that was requested, if the base has another one.
    pub(crate) renamed_from: Option<String>,
    pub(crate) bytes: Option<u64>,
    seconds: Option<f64>,
    #[serde(skip)]
    pub(crate) fields: Fields,
    /// Copies that were deleted because of this one, each with a line of its own.
    #[serde(skip)]
    pub(crate) deletions: Vec<Report>,
    /// Why a failed input is worth another try when all others are done.
    #[serde(skip)]
    pub(crate) again: Option<String>,
}

/// The details of an input, and how it ended.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) details: Details,
    pub(crate) end: Result<Good, Failure>,
}

/// A good end.
#[derive(Clone, Debug)]
pub(crate) struct Good {
    pub(crate) status: &'static str,
    /// The sentence on standard output without `--json`.
    pub(crate) text: String,
    /// The lines that follow it.
    pub(crate) lines: Vec<String>,
    /// The commands to continue with, each on a line of its own.
    pub(crate) commands: Vec<String>,
    pub(crate) attention: Option<Attention>,
}

/// Why a person should look at something that was done.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Attention {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Good {
    pub(crate) fn new(status: &'static str, text: impl Into<String>) -> Good {
        Good { status, text: text.into(), lines: Vec::new(), commands: Vec::new(), attention: None }
    }

    /// Adds something that a person should look at.
    pub(crate) fn with(self, attention: Option<Attention>) -> Good {
        let attention = match (self.attention, attention) {
            (Some(one), Some(other)) => Some(one.and(other)),
            (one, other) => one.or(other),
        };
        Good { attention, ..self }
    }

    pub(crate) fn to_look_at(status: &'static str, attention: Attention) -> Good {
        Good { attention: Some(attention), ..Good::new(status, "") }
    }
}

impl Attention {
    fn and(self, other: Attention) -> Attention {
        let hints: Vec<_> = self.hint.into_iter().chain(other.hint).collect();
        let hint = (!hints.is_empty()).then(|| hints.join("; "));
        Attention { message: format!("{}; {}", self.message, other.message), hint }
    }
}

impl Details {
    pub(crate) fn new(command: Option<CommandName>, input: Option<String>) -> Details {
        Details { operation: command, input, ..Details::default() }
    }

    /// Adds the end.
    pub(crate) fn ended(self, end: Result<Good, Failure>) -> Report {
        let status = end.as_ref().map_or_else(Failure::status, |good| good.status);
        let name = self.name().map(str::to_owned);
        Report { details: Details { status, name, ..self }, end }
    }

    /// Adds the end of the work, which may add details.
    pub(crate) fn of(mut self, work: impl FnOnce(&mut Details) -> Result<Good, Failure>) -> Report {
        let end = work(&mut self);
        self.ended(end)
    }

    /// Records a task that the server has accepted.
    pub(crate) fn accepted(&mut self, resume: &Resume) {
        self.task_id = Some(resume.task.to_string());
        let Some(place) = &resume.place else { return };
        let base = json!({ "uuid": resume.base, "name": place.name, "workspace_id": place.workspace });
        self.base = serde_json::from_value(base).ok();
    }

    /// Records a base that the catalogue knows.
    pub(crate) fn of_base(&mut self, base: &SavedBase, workspace: u64) {
        let SavedBase { uuid, name, updated_at, .. } = base;
        let base = json!({ "uuid": uuid, "name": name, "updated_at": updated_at, "workspace_id": workspace });
        // A name in the catalogue may be longer than that of a base.
        self.base = serde_json::from_value(base).ok();
        self.workspace_id = Some(workspace);
    }

    /// Records a complete file.
    pub(crate) fn exported(&mut self, exported: Exported, path: &Path) {
        self.bytes = Some(exported.bytes);
        self.fields.output = Some(path.to_string_lossy().into_owned());
        self.base = exported.base;
        self.name = exported.name;
        self.renamed_from = exported.renamed_from;
        self.task_id = exported.task.map(String::from).or(self.task_id.take());
    }

    /// Records the base that the listing shows after an import, if it does.
    pub(crate) fn listed(&mut self, base: Option<&Base>) {
        self.fields.evidence = Some(json!({ "found": base.is_some(), "base": base }));
    }

    /// Returns the fields of the command, known or not.
    fn more(&self) -> Map<String, Value> {
        let of_command = self.operation.map_or(&[][..], CommandName::fields);
        let Ok(Value::Object(mut fields)) = serde_json::to_value(&self.fields) else { return Map::new() };
        fields.retain(|name, value| !value.is_null() || of_command.contains(&name.as_str()));
        fields
    }

    /// Returns the base's own name, if it is known.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref().or(self.base.as_ref().map(|base| &*base.name))
    }

    /// Returns a warning if the base does not have the name that was requested.
    pub(crate) fn renamed(&self) -> Option<String> {
        let (name, requested) = (self.name()?, self.renamed_from.as_ref()?);
        Some(format!("warning: the base is named \"{name}\", not \"{requested}\""))
    }
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    details: &'a Details,
    #[serde(flatten)]
    fields: Map<String, Value>,
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
    /// Adds the time, rounded to milliseconds.
    pub(crate) fn took(mut self, time: Duration) -> Report {
        self.details.seconds = Some((time.as_secs_f64() * 1000.0).round() / 1000.0);
        self
    }

    /// Returns whether the same command prints this again, because it changes nothing.
    pub(crate) fn is_repeatable(&self) -> bool {
        use CommandName::{Copies, Diff, List, Show, Verify};
        let only_reads = matches!(self.details.operation, Some(Copies | Diff | List | Show | Verify));
        only_reads || ["kept", "planned", "skipped"].contains(&self.details.status)
    }

    /// Returns about how many bytes of memory it needs.
    pub(crate) fn size(&self) -> usize {
        let names = self.details.fields.missing.iter().flatten();
        size_of::<Report>() + names.map(|name| size_of::<String>() + name.len()).sum::<usize>()
    }

    /// Returns the line of `--json`, without its end.
    pub(crate) fn line(&self) -> String {
        let error = self.end.as_ref().err().map(|failure| ErrorPart {
            kind: failure.kind,
            http_status: failure.http_status(),
            message: failure.line_message(),
            hint: failure.hint.as_deref(),
        });
        let attention = self.end.as_ref().ok().and_then(|good| good.attention.as_ref());
        let Report { details, .. } = self;
        to_line(&Line { details, fields: details.more(), attention, error }).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_every_field() {
        let report = Details::new(None, None).ended(Err(Failure::usage("what?")));
        assert_eq!(
            report.line(),
            r#"{"operation":null,"status":"failed","input":null,"workspace_id":null,"task_id":null,"base":null,"#
                .to_owned()
                + r#""name":null,"renamed_from":null,"bytes":null,"seconds":null,"attention":null,"error":{"kind":"usage","http_status":null,"message":"what?","hint":null}}"#
        );
    }

    #[test]
    fn a_line_has_the_fields_of_its_command() {
        let mut details = Details::new(Some(CommandName::Export), Some("a".to_owned()));
        let line = |details: &Details| {
            let report = details.clone().ended(Ok(Good::new("finished", "")));
            let line = report.took(Duration::from_micros(1_234_567)).line();
            serde_json::from_str::<serde_json::Value>(&line).unwrap()
        };
        assert_eq!(line(&details).get("output"), Some(&serde_json::Value::Null));
        details.fields.output = Some("a.dtable".to_owned());
        let line = line(&details);
        assert_eq!((&line["output"], &line["seconds"]), (&json!("a.dtable"), &json!(1.235)));
        assert!(line["error"].is_null());
    }
}
