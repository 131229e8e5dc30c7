use std::mem::discriminant;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::Call;

/// The characters that are percent-encoded in the messages and names of a fault.
pub(crate) const RESERVED: &AsciiSet = &CONTROLS.add(b'%').add(b'*').add(b'+').add(b':').add(b'@');

/// The calls that start a task.
const STARTS: &[Call] =
    &[Call::StartImport, Call::StartExport, Call::SynchronousExport, Call::ImportTable, Call::ConfirmTable];

/// The kind of a [`Fault`](crate::Fault), which lists them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the list
pub enum FaultKind {
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
    Fail { message: String },
    FailTooLarge { message: String },
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

/// Each kind with its default value, by name.
static NAMED: [(&str, FaultKind); 45] = [
    ("lost", FaultKind::Lost),
    ("silent", FaultKind::Silent),
    ("refused", FaultKind::Refused),
    ("upload-cut", FaultKind::UploadCut { after: None }),
    ("cut", FaultKind::Cut { after: 100 }),
    ("cut-chunked", FaultKind::CutChunked { after: 100 }),
    ("chunked", FaultKind::Chunked),
    ("429", FaultKind::Busy { retry_after: 1 }),
    ("429-date", FaultKind::BusyUntil { seconds: 1 }),
    ("429-empty", FaultKind::BusyEmpty),
    ("500", FaultKind::InternalError { acted: false }),
    ("500-acted", FaultKind::InternalError { acted: true }),
    ("500-html", FaultKind::InternalErrorPage),
    ("502", FaultKind::BadGateway { acted: false }),
    ("502-acted", FaultKind::BadGateway { acted: true }),
    ("503", FaultKind::Unavailable { acted: false }),
    ("503-acted", FaultKind::Unavailable { acted: true }),
    ("503-retry", FaultKind::UnavailableFor { retry_after: 1 }),
    ("503-maintenance", FaultKind::Maintenance { retry_after: 3600 }),
    ("retry-header", FaultKind::RetryHeader { retry_after: 3600 }),
    ("504", FaultKind::GatewayTimeout { acted: false }),
    ("504-acted", FaultKind::GatewayTimeout { acted: true }),
    ("413", FaultKind::TooLarge),
    ("401", FaultKind::InvalidToken),
    ("403", FaultKind::PermissionDenied),
    ("403-credentials", FaultKind::NoCredentials),
    ("403-html", FaultKind::Forbidden),
    ("520", FaultKind::Cdn { status: 520 }),
    ("queue-full", FaultKind::QueueFull),
    ("fail", FaultKind::Fail { message: String::new() }),
    ("fail-413", FaultKind::FailTooLarge { message: String::new() }),
    ("fail-empty", FaultKind::FailEmpty),
    ("forget", FaultKind::Forget),
    ("restart", FaultKind::Restart),
    ("slow", FaultKind::Slow { millis: 1000 }),
    ("no-assets", FaultKind::NoAssets),
    ("fewer-assets", FaultKind::FewerAssets { number: 1 }),
    ("login", FaultKind::LoginPage),
    ("redirect", FaultKind::Redirect),
    ("truncated", FaultKind::Truncated),
    ("html", FaultKind::Page),
    ("empty-object", FaultKind::EmptyObject),
    ("empty", FaultKind::Empty),
    ("huge", FaultKind::Huge { bytes: 5 << 20 }),
    ("odd-finished", FaultKind::OddFinished),
];

/// The value of a kind, to be read or replaced.
enum Value<'a> {
    Bytes(&'a mut u64),
    BytesOrHalf(&'a mut Option<u64>),
    Number(&'a mut u32),
    Status(&'a mut u16),
    Message(&'a mut String),
}

impl FaultKind {
    /// Returns each kind once, with its default value.
    pub fn all() -> impl ExactSizeIterator<Item = &'static FaultKind> + Clone {
        NAMED.iter().map(|(_, kind)| kind)
    }

    /// Returns the name used in the text of a fault.
    pub fn name(&self) -> &'static str {
        let is_self = |kind| discriminant(kind) == discriminant(self) && kind.has_acted() == self.has_acted();
        NAMED.iter().find(|(_, kind)| is_self(kind)).map_or("", |(name, _)| name)
    }

    fn has_acted(&self) -> bool {
        use FaultKind::{BadGateway, GatewayTimeout, InternalError, Unavailable};
        let (InternalError { acted }
        | BadGateway { acted }
        | Unavailable { acted }
        | GatewayTimeout { acted }) = self
        else {
            return false;
        };
        *acted
    }

    /// Returns the calls to which it applies, or `None` if that is all.
    pub(crate) fn calls(&self) -> Option<&'static [Call]> {
        Some(match self {
            FaultKind::Slow { .. }
            | FaultKind::QueueFull
            | FaultKind::Fail { .. }
            | FaultKind::FailTooLarge { .. } => STARTS,
            FaultKind::Forget => &[Call::StartImport, Call::StartExport, Call::ConfirmTable],
            FaultKind::NoAssets | FaultKind::FewerAssets { .. } => {
                &[Call::StartExport, Call::SynchronousExport]
            }
            FaultKind::FailEmpty => &[Call::StartExport],
            FaultKind::UploadCut { .. } => &[Call::StartImport, Call::ImportTable],
            FaultKind::OddFinished => &[Call::QueryStatus],
            _ => return None,
        })
    }

    pub(crate) fn applies_to(&self, call: Call) -> bool {
        self.calls().is_none_or(|calls| calls.contains(&call))
    }

    fn value_mut(&mut self) -> Option<Value<'_>> {
        Some(match self {
            FaultKind::UploadCut { after } => Value::BytesOrHalf(after),
            FaultKind::Cut { after } | FaultKind::CutChunked { after } => Value::Bytes(after),
            FaultKind::Busy { retry_after: number }
            | FaultKind::BusyUntil { seconds: number }
            | FaultKind::UnavailableFor { retry_after: number }
            | FaultKind::Maintenance { retry_after: number }
            | FaultKind::RetryHeader { retry_after: number }
            | FaultKind::Slow { millis: number }
            | FaultKind::FewerAssets { number }
            | FaultKind::Huge { bytes: number } => Value::Number(number),
            FaultKind::Cdn { status } => Value::Status(status),
            FaultKind::Fail { message } | FaultKind::FailTooLarge { message } => Value::Message(message),
            _ => return None,
        })
    }

    pub(crate) fn value(&self) -> Option<String> {
        match self.clone().value_mut()? {
            Value::Bytes(bytes) => Some(bytes.to_string()),
            Value::BytesOrHalf(bytes) => bytes.map(|bytes| bytes.to_string()),
            Value::Number(number) => Some(number.to_string()),
            Value::Status(status) => Some(status.to_string()),
            Value::Message(message) if message.is_empty() => None,
            Value::Message(message) => Some(utf8_percent_encode(message, RESERVED).to_string()),
        }
    }

    pub(crate) fn with_value(mut self, value: &str) -> Option<FaultKind> {
        match self.value_mut()? {
            Value::Bytes(bytes) => *bytes = value.parse().ok()?,
            Value::BytesOrHalf(bytes) => *bytes = Some(value.parse().ok()?),
            Value::Number(number) => *number = value.parse().ok()?,
            Value::Status(status) => {
                *status = u16::from_str(value).ok().filter(|status| (520..=527).contains(status))?;
            }
            Value::Message(message) => *message = percent_decode_str(value).decode_utf8().ok()?.into_owned(),
        }
        (self != FaultKind::FewerAssets { number: 0 }).then_some(self)
    }
}
