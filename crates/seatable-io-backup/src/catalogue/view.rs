use seatable_io_proto::BaseUuid;

use super::records::{Entry, Records, Whose, read_site, read_text, usual_name};
use crate::{CopyPath, SavedBase, SavedCopy, Timestamp};

/// A copy in the catalogue, of which a [`SavedCopy`] can be made.
#[derive(Clone, Copy)]
pub(crate) struct CopyRef<'a> {
    pub(super) records: &'a Records,
    pub(super) place: u32,
    pub(super) entry: &'a Entry,
}

impl<'a> CopyRef<'a> {
    /// Later copies have a higher one.
    pub(crate) fn place(self) -> u32 {
        self.place
    }

    pub(crate) fn started(self) -> Timestamp {
        self.entry.started
    }

    pub(crate) fn assets_missing(self) -> u64 {
        self.entry.assets_missing
    }

    pub(crate) fn workspace_id(self) -> u64 {
        read_site(self.records.site(self.entry.origin)).map_or(0, |(_, workspace_id, _)| workspace_id)
    }

    pub(crate) fn whose(self) -> Whose<'a> {
        self.records.whose(self.entry.origin)
    }

    pub(crate) fn updated_at(self) -> Option<&'a str> {
        read_text(self.records.text(self.place)).1
    }

    pub(crate) fn file(self) -> CopyPath {
        match read_text(self.records.text(self.place)) {
            ("", _) => CopyPath::within(self.whose().folder, &usual_name(self.entry.started)),
            (name, _) => CopyPath::within(self.whose().folder, name),
        }
    }

    /// Whether the file is there with its size.
    pub(crate) fn is_there(self, size_of: impl Fn(&CopyPath) -> Option<u64>) -> bool {
        size_of(&self.file()) == Some(self.entry.bytes)
    }

    /// The copy: never `None`, because its uuid was one when it was recorded.
    pub(crate) fn to_copy(self) -> Option<SavedCopy> {
        let &Entry { origin, started, bytes, assets_missing, sha256, .. } = self.entry;
        let (server, workspace_id, workspace) = read_site(self.records.site(origin))?;
        let Whose { uuid, name, .. } = self.whose();
        let base = SavedBase {
            uuid: BaseUuid::new(uuid).ok()?,
            name: name.to_owned(),
            updated_at: self.updated_at().map(str::to_owned),
        };
        Some(SavedCopy {
            file: self.file(),
            server: server.to_owned(),
            workspace_id,
            workspace: workspace.to_owned(),
            base,
            started,
            bytes,
            sha256,
            assets_missing,
        })
    }
}
