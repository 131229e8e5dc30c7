use http::{Method, Uri};
use percent_encoding::percent_decode_str;

use crate::Generation;

/// A call of the API, recognized by its address and method even where the server refuses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Call {
    /// Starts an import.
    StartImport,
    /// Starts an export.
    StartExport,
    /// Queries the status of a task.
    QueryStatus,
    /// Downloads the exported file, from either address.
    ExportContent,
    /// Exports in one request.
    SynchronousExport,
    /// Imports a `.csv` or `.xlsx` file in one request.
    ImportTable,
    /// Requests the same address with any method but `POST`, which shows whether a server has it.
    FindTableImport,
    /// Shows a parsed table that is not a base yet.
    PreviewTable,
    /// Creates a base from such a table.
    ConfirmTable,
    /// Cancels a task.
    CancelTask,
    /// Lists the workspaces and their bases.
    ListWorkspaces,
    /// Lists the bases that the account administers.
    ListAdministered,
    /// Lists a page of all bases of the server, for an administrator of the server.
    ListServerBases,
    /// Exports any base of the server by its UUID, for an administrator of the server.
    ExportByUuid,
    /// Queries the version of the server.
    QueryServerInfo,
    /// Exchanges a user name and a password for a token.
    SignIn,
    /// Any other request.
    Other,
}

const NAMED: [(&str, Call); 17] = [
    ("import", Call::StartImport),
    ("export", Call::StartExport),
    ("status", Call::QueryStatus),
    ("content", Call::ExportContent),
    ("synchronous-export", Call::SynchronousExport),
    ("synchronous-import", Call::ImportTable),
    ("table-probe", Call::FindTableImport),
    ("table-preview", Call::PreviewTable),
    ("table-confirm", Call::ConfirmTable),
    ("cancel", Call::CancelTask),
    ("workspaces", Call::ListWorkspaces),
    ("user-admin-dtables", Call::ListAdministered),
    ("admin-dtables", Call::ListServerBases),
    ("admin-export", Call::ExportByUuid),
    ("server-info", Call::QueryServerInfo),
    ("auth-token", Call::SignIn),
    ("other", Call::Other),
];

impl Call {
    /// Returns all calls.
    pub fn all() -> impl Iterator<Item = Call> + Clone {
        NAMED.into_iter().map(|(_, call)| call)
    }

    /// Returns the name used in the text of a fault.
    pub fn name(self) -> &'static str {
        NAMED.iter().find(|(_, call)| *call == self).map_or("", |(name, _)| name)
    }

    /// Returns `true` if a server of this generation answers it with more than a web page.
    pub(crate) fn exists_on(self, generation: Generation) -> bool {
        match self {
            Call::SynchronousExport
            | Call::ImportTable
            | Call::PreviewTable
            | Call::ConfirmTable
            | Call::ListServerBases
            | Call::ExportByUuid => generation == Generation::Current,
            Call::ExportContent => generation != Generation::Current,
            Call::ListAdministered | Call::QueryServerInfo => generation != Generation::Y2020,
            _ => true,
        }
    }

    /// Returns `true` if it concerns one base or one workspace.
    pub(crate) fn has_name(self) -> bool {
        use Call::{ListAdministered, ListServerBases, ListWorkspaces, Other, QueryServerInfo, SignIn};
        !matches!(
            self,
            ListWorkspaces | ListAdministered | ListServerBases | QueryServerInfo | SignIn | Other
        )
    }
}

/// The resource at an address, regardless of the method and the generation; the number is that of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    Import(u64),
    /// Exports the base with this name.
    Export(u64, String),
    SynchronousExport(u64),
    Table(u64),
    /// Shows a parsed table, and creates a base from it.
    Preview(u64),
    /// Deletes a base.
    Base(u64),
    Status,
    Workspaces,
    Administered,
    ServerBases,
    /// Exports the base with this UUID.
    ServerBase(String),
    ServerInfo,
    Token,
    ApiContent,
    SiteContent,
    Login,
    /// The address of a resource without the `/` at its end.
    NoSlash,
    Nothing,
}

impl Resource {
    pub(crate) fn at(prefix: &str, uri: &Uri) -> Resource {
        let Some(path) = uri.path().strip_prefix(prefix).and_then(|path| path.strip_prefix('/')) else {
            return Resource::Nothing;
        };
        match path.strip_suffix('/') {
            Some(path) => Resource::at_path(path),
            None if Resource::at_path(path) == Resource::Nothing => Resource::Nothing,
            None => Resource::NoSlash,
        }
    }

    fn at_path(path: &str) -> Resource {
        let segments: Vec<_> = path.split('/').collect();
        let (id, rest) = match segments[..] {
            ["dtable-export-content"] => return Resource::SiteContent,
            ["server-info"] => return Resource::ServerInfo,
            ["api2", "auth-token"] => return Resource::Token,
            ["accounts", "login"] => return Resource::Login,
            ["api", "v2.1", "dtable-io-status"] => return Resource::Status,
            ["api", "v2.1", "workspaces"] => return Resource::Workspaces,
            ["api", "v2.1", "user-admin-dtables"] => return Resource::Administered,
            ["api", "v2.1", "admin", "dtables"] => return Resource::ServerBases,
            ["api", "v2.1", "admin", "dtables", uuid, "synchronous-export", "export-dtable"] => {
                return base_name(uuid).map_or(Resource::Nothing, Resource::ServerBase);
            }
            ["api", "v2.1", "dtable-export-content"] => return Resource::ApiContent,
            ["api", "v2.1", "workspace", id, ref rest @ ..] if is_number(id) => (id, rest),
            _ => return Resource::Nothing,
        };
        let workspace = id.parse().unwrap_or(u64::MAX);
        match *rest {
            ["import-dtable"] => Resource::Import(workspace),
            ["dtable"] => Resource::Base(workspace),
            ["dtable", name, "export-dtable"] => {
                base_name(name).map_or(Resource::Nothing, |name| Resource::Export(workspace, name))
            }
            ["synchronous-export", "export-dtable"] => Resource::SynchronousExport(workspace),
            ["synchronous-import", "import-excel-csv-to-base"] => Resource::Table(workspace),
            ["import-excel-csv"] => Resource::Preview(workspace),
            _ => Resource::Nothing,
        }
    }

    pub(crate) fn call(&self, method: &Method) -> Call {
        match self {
            Resource::Import(..) => Call::StartImport,
            Resource::Export(..) => Call::StartExport,
            Resource::SynchronousExport(..) => Call::SynchronousExport,
            Resource::Table(..) if method == Method::POST => Call::ImportTable,
            Resource::Table(..) => Call::FindTableImport,
            Resource::Preview(..) if method == Method::POST => Call::ConfirmTable,
            Resource::Preview(..) => Call::PreviewTable,
            Resource::Status if method == Method::DELETE => Call::CancelTask,
            Resource::Status => Call::QueryStatus,
            Resource::Workspaces => Call::ListWorkspaces,
            Resource::Administered => Call::ListAdministered,
            Resource::ServerBases => Call::ListServerBases,
            Resource::ServerBase(_) => Call::ExportByUuid,
            Resource::ServerInfo => Call::QueryServerInfo,
            Resource::Token => Call::SignIn,
            Resource::ApiContent | Resource::SiteContent => Call::ExportContent,
            Resource::Base(..) | Resource::Login | Resource::NoSlash | Resource::Nothing => Call::Other,
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the name in a path segment, unless it is `.` or `..`: the proxy resolves these, percent-encoded or not.
fn base_name(segment: &str) -> Option<String> {
    let name = percent_decode_str(segment).decode_utf8().ok()?;
    (!matches!(&*name, "" | "." | "..")).then(|| name.into_owned())
}

/// Returns the last value of a query parameter. The server treats an empty value as missing.
pub(crate) fn query(uri: &Uri, key: &str) -> Option<String> {
    parameter(uri.query().unwrap_or_default().as_bytes(), key)
}

/// The same for a body of `application/x-www-form-urlencoded`.
pub(crate) fn parameter(encoded: &[u8], key: &str) -> Option<String> {
    let found = form_urlencoded::parse(encoded).filter(|(name, _)| name == key).last();
    found.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
}
