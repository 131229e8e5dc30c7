//! Mutations of the reports to an operation, to show that the tests notice a broken promise.

use crate::driver::Script;
use crate::odd::head;
use crate::story::When;
use crate::wire::{Asked, Fate, Heard};
use seatable_io_task::Failure;

/// A problem, as an observer of the wire classifies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Met {
    /// No response, or only a part of one.
    Broken,
    /// A 500 with a message from the application.
    Error500,
    Error504,
    /// 408, 425 and any other 5xx.
    Transient,
    /// 400 or 404: the server does not know the task.
    UnknownTask,
    /// Any other 400 or 413 with a message from the application.
    Rejected,
    /// A response that is not understood: 101, or a 2xx that is not the reply.
    NotUnderstood,
}

/// The call that a lie is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum On {
    Upload,
    TableUpload,
    StartExport,
    SynchronousExport,
    Poll,
    Download,
    Cancel,
}

/// A mutation: the report that replaces a problem.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Lie {
    pub on: On,
    pub met: Met,
    /// The status and the body that are reported; `None` reports that nothing was sent.
    pub reported: Option<(u16, &'static str)>,
}

impl Lie {
    /// Returns the reports in place of those of this exchange, if the lie is about it.
    pub(crate) fn instead(self, asked: &Asked, fate: &Fate, file: u64) -> Option<Script> {
        if self.on != on(asked)? || self.met != met(asked, fate)? {
            return None;
        }
        Some(match self.reported {
            None => Script::failed(Failure::NotSent, 0),
            Some((status, body)) => Script::response(When::After, file, head(status), &body.into(), None),
        })
    }
}

fn on(asked: &Asked) -> Option<On> {
    Some(match asked {
        Asked::Upload => On::Upload,
        Asked::TableUpload => On::TableUpload,
        Asked::StartExport { .. } => On::StartExport,
        Asked::SynchronousExport { .. } => On::SynchronousExport,
        Asked::Poll { .. } => On::Poll,
        Asked::Download { .. } => On::Download,
        Asked::Cancel { .. } => On::Cancel,
        Asked::TableProbe
        | Asked::ListAdministered
        | Asked::ListWorkspaces { .. }
        | Asked::ListServerBases { .. }
        | Asked::ExportByUuid { .. } => return None,
    })
}

fn met(asked: &Asked, fate: &Fate) -> Option<Met> {
    let heard = match fate {
        Fate::Unheard => return Some(Met::Broken),
        Fate::Heard(heard) if !heard.whole => return Some(Met::Broken),
        Fate::Heard(heard) if !heard.busy => heard,
        _ => return None,
    };
    Some(match heard.status {
        500 if heard.error_msg().is_some() => Met::Error500,
        504 => Met::Error504,
        408 | 425 | 500..=599 => Met::Transient,
        _ if heard.is_unknown_task() => Met::UnknownTask,
        400 | 413 if heard.error_msg().is_some() => Met::Rejected,
        101 | 200..=299 if !is_reply(asked, heard) => Met::NotUnderstood,
        _ => return None,
    })
}

fn is_reply(asked: &Asked, heard: &Heard) -> bool {
    match asked {
        Asked::Poll { .. } => heard.is_finished().is_some(),
        Asked::Upload => heard.field("table").is_some() || heard.field("dtable_name").is_some(),
        Asked::StartExport { .. } => heard.field("table").is_some(),
        Asked::TableUpload | Asked::Cancel { .. } => heard.field("success").is_some(),
        Asked::Download { .. } | Asked::SynchronousExport { .. } | Asked::ExportByUuid { .. } => {
            heard.is_whole_file()
        }
        Asked::TableProbe
        | Asked::ListAdministered
        | Asked::ListWorkspaces { .. }
        | Asked::ListServerBases { .. } => true,
    }
}
