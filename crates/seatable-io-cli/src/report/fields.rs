//! The fields of a line that depend on the command.

use clap::ValueEnum;
use seatable_io_ureq::dtable::HeldAssets;
use seatable_io_ureq::proto::Owner;
use serde::Serialize;
use serde_json::Value;

use crate::check::Checked;

/// The commands whose results have lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
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
    Copies,
    Prune,
    Show,
    Diff,
    Convert,
}

impl CommandName {
    /// Returns the fields that the lines of this command have in addition to those of all lines.
    pub(super) fn fields(self) -> &'static [&'static str] {
        match self {
            CommandName::Import => &["assets_missing", "checked", "evidence"],
            CommandName::Export | CommandName::Download => &["output"],
            CommandName::Status | CommandName::Cancel => &[],
            CommandName::List => &["encrypted", "owner", "shared", "workspace"],
            CommandName::Backup => {
                &["assets_missing", "output", "owner", "reason", "sha256", "since", "workspace"]
            }
            CommandName::Verify => {
                &["assets", "assets_missing", "missing", "missing_cut", "sha256", "started"]
            }
            CommandName::Restore => &["assets_missing", "checked", "evidence", "file"],
            CommandName::Copies => &["assets_missing", "file", "sha256", "started", "workspace"],
            CommandName::Prune => {
                &["assets_missing", "file", "reason", "reasons", "sha256", "started", "workspace"]
            }
            CommandName::Show => &[
                "assets",
                "assets_missing",
                "collaborators",
                "format_version",
                "links",
                "missing",
                "missing_cut",
                "tables",
            ],
            CommandName::Diff => &["counts", "cut", "differences", "other", "same"],
            CommandName::Convert => &["links", "links_left_out", "output", "pairs_dangling", "tables"],
        }
    }
}

/// The fields that not all commands have. An unknown one of the command is `null`.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Fields {
    pub(crate) assets: Option<HeldAssets>,
    pub(crate) assets_missing: Option<u64>,
    pub(crate) checked: Option<Checked>,
    pub(crate) collaborators: Option<usize>,
    pub(crate) counts: Option<Value>,
    /// Whether some differences are only counted.
    pub(crate) cut: Option<bool>,
    pub(crate) differences: Option<Value>,
    pub(crate) encrypted: Option<bool>,
    pub(crate) evidence: Option<Value>,
    pub(crate) file: Option<String>,
    pub(crate) format_version: Option<u64>,
    pub(crate) links: Option<Value>,
    pub(crate) links_left_out: Option<Value>,
    /// The names of missing assets, and whether there are more of them.
    pub(crate) missing: Option<Vec<String>>,
    pub(crate) missing_cut: Option<bool>,
    /// The second of two copies.
    pub(crate) other: Option<String>,
    pub(crate) output: Option<String>,
    /// The owner of the base, in the list of a whole server.
    pub(crate) owner: Option<Owner>,
    pub(crate) pairs_dangling: Option<u64>,
    pub(crate) reason: Option<&'static str>,
    /// All reasons why a copy stays.
    pub(crate) reasons: Option<Vec<&'static str>>,
    pub(crate) same: Option<bool>,
    pub(crate) sha256: Option<String>,
    pub(crate) shared: Option<bool>,
    /// The time of an event, or since which a failure is the same.
    pub(crate) since: Option<String>,
    /// The start of the export of a copy.
    pub(crate) started: Option<String>,
    pub(crate) tables: Option<Value>,
    pub(crate) workspace: Option<String>,
}
