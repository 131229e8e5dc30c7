//! The calls that an operation makes.

use http::response::Parts;
use seatable_io_proto::{Endpoint as _, ListAdministered, ListServerBases, ListWorkspaces, QueryStatus};
use serde::{Deserialize, Serialize};

use crate::worded::worded;

worded! {
    /// A call that an [`Operation`](crate::Operation) makes. As text, it is in words, such as *start import*; serialized, in snake
    /// case, such as `start_import`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[non_exhaustive]
    pub enum Call {
        /// The upload that starts an import.
        StartImport => "start import",
        /// The request that finds out whether the server imports tables in one request.
        FindTableImport => "find table import",
        /// The upload of a table in one request (current servers).
        ImportTable => "import table",
        /// The request that starts an export (2020 and 2021 servers).
        StartExport => "start export",
        /// A poll.
        QueryStatus => "query status",
        /// The download of a finished export.
        ExportContent => "export content",
        /// The export in one request (current servers).
        SynchronousExport => "synchronous export",
        /// The export of any base of a server, in one request (current servers).
        ExportByUuid => "export by uuid",
        /// The request to cancel.
        CancelTask => "cancel task",
        /// The list of the bases that the account administers.
        ListAdministered => "list administered",
        /// The list of workspaces, with the bases that others shared if requested.
        ListWorkspaces => "list workspaces",
        /// A page of the list of all bases of the server (current servers).
        ListServerBases => "list server bases",
    }
}

impl Call {
    /// Returns whether the request carries the file.
    pub(crate) const fn sends_file(self) -> bool {
        matches!(self, Self::StartImport | Self::ImportTable)
    }

    /// Returns whether the response is the file of a base.
    pub(crate) const fn fetches(self) -> bool {
        matches!(self, Self::ExportContent | Self::SynchronousExport | Self::ExportByUuid)
    }

    /// Returns whether only an administrator of the server may make it.
    pub(crate) const fn is_server_wide(self) -> bool {
        matches!(self, Self::ExportByUuid | Self::ListServerBases)
    }

    /// Returns whether the request is made before the server has started an import.
    pub(crate) const fn imports(self) -> bool {
        matches!(self, Self::StartImport | Self::FindTableImport | Self::ImportTable)
    }

    /// Returns whether the request names a task that the server may not know.
    pub(crate) const fn names_task(self) -> bool {
        matches!(self, Self::QueryStatus | Self::ExportContent | Self::CancelTask)
    }

    /// Returns how many bytes of a response that is not a file are read.
    pub(crate) const fn response_limit(self) -> usize {
        match self {
            Self::ListAdministered => ListAdministered::RESPONSE_LIMIT,
            Self::ListWorkspaces => ListWorkspaces::RESPONSE_LIMIT,
            Self::ListServerBases => ListServerBases::RESPONSE_LIMIT,
            _ => QueryStatus::RESPONSE_LIMIT,
        }
    }

    /// Returns whether this head alone decides the meaning of the response, even if the rest is lost: that of a refused upload
    /// does.
    pub(crate) fn is_judged_by(self, head: &Parts) -> bool {
        self.sends_file() && !head.status.is_success()
    }
}
