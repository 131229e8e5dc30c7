use http::{Method, Uri};
use percent_encoding::percent_decode_str;

use crate::Generation;

/// A call of the API, by what the client is after; also where the server refuses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Call {
    /// Start an import.
    Import,
    /// Start an export.
    Export,
    /// Ask how far a task is.
    Status,
    /// Fetch the exported file, at either address.
    Content,
    /// Export in one request.
    SynchronousExport,
    /// Import a `.csv` or `.xlsx` file in one request.
    SynchronousImport,
    /// Ask for that address with any method but `POST`, which tells whether a server has it.
    TableProbe,
    /// Look at a table that was parsed and is no base yet.
    TablePreview,
    /// Make a base of such a table.
    TableConfirm,
    /// Cancel a task.
    Cancel,
    /// List the workspaces and their bases.
    Workspaces,
    /// List the bases that the account administers.
    AdminBases,
    /// Ask for the version of the server.
    ServerInfo,
    /// Exchange a user name and a password for a token.
    Token,
    /// Anything else.
    Other,
}

impl Call {
    /// All of them.
    pub const ALL: [Call; 15] = [
        Call::Import,
        Call::Export,
        Call::Status,
        Call::Content,
        Call::SynchronousExport,
        Call::SynchronousImport,
        Call::TableProbe,
        Call::TablePreview,
        Call::TableConfirm,
        Call::Cancel,
        Call::Workspaces,
        Call::AdminBases,
        Call::ServerInfo,
        Call::Token,
        Call::Other,
    ];

    /// The name, as it is written in a fault.
    pub fn as_str(self) -> &'static str {
        match self {
            Call::Import => "import",
            Call::Export => "export",
            Call::Status => "status",
            Call::Content => "content",
            Call::SynchronousExport => "synchronous-export",
            Call::SynchronousImport => "synchronous-import",
            Call::TableProbe => "table-probe",
            Call::TablePreview => "table-preview",
            Call::TableConfirm => "table-confirm",
            Call::Cancel => "cancel",
            Call::Workspaces => "workspaces",
            Call::AdminBases => "user-admin-dtables",
            Call::ServerInfo => "server-info",
            Call::Token => "auth-token",
            Call::Other => "other",
        }
    }

    /// Whether a client gets more than a web page for it from a server of this generation.
    pub fn exists_on(self, generation: Generation) -> bool {
        match self {
            Call::SynchronousExport | Call::SynchronousImport | Call::TablePreview | Call::TableConfirm => {
                generation == Generation::Current
            }
            Call::Content => generation != Generation::Current,
            Call::AdminBases | Call::ServerInfo => generation != Generation::Y2020,
            _ => true,
        }
    }

    /// Whether it is about one base, or one workspace.
    pub(crate) fn has_name(self) -> bool {
        !matches!(self, Call::Workspaces | Call::AdminBases | Call::ServerInfo | Call::Token | Call::Other)
    }

    pub(crate) fn from_name(name: &str) -> Option<Call> {
        Call::ALL.into_iter().find(|call| call.as_str() == name)
    }
}

/// What an address leads to, whatever the method and the generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Import {
        workspace: u64,
    },
    Export {
        workspace: u64,
        name: String,
    },
    SynchronousExport {
        workspace: u64,
    },
    SynchronousImport {
        workspace: u64,
    },
    /// Where a parsed table is looked at and made a base.
    Preview {
        workspace: u64,
    },
    /// Where a base is deleted.
    Base {
        workspace: u64,
    },
    Status,
    Workspaces,
    AdminBases,
    ServerInfo,
    Token,
    ApiContent,
    SiteContent,
    Login,
    /// An address that would lead somewhere with a `/` at its end.
    NoSlash,
    Nowhere,
}

impl Route {
    pub(crate) fn of(prefix: &str, uri: &Uri) -> Route {
        let Some(path) = uri.path().strip_prefix(prefix).and_then(|path| path.strip_prefix('/')) else {
            return Route::Nowhere;
        };
        match path.strip_suffix('/') {
            Some(path) => Route::of_path(path),
            None if Route::of_path(path) == Route::Nowhere => Route::Nowhere,
            None => Route::NoSlash,
        }
    }

    fn of_path(path: &str) -> Route {
        let segments: Vec<_> = path.split('/').collect();
        match segments.as_slice() {
            ["api", "v2.1", rest @ ..] => Route::of_api(rest),
            ["dtable-export-content"] => Route::SiteContent,
            ["server-info"] => Route::ServerInfo,
            ["api2", "auth-token"] => Route::Token,
            ["accounts", "login"] => Route::Login,
            _ => Route::Nowhere,
        }
    }

    fn of_api(segments: &[&str]) -> Route {
        let (workspace, rest) = match segments {
            ["dtable-io-status"] => return Route::Status,
            ["workspaces"] => return Route::Workspaces,
            ["user-admin-dtables"] => return Route::AdminBases,
            ["dtable-export-content"] => return Route::ApiContent,
            ["workspace", id, rest @ ..] if is_number(id) => (id.parse().unwrap_or(u64::MAX), rest),
            _ => return Route::Nowhere,
        };
        match rest {
            ["import-dtable"] => Route::Import { workspace },
            ["dtable"] => Route::Base { workspace },
            ["dtable", name, "export-dtable"] => match base_name(name) {
                Some(name) => Route::Export { workspace, name },
                None => Route::Nowhere,
            },
            ["synchronous-export", "export-dtable"] => Route::SynchronousExport { workspace },
            ["synchronous-import", "import-excel-csv-to-base"] => Route::SynchronousImport { workspace },
            ["import-excel-csv"] => Route::Preview { workspace },
            _ => Route::Nowhere,
        }
    }

    pub(crate) fn call(&self, method: &Method) -> Call {
        match self {
            Route::Import { .. } => Call::Import,
            Route::Export { .. } => Call::Export,
            Route::SynchronousExport { .. } => Call::SynchronousExport,
            Route::SynchronousImport { .. } if method == Method::POST => Call::SynchronousImport,
            Route::SynchronousImport { .. } => Call::TableProbe,
            Route::Preview { .. } if method == Method::POST => Call::TableConfirm,
            Route::Preview { .. } => Call::TablePreview,
            Route::Status if method == Method::DELETE => Call::Cancel,
            Route::Status => Call::Status,
            Route::Workspaces => Call::Workspaces,
            Route::AdminBases => Call::AdminBases,
            Route::ServerInfo => Call::ServerInfo,
            Route::Token => Call::Token,
            Route::ApiContent | Route::SiteContent => Call::Content,
            Route::Base { .. } | Route::Login | Route::NoSlash | Route::Nowhere => Call::Other,
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The name in a path segment; the proxy resolves `.` and `..` away, percent-encoded or not.
fn base_name(segment: &str) -> Option<String> {
    let name = percent_decode_str(segment).decode_utf8().ok()?;
    (!matches!(&*name, "" | "." | "..")).then(|| name.into_owned())
}

/// The last value of a query parameter; an empty one counts as none, as it does for the server.
pub(crate) fn query(uri: &Uri, key: &str) -> Option<String> {
    parameter(uri.query().unwrap_or_default().as_bytes(), key)
}

/// The same in a form body of `application/x-www-form-urlencoded`.
pub(crate) fn parameter(encoded: &[u8], key: &str) -> Option<String> {
    let found = form_urlencoded::parse(encoded).filter(|(name, _)| name == key).last();
    found.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
}
