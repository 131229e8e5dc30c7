use std::fmt;
use std::str::FromStr;

use percent_encoding::{percent_decode_str, utf8_percent_encode};

use crate::fault_kind::RESERVED;
use crate::{Call, FaultKind, Generation};

/// A fault: the requests that it hits, and its kind.
///
/// It is written `CALL[/NAME]:WHAT[@VALUE][*TIMES][+SKIP]`:
///
/// * `NAME` is the name of a base, of a workspace, or both, such as `Sales`, `personal` or `personal/Sales`. The workspace
///   of a group has the group's name, and one of another user is `shared`. By default, the fault hits requests for any base.
/// * `VALUE` is a number or a message. In messages and names, `%`, `*`, `+`, `:` and `@` are percent-encoded.
/// * `TIMES` is the number of requests it hits, or `always` (default 1).
/// * `SKIP` is the number of matching requests that pass before that (default 0).
///
/// ```
/// use seatable_io_sandbox::{Call, Fault, FaultKind};
///
/// let fault: Fault = "export/Sales:429@3*2+1".parse()?;
/// let same = Fault::new(Call::StartExport, FaultKind::Busy { retry_after: 3 }).only("Sales").times(2).after(1);
/// assert_eq!(fault, same);
/// assert_eq!(fault.to_string(), "export/Sales:429@3*2+1");
/// # Ok::<(), seatable_io_sandbox::InvalidFault>(())
/// ```
///
/// `CALL` and `WHAT` are each one of these:
///
/// ```text
#[doc = include_str!("faults.txt")]
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fault {
    /// The call that it hits; `None` means each call to which the [`kind`](Fault::kind) applies.
    pub call: Option<Call>,
    /// The base or workspace that it hits; `None` means any.
    pub name: Option<String>,
    /// The kind of the fault.
    pub kind: FaultKind,
    /// The number of requests that it hits; [`u32::MAX`] means all.
    pub times: u32,
    /// The number of matching requests that pass before the first that it hits.
    pub skip: u32,
}

impl Fault {
    /// The names of all calls and kinds, with their effects, one per line.
    pub const LIST: &'static str = include_str!("faults.txt");

    /// Creates a fault that hits the next request of this call.
    pub fn new(call: Call, kind: FaultKind) -> Self {
        Fault { call: Some(call), ..Fault::any(kind) }
    }

    /// Creates a fault that hits the next request of any call to which `kind` applies.
    pub fn any(kind: FaultKind) -> Self {
        Fault { call: None, name: None, kind, times: 1, skip: 0 }
    }

    /// Hits only requests for the base or the workspace with this name.
    pub fn only(self, name: impl Into<String>) -> Self {
        Fault { name: Some(name.into()), ..self }
    }

    /// Hits this many requests.
    pub fn times(self, times: u32) -> Self {
        Fault { times, ..self }
    }

    /// Hits every matching request from then on.
    pub fn always(self) -> Self {
        self.times(u32::MAX)
    }

    /// Lets this many matching requests pass before the first that it hits.
    pub fn after(self, skip: u32) -> Self {
        Fault { skip, ..self }
    }

    /// Checks that a server of this generation can receive a request that the fault hits.
    ///
    /// # Errors
    ///
    /// The reason why it cannot.
    pub fn check(&self, generation: Generation) -> Result<(), InvalidFault> {
        let reason = match self.call {
            _ if self.times == 0 => "it hits no request".to_owned(),
            Some(call) if !call.exists_on(generation) => format!("a {generation} server has no such call"),
            Some(call) if !self.kind.applies_to(call) => {
                let calls = self.kind.calls().unwrap_or_default().iter().copied();
                format!("`{}` applies only to {}", self.kind.name(), names(calls))
            }
            Some(call) if self.name.is_some() && !call.has_name() => {
                format!("`{}` is not about one base or workspace", call.name())
            }
            _ => return Ok(()),
        };
        Err(InvalidFault { text: self.to_string(), reason: format!("can never happen: {reason}") })
    }

    /// Counts a request of this call for a base or workspace with one of these names, and returns whether the fault hits it.
    pub(crate) fn counts(&mut self, call: Call, is_served: bool, names: &[String]) -> bool {
        let is_call = self.call.map_or_else(|| self.kind.applies_to(call), |wanted| wanted == call)
            && (is_served || self.kind.calls().is_none());
        let is_named = self.name.as_ref().is_none_or(|wanted| names.contains(wanted));
        if self.times == 0 || !is_call || !is_named {
            return false;
        }
        let hits = self.skip == 0;
        self.skip = self.skip.saturating_sub(1);
        hits
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.call.map_or("any", Call::name))?;
        if let Some(name) = &self.name {
            write!(f, "/{}", utf8_percent_encode(name, RESERVED))?;
        }
        write!(f, ":{}", self.kind.name())?;
        if let Some(value) = self.kind.value() {
            write!(f, "@{value}")?;
        }
        match self.times {
            1 => {}
            u32::MAX => f.write_str("*always")?,
            times => write!(f, "*{times}")?,
        }
        if self.skip > 0 { write!(f, "+{}", self.skip) } else { Ok(()) }
    }
}

impl FromStr for Fault {
    type Err = InvalidFault;

    fn from_str(text: &str) -> Result<Self, InvalidFault> {
        let read = || {
            let (place, rest) = text.split_once(':').ok_or("there is no `:` after the name of a call")?;
            let (call, name) = place.split_once('/').map_or((place, None), |(call, name)| (call, Some(name)));
            let (rest, skip) = rest.split_once('+').unwrap_or((rest, "0"));
            let (kind, times) = rest.split_once('*').unwrap_or((rest, "1"));
            let times = if times == "always" { Ok(u32::MAX) } else { times.parse() };
            Ok(Fault {
                call: read_call(call)?,
                name: name.map(read_name).transpose()?,
                kind: read_kind(kind)?,
                times: times.map_err(|_| "after `*` there must be a number or `always`")?,
                skip: skip.parse().map_err(|_| format!("`{skip}` after `+` is not a number"))?,
            })
        };
        read().map_err(|reason: String| InvalidFault {
            text: text.to_owned(),
            reason: format!(
                "is not a fault: {reason} (write CALL[/NAME]:WHAT[@VALUE][*TIMES][+SKIP], such as `export:429@3*2+1`)"
            ),
        })
    }
}

/// Returns the call with this name, or `None` for any.
fn read_call(name: &str) -> Result<Option<Call>, String> {
    if name == "any" {
        return Ok(None);
    }
    let unknown = || format!("there is no call `{name}`; there are {}, any", names(Call::all()));
    Call::all().find(|call| call.name() == name).map(Some).ok_or_else(unknown)
}

fn read_name(name: &str) -> Result<String, String> {
    let name = percent_decode_str(name).decode_utf8().map_err(|_| format!("`{name}` is not UTF-8"))?;
    if name.is_empty() { Err("there is no name after `/`".to_owned()) } else { Ok(name.into_owned()) }
}

fn read_kind(text: &str) -> Result<FaultKind, String> {
    let (name, value) = text.split_once('@').map_or((text, None), |(name, value)| (name, Some(value)));
    let kind = FaultKind::all().find(|kind| kind.name() == name).ok_or_else(|| {
        let known: Vec<_> = FaultKind::all().map(FaultKind::name).collect();
        format!("there is no fault `{name}`; there are {}", known.join(", "))
    })?;
    let Some(value) = value else { return Ok(kind.clone()) };
    kind.clone().with_value(value).ok_or_else(|| format!("`{name}` takes no value `{value}`"))
}

fn names(calls: impl Iterator<Item = Call>) -> String {
    calls.map(Call::name).collect::<Vec<_>>().join(", ")
}

/// The error for a text that is not a fault, or for a fault that can never happen. The message gives the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {reason}")]
pub struct InvalidFault {
    text: String,
    reason: String,
}
