//! The next step after an operation that failed.

use http::StatusCode;
use seatable_io_proto::{ListedBase, Refusal, RefusalReason};

use crate::error::About;
use crate::worded::worded;
use crate::{Call, ErrorKind, OperationError, Reason};

worded! {
    /// The next step after an operation that failed. As text, it is a clause in terms of this crate.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Hint {
        /// The token is not that of an account on this server.
        AccountToken => "use an account token of this server, not a base's API token",
        /// The token's user is inactive.
        ActiveUser => "use the token of an active user",
        /// The account lacks a permission.
        Permission => "ask an administrator of the workspace for the permission",
        /// The token is not that of an administrator of the server ([fact 27](seatable_io_proto::facts)).
        SystemAdministrator => "use the token of a system administrator of the server",
        /// The account lacks a permission, or the password is wrong or missing.
        PermissionOrPassword => "check the permissions of the account, and the password if the base has one",
        /// The base has a password, which is missing.
        Password => "give the password of the base with `Export::password`",
        /// The base has another password.
        OtherPassword => "correct the password of the base",
        /// The owner who shared the base may not have allowed exports ([fact 28](seatable_io_proto::facts)).
        SharedWithoutExport => "ask the owner of the base: sharing may not include the permission to export",
        /// The server's administrator must migrate the base to its storage first ([fact 28](seatable_io_proto::facts)).
        Migrate => "ask the server's administrator to migrate the base to the storage server",
        /// The name or the workspace is wrong.
        List => "`Operation::list` shows names and workspace IDs",
        /// Only current servers support this, or this is not the address of a SeaTable server.
        CurrentServer => "only current servers do; check the address of the server, including its path prefix",
        /// This is not the address of a SeaTable server.
        Address => "check the address of the server, including its path prefix",
        /// The server cannot be reached.
        Connection => "check the address of the server and the network",
        /// Something in front of the server refuses requests ([fact 23](seatable_io_proto::facts)).
        LetThrough => "have that proxy let this client through",
        /// Something in front of the server limits the size of requests ([fact 23](seatable_io_proto::facts)).
        UploadLimit => "raise the limit for uploads of the proxy in front of the server",
        /// The server's certificate must be trusted.
        Certificate => "trust its certificate authority, or correct the address",
        /// The server has forgotten the task, or it ended and was reported.
        CheckResult => "check the result: a server reports the end of a task once, then forgets the task",
        /// The server does not serve the file of the task to this client.
        ExportByName => "export the base by its name with `Operation::export`",
        /// The task is on another server.
        OtherServer => "resume it on the server that started it",
        /// The name is taken, or not allowed.
        OtherName => "choose another name or workspace",
        /// The name of the base cannot be a segment of a path.
        RenameBase => "rename the base",
        /// The export may succeed without assets.
        WithoutAssets => "leave out files and images with `Export::without_assets`",
        /// The server needs more time for the export than it allows ([fact 26](seatable_io_proto::facts)).
        ExportAlone => "export it alone, at a quiet hour, or with `Export::without_assets`; or run `manage.py export_dtable` on the server",
        /// The server exports or imports in one request.
        Wait => "wait for the task: omit `no_wait`",
        /// The server does not support passwords.
        OmitPassword => "omit `Export::password`",
        /// The server cannot leave out assets.
        KeepAssets => "omit `Export::without_assets`",
        /// The server does not import this format.
        SaveAsCsv => "save the table as .csv",
        /// The server may have left an empty base.
        DeleteEmptyBase => "look for an empty base of this name, and delete it",
        /// The base was never opened, or its export failed on the server ([fact
        /// 12](seatable_io_proto::facts)).
        OpenBase => "open the base in a browser, then export it again",
        /// The import may have happened.
        CheckBase => "import it again only if the base does not exist",
        /// The import may still happen.
        CheckBaseLater => "wait a few minutes, then import it again only if the base does not exist",
        /// The import ended: it succeeded or failed.
        CheckBaseIsComplete => "check whether the base exists and is complete before importing it again",
        /// The file is larger than [`Policy::max_size`](crate::Policy::max_size).
        LargerFiles => "allow larger files with `Policy::max_size`",
        /// The operation needs more time.
        MoreTime => "allow more time with `Policy::timeout`",
        /// The server is unavailable.
        Later => "try again later",
    }
}

impl OperationError {
    /// Returns the next step, if it is known.
    pub fn hint(&self) -> Option<Hint> {
        let (call, reason) = (self.call(), self.refusal_reason());
        Some(match self.kind() {
            ErrorKind::Unauthorized if self.status() == Some(StatusCode::UNAUTHORIZED) => Hint::AccountToken,
            ErrorKind::Unauthorized => Hint::ActiveUser,
            ErrorKind::Forbidden if call.is_server_wide() => Hint::SystemAdministrator,
            ErrorKind::Forbidden if call == Call::SynchronousExport => Hint::PermissionOrPassword,
            ErrorKind::Forbidden => Hint::Permission,
            ErrorKind::NotFound | ErrorKind::UnknownTask if call == Call::ExportContent => {
                self.download_hint()
            }
            ErrorKind::NotFound if self.refusal().is_none_or(|refusal| !is_missing(refusal)) => Hint::Address,
            ErrorKind::NotFound => Hint::List,
            ErrorKind::UnknownTask => Hint::CheckResult,
            ErrorKind::Mismatch if self.reason() == Some(&Reason::OtherServer) => Hint::OtherServer,
            ErrorKind::Mismatch => Hint::ExportByName,
            ErrorKind::NotABase => Hint::OpenBase,
            ErrorKind::TooLarge if matches!(self.reason(), Some(Reason::TooLarge { .. })) => {
                Hint::LargerFiles
            }
            ErrorKind::BadAnswer if call == Call::ExportContent => Hint::ExportByName,
            ErrorKind::BadAnswer => Hint::Address,
            ErrorKind::Unsupported => self.unsupported_hint(),
            ErrorKind::UnknownOutcome => self.unknown_hint(),
            ErrorKind::Untrusted => Hint::Certificate,
            ErrorKind::Unavailable | ErrorKind::Timeout => self.unavailable_hint(),
            _ if self.may_have_left_empty_base() => Hint::DeleteEmptyBase,
            ErrorKind::Rejected => match reason {
                Some(RefusalReason::NameTaken | RefusalReason::NameNotStorable) => Hint::OtherName,
                Some(RefusalReason::AssetsTooLarge) => Hint::WithoutAssets,
                _ if self.reason() == Some(&Reason::NoXlsx) => Hint::SaveAsCsv,
                _ if call.sends_file() && self.is_too_large() => Hint::UploadLimit,
                _ => return None,
            },
            _ => return None,
        })
    }

    /// Returns the next step after an export, also considering the listed base: a password is not mentioned if the base has
    /// none.
    pub fn hint_for(&self, listed: &ListedBase) -> Option<Hint> {
        match self.kind() {
            ErrorKind::Forbidden if self.call().is_server_wide() => self.hint(),
            ErrorKind::Forbidden if listed.is_encrypted == Some(true) => {
                Some(if self.0.has_password { Hint::OtherPassword } else { Hint::Password })
            }
            ErrorKind::Forbidden if listed.access.is_shared() => Some(Hint::SharedWithoutExport),
            ErrorKind::Forbidden if listed.is_encrypted == Some(false) => Some(Hint::Permission),
            _ if listed.in_storage == Some(false) && self.is_internal_error() => Some(Hint::Migrate),
            _ => self.hint(),
        }
    }

    fn is_internal_error(&self) -> bool {
        self.status() == Some(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Returns whether a proxy refused a request because of its size.
    fn is_too_large(&self) -> bool {
        self.refusal()
            .is_some_and(|refusal| refusal.status() == StatusCode::PAYLOAD_TOO_LARGE && !refusal.is_json())
    }

    fn unsupported_hint(&self) -> Hint {
        let report = &*self.0;
        match report.call {
            _ if report.no_wait => Hint::Wait,
            Call::ExportByUuid if report.has_password => Hint::OmitPassword,
            Call::ExportByUuid | Call::ListServerBases => Hint::CurrentServer,
            Call::SynchronousExport if report.has_password => Hint::OmitPassword,
            Call::SynchronousExport if report.without_assets => Hint::KeepAssets,
            Call::SynchronousExport => Hint::RenameBase,
            _ => Hint::ExportByName,
        }
    }

    /// More time does not help against a server that answered, if only with an error.
    fn unavailable_hint(&self) -> Hint {
        match self.reason() {
            _ if self.exported_too_long() => Hint::ExportAlone,
            _ if self.ran_out_of_time_cancelling() => Hint::MoreTime,
            _ if self.refusal().is_some_and(Refusal::is_foreign) => Hint::LetThrough,
            Some(Reason::NotSent) => Hint::Connection,
            Some(Reason::Reply(_) | Reason::Interrupted) => Hint::Later,
            _ if self.kind() == ErrorKind::Timeout => Hint::MoreTime,
            _ => Hint::Later,
        }
    }

    /// A base whose file is gone after several exports is exported again later.
    fn download_hint(&self) -> Hint {
        match self.0.about {
            About::Task(_) => Hint::ExportByName,
            _ => Hint::Later,
        }
    }

    fn unknown_hint(&self) -> Hint {
        match &*self.0 {
            report if report.call.sends_file() => Hint::CheckBase,
            report if report.may_still_run => Hint::CheckBaseLater,
            _ => Hint::CheckBaseIsComplete,
        }
    }
}

/// Returns whether the server has the address, but not the base, workspace or folder.
fn is_missing(refusal: &Refusal) -> bool {
    refusal.status() == StatusCode::NOT_FOUND && !refusal.is_wrong_address()
}
