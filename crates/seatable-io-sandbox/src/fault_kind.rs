use std::mem::discriminant;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::Call;

/// The characters that are percent-encoded in the messages and names of a fault.
pub(crate) const RESERVED: &AsciiSet = &CONTROLS.add(b'%').add(b'*').add(b'+').add(b':').add(b'@');

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
    LoseRows { number: u32 },
    Shift,
}

const STARTS: Option<&[Call]> = Some(&[
    Call::StartImport,
    Call::StartExport,
    Call::SynchronousExport,
    Call::ImportTable,
    Call::ConfirmTable,
    Call::ExportByUuid,
]);
const FORGETTABLE: Option<&[Call]> = Some(&[Call::StartImport, Call::StartExport, Call::ConfirmTable]);
const EXPORTS: Option<&[Call]> = Some(&[Call::StartExport, Call::SynchronousExport, Call::ExportByUuid]);
const IMPORTS: Option<&[Call]> = Some(&[Call::StartImport, Call::ImportTable, Call::ConfirmTable]);
const UPLOADS: Option<&[Call]> = Some(&[Call::StartImport, Call::ImportTable]);

/// Each kind by name, with its default value, and the calls to which it applies, or `None` if that is all.
type Row = (&'static str, FaultKind, Option<&'static [Call]>);
static TABLE: [Row; 47] = [
    ("lost", FaultKind::Lost, None),
    ("silent", FaultKind::Silent, None),
    ("refused", FaultKind::Refused, None),
    ("upload-cut", FaultKind::UploadCut { after: None }, UPLOADS),
    ("cut", FaultKind::Cut { after: 100 }, None),
    ("cut-chunked", FaultKind::CutChunked { after: 100 }, None),
    ("chunked", FaultKind::Chunked, None),
    ("429", FaultKind::Busy { retry_after: 1 }, None),
    ("429-date", FaultKind::BusyUntil { seconds: 1 }, None),
    ("429-empty", FaultKind::BusyEmpty, None),
    ("500", FaultKind::InternalError { acted: false }, None),
    ("500-acted", FaultKind::InternalError { acted: true }, None),
    ("500-html", FaultKind::InternalErrorPage, None),
    ("502", FaultKind::BadGateway { acted: false }, None),
    ("502-acted", FaultKind::BadGateway { acted: true }, None),
    ("503", FaultKind::Unavailable { acted: false }, None),
    ("503-acted", FaultKind::Unavailable { acted: true }, None),
    ("503-retry", FaultKind::UnavailableFor { retry_after: 1 }, None),
    ("503-maintenance", FaultKind::Maintenance { retry_after: 3600 }, None),
    ("retry-header", FaultKind::RetryHeader { retry_after: 3600 }, None),
    ("504", FaultKind::GatewayTimeout { acted: false }, None),
    ("504-acted", FaultKind::GatewayTimeout { acted: true }, None),
    ("413", FaultKind::TooLarge, None),
    ("401", FaultKind::InvalidToken, None),
    ("403", FaultKind::PermissionDenied, None),
    ("403-credentials", FaultKind::NoCredentials, None),
    ("403-html", FaultKind::Forbidden, None),
    ("520", FaultKind::Cdn { status: 520 }, None),
    ("queue-full", FaultKind::QueueFull, STARTS),
    ("fail", FaultKind::Fail { message: String::new() }, STARTS),
    ("fail-413", FaultKind::FailTooLarge { message: String::new() }, STARTS),
    ("fail-empty", FaultKind::FailEmpty, Some(&[Call::StartExport])),
    ("forget", FaultKind::Forget, FORGETTABLE),
    ("restart", FaultKind::Restart, None),
    ("slow", FaultKind::Slow { millis: 1000 }, STARTS),
    ("no-assets", FaultKind::NoAssets, EXPORTS),
    ("fewer-assets", FaultKind::FewerAssets { number: 1 }, EXPORTS),
    ("login", FaultKind::LoginPage, None),
    ("redirect", FaultKind::Redirect, None),
    ("truncated", FaultKind::Truncated, None),
    ("html", FaultKind::Page, None),
    ("empty-object", FaultKind::EmptyObject, None),
    ("empty", FaultKind::Empty, None),
    ("huge", FaultKind::Huge { bytes: 5 << 20 }, None),
    ("odd-finished", FaultKind::OddFinished, Some(&[Call::QueryStatus])),
    ("lose-rows", FaultKind::LoseRows { number: 1 }, IMPORTS),
    ("shift", FaultKind::Shift, Some(&[Call::ListServerBases])),
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
        TABLE.iter().map(|(_, kind, _)| kind)
    }

    /// Returns the name used in the text of a fault.
    pub fn name(&self) -> &'static str {
        self.row().map_or("", |(name, ..)| name)
    }

    /// Returns the calls to which it applies, or `None` if that is all.
    pub(crate) fn calls(&self) -> Option<&'static [Call]> {
        self.row()?.2
    }

    fn row(&self) -> Option<&'static Row> {
        let has_value = self.clone().value_mut().is_some();
        let is_self = |kind| kind == self || has_value && discriminant(kind) == discriminant(self);
        TABLE.iter().find(|(_, kind, _)| is_self(kind))
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
            | FaultKind::LoseRows { number }
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
        let nothing = [FaultKind::FewerAssets { number: 0 }, FaultKind::LoseRows { number: 0 }];
        (!nothing.contains(&self)).then_some(self)
    }
}
