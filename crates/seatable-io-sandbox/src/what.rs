use percent_encoding::{percent_decode_str, utf8_percent_encode};

use crate::Call;
use crate::fault::RESERVED;

/// The calls that start a task.
const STARTS: [Call; 5] =
    [Call::Import, Call::Export, Call::SynchronousExport, Call::SynchronousImport, Call::TableConfirm];

/// What can go wrong; [`Fault`](crate::Fault) has the list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the list
pub enum What {
    Lost,
    Silent,
    Refused,
    UploadCut { after: Option<u64> },
    Cut { after: u64 },
    CutChunked { after: u64 },
    Chunked,
    Busy { retry_after: u32 },
    BusyUntil { seconds: u32 },
    BusyEmpty,
    InternalError { acted: bool },
    InternalErrorPage,
    BadGateway { acted: bool },
    Unavailable { acted: bool },
    UnavailableFor { retry_after: u32 },
    Maintenance { retry_after: u32 },
    RetryHeader { retry_after: u32 },
    GatewayTimeout { acted: bool },
    TooLarge,
    InvalidToken,
    PermissionDenied,
    NoCredentials,
    Forbidden,
    Cdn { status: u16 },
    QueueFull,
    Fail { words: String },
    FailTooLarge { words: String },
    FailEmpty,
    Forget,
    Restart,
    Slow { millis: u32 },
    NoAssets,
    FewerAssets { number: u32 },
    LoginPage,
    Redirect,
    Truncated,
    Page,
    EmptyObject,
    Empty,
    Huge { bytes: u32 },
    OddFinished,
}

impl What {
    /// Every kind once, with the default of its value.
    pub const ALL: &'static [What] = &[
        What::Lost,
        What::Silent,
        What::Refused,
        What::UploadCut { after: None },
        What::Cut { after: 100 },
        What::CutChunked { after: 100 },
        What::Chunked,
        What::Busy { retry_after: 1 },
        What::BusyUntil { seconds: 1 },
        What::BusyEmpty,
        What::InternalError { acted: false },
        What::InternalError { acted: true },
        What::InternalErrorPage,
        What::BadGateway { acted: false },
        What::BadGateway { acted: true },
        What::Unavailable { acted: false },
        What::Unavailable { acted: true },
        What::UnavailableFor { retry_after: 1 },
        What::Maintenance { retry_after: 3600 },
        What::RetryHeader { retry_after: 3600 },
        What::GatewayTimeout { acted: false },
        What::GatewayTimeout { acted: true },
        What::TooLarge,
        What::InvalidToken,
        What::PermissionDenied,
        What::NoCredentials,
        What::Forbidden,
        What::Cdn { status: 520 },
        What::QueueFull,
        What::Fail { words: String::new() },
        What::FailTooLarge { words: String::new() },
        What::FailEmpty,
        What::Forget,
        What::Restart,
        What::Slow { millis: 1000 },
        What::NoAssets,
        What::FewerAssets { number: 1 },
        What::LoginPage,
        What::Redirect,
        What::Truncated,
        What::Page,
        What::EmptyObject,
        What::Empty,
        What::Huge { bytes: 5 << 20 },
        What::OddFinished,
    ];

    /// The name, as it is written in a fault.
    pub fn name(&self) -> &'static str {
        match self {
            What::Lost => "lost",
            What::Silent => "silent",
            What::Refused => "refused",
            What::UploadCut { .. } => "upload-cut",
            What::Cut { .. } => "cut",
            What::CutChunked { .. } => "cut-chunked",
            What::Chunked => "chunked",
            What::Busy { .. } => "429",
            What::BusyUntil { .. } => "429-date",
            What::BusyEmpty => "429-empty",
            What::InternalError { acted: false } => "500",
            What::InternalError { acted: true } => "500-acted",
            What::InternalErrorPage => "500-html",
            What::BadGateway { acted: false } => "502",
            What::BadGateway { acted: true } => "502-acted",
            What::Unavailable { acted: false } => "503",
            What::Unavailable { acted: true } => "503-acted",
            What::UnavailableFor { .. } => "503-retry",
            What::Maintenance { .. } => "503-maintenance",
            What::RetryHeader { .. } => "retry-header",
            What::GatewayTimeout { acted: false } => "504",
            What::GatewayTimeout { acted: true } => "504-acted",
            What::TooLarge => "413",
            What::InvalidToken => "401",
            What::PermissionDenied => "403",
            What::NoCredentials => "403-credentials",
            What::Forbidden => "403-html",
            What::Cdn { .. } => "520",
            What::QueueFull => "queue-full",
            What::Fail { .. } => "fail",
            What::FailTooLarge { .. } => "fail-413",
            What::FailEmpty => "fail-empty",
            What::Forget => "forget",
            What::Restart => "restart",
            What::Slow { .. } => "slow",
            What::NoAssets => "no-assets",
            What::FewerAssets { .. } => "fewer-assets",
            What::LoginPage => "login",
            What::Redirect => "redirect",
            What::Truncated => "truncated",
            What::Page => "html",
            What::EmptyObject => "empty-object",
            What::Empty => "empty",
            What::Huge { .. } => "huge",
            What::OddFinished => "odd-finished",
        }
    }

    /// The calls to which it applies.
    pub fn calls(&self) -> &'static [Call] {
        match self {
            What::Slow { .. } | What::QueueFull | What::Fail { .. } | What::FailTooLarge { .. } => &STARTS,
            What::Forget => &[Call::Import, Call::Export, Call::TableConfirm],
            What::NoAssets | What::FewerAssets { .. } => &[Call::Export, Call::SynchronousExport],
            What::FailEmpty => &[Call::Export],
            What::UploadCut { .. } => &[Call::Import, Call::SynchronousImport],
            What::OddFinished => &[Call::Status],
            _ => &Call::ALL,
        }
    }

    pub(crate) fn value(&self) -> Option<String> {
        match self {
            What::UploadCut { after } => after.map(|after| after.to_string()),
            What::Cut { after } | What::CutChunked { after } => Some(after.to_string()),
            What::Busy { retry_after: number }
            | What::BusyUntil { seconds: number }
            | What::UnavailableFor { retry_after: number }
            | What::Maintenance { retry_after: number }
            | What::RetryHeader { retry_after: number }
            | What::Slow { millis: number }
            | What::FewerAssets { number }
            | What::Huge { bytes: number } => Some(number.to_string()),
            What::Cdn { status } => Some(status.to_string()),
            What::Fail { words } | What::FailTooLarge { words } if !words.is_empty() => {
                Some(utf8_percent_encode(words, RESERVED).to_string())
            }
            _ => None,
        }
    }

    pub(crate) fn with_value(self, value: &str) -> Option<What> {
        let words = || percent_decode_str(value).decode_utf8().ok().map(String::from);
        Some(match self {
            What::UploadCut { .. } => What::UploadCut { after: Some(value.parse().ok()?) },
            What::Cut { .. } => What::Cut { after: value.parse().ok()? },
            What::CutChunked { .. } => What::CutChunked { after: value.parse().ok()? },
            What::Busy { .. } => What::Busy { retry_after: value.parse().ok()? },
            What::BusyUntil { .. } => What::BusyUntil { seconds: value.parse().ok()? },
            What::UnavailableFor { .. } => What::UnavailableFor { retry_after: value.parse().ok()? },
            What::Maintenance { .. } => What::Maintenance { retry_after: value.parse().ok()? },
            What::RetryHeader { .. } => What::RetryHeader { retry_after: value.parse().ok()? },
            What::Cdn { .. } => {
                What::Cdn { status: value.parse().ok().filter(|status| (520..=527).contains(status))? }
            }
            What::Slow { .. } => What::Slow { millis: value.parse().ok()? },
            What::FewerAssets { .. } => {
                What::FewerAssets { number: value.parse().ok().filter(|number| *number > 0)? }
            }
            What::Huge { .. } => What::Huge { bytes: value.parse().ok()? },
            What::Fail { .. } => What::Fail { words: words()? },
            What::FailTooLarge { .. } => What::FailTooLarge { words: words()? },
            _ => return None,
        })
    }
}
