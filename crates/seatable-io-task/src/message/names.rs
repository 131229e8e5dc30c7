//! The names of an operation, its base and its task in a message.

use super::Message;
use crate::error::About;
use crate::{Call, ErrorKind};

impl Message<'_> {
    /// Returns the verb in the infinitive and as a gerund.
    pub(super) fn verbs(&self) -> (&'static str, &'static str) {
        match (self.report.call, &self.report.about) {
            (Call::ListAdministered | Call::ListWorkspaces | Call::ListServerBases, _) => ("list", "listing"),
            (Call::CancelTask, _) if self.is_about_cancelling() => ("cancel", "cancelling"),
            (Call::QueryStatus, About::Task(_)) => ("check", "checking"),
            (Call::ExportContent, _) => ("download", "downloading"),
            _ if self.report.imports() => ("import", "importing"),
            _ => ("export", "exporting"),
        }
    }

    /// Returns whether the request to cancel failed, not the operation before it.
    fn is_about_cancelling(&self) -> bool {
        let is_kind = matches!(self.report.kind, ErrorKind::Timeout | ErrorKind::Cancelled);
        matches!(self.report.about, About::Task(_)) || !(self.report.cancelled_there || is_kind)
    }

    /// Returns the base or the task, and its workspace.
    pub(super) fn what(&self) -> String {
        let imports = self.report.imports();
        let what = self.object() + &self.place(if imports { "into" } else { "in" });
        match (self.report.call, &self.report.about) {
            (Call::CancelTask, About::Base(_)) if self.is_about_cancelling() => {
                format!("the {} of {what}", if imports { "import" } else { "export" })
            }
            (Call::ExportContent, About::Task(_)) => format!("the file of {what}"),
            _ => what,
        }
    }

    pub(super) fn object(&self) -> String {
        match &self.report.about {
            About::Base(name) => format!("\"{name}\""),
            About::Uuid(uuid) => format!("the base {uuid}"),
            about => about.as_str().to_owned(),
        }
    }

    pub(super) fn task(&self) -> String {
        match &self.report.about {
            About::Base(name) => format!("the task of \"{name}\""),
            about => about.as_str().to_owned(),
        }
    }

    pub(super) fn place(&self, preposition: &str) -> String {
        self.report.workspace.map_or_else(String::new, |id| format!(" {preposition} workspace {id}"))
    }
}
