//! How the texts of a copy are kept: those that most copies have in common once, and none that can be derived.

use crate::{SavedCopy, Timestamp};

/// The texts of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whose<'a> {
    pub(crate) uuid: &'a str,
    pub(crate) folder: &'a str,
    pub(crate) name: &'a str,
}

impl<'a> Whose<'a> {
    pub(super) fn of(copy: &'a SavedCopy) -> Self {
        Whose { uuid: copy.base.uuid.as_str(), folder: copy.file.folder(), name: &copy.base.name }
    }

    /// Reads the [text](Self::text). Neither a uuid nor a folder contains a line feed; a name may.
    pub(super) fn read(text: &'a str) -> Self {
        let (uuid, rest) = text.split_once('\n').unwrap_or_default();
        let (folder, name) = rest.split_once('\n').unwrap_or((rest, last_of(rest)));
        Whose { uuid, folder, name }
    }

    /// Returns the uuid, a line feed, and the folder; then a line feed and the name of the base, unless the last folder has
    /// that name.
    pub(super) fn text(&self) -> String {
        let Whose { uuid, folder, name } = self;
        let text = format!("{uuid}\n{folder}");
        if *name == last_of(folder) { text } else { format!("{text}\n{name}") }
    }
}

fn last_of(folder: &str) -> &str {
    folder.rsplit_once('/').map_or(folder, |(_, last)| last)
}

/// Returns the name that the files of most copies have.
pub(super) fn usual_name(started: Timestamp) -> String {
    format!("{}.dtable", started.in_file_name())
}

/// Returns the name of the file, unless that is the usual one; then a line feed and `updated_at`, if there is one.
pub(super) fn text(copy: &SavedCopy) -> String {
    let mut text = copy.file.name().to_owned();
    if text == usual_name(copy.started) {
        text.clear();
    }
    if let Some(updated_at) = &copy.base.updated_at {
        text.push('\n');
        text.push_str(updated_at);
    }
    text
}

/// Returns the name of the file and `updated_at`. The name contains no line feed.
pub(super) fn read_text(text: &str) -> (&str, Option<&str>) {
    text.split_once('\n').map_or((text, None), |(name, updated_at)| (name, Some(updated_at)))
}

/// The texts of the copies from one workspace.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Site {
    pub(super) server: String,
    pub(super) workspace_id: u64,
    pub(super) workspace: String,
    pub(super) owner: Option<String>,
}

impl Site {
    pub(super) fn of(copy: &SavedCopy) -> Site {
        let SavedCopy { server, workspace_id, workspace, owner, .. } = copy;
        let (server, workspace, owner) = (server.clone(), workspace.clone(), owner.clone());
        Site { server, workspace_id: *workspace_id, workspace, owner }
    }
}
