use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::{Call, Generation, What};

/// What stands percent-encoded in the words and names of a fault.
pub(crate) const RESERVED: &AsciiSet = &CONTROLS.add(b'%').add(b'*').add(b'+').add(b':').add(b'@');

/// Something that goes wrong: on which call, for which base, what, how often, after how many that went well.
///
/// It is written `CALL[/NAME]:WHAT[@VALUE][*TIMES][+SKIP]`:
///
/// * `NAME` is the name of a base, of a workspace, or both, such as `Sales`, `personal` or `personal/Sales`; the workspace of
///   a group has the group's name, and one of someone else is `shared`. Without it, the fault hits requests about any base.
/// * `VALUE` is a number or words; without it, the default holds. In words and names, `%`, `*`, `+`, `:` and `@` are written
///   percent-encoded.
/// * `TIMES` is how many requests it hits, or `always`; it defaults to 1.
/// * `SKIP` is how many matching requests pass before that; it defaults to 0.
///
/// ```
/// use seatable_io_sandbox::{Call, Fault, What};
///
/// let fault: Fault = "export/Sales:429@3*2+1".parse()?;
/// let known = Fault::new(Call::Export, What::Busy { retry_after: 3 }).only("Sales").times(2).after(1);
/// assert_eq!(fault, known);
/// assert_eq!(fault.to_string(), "export/Sales:429@3*2+1");
/// # Ok::<(), seatable_io_sandbox::InvalidFault>(())
/// ```
///
/// `CALL` and `WHAT` are one of these:
///
/// ```text
#[doc = include_str!("faults.txt")]
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fault {
    /// The call that it hits; `None` means each one to which [`what`](Fault::what) [applies](What::calls).
    pub call: Option<Call>,
    /// The base or workspace that it is about; `None` means any.
    pub name: Option<String>,
    /// What goes wrong.
    pub what: What,
    /// How many requests it hits, [`u32::MAX`] for all.
    pub times: u32,
    /// How many matching requests pass before the first that it hits.
    pub skip: u32,
}

impl Fault {
    /// The names of all calls and faults, with what they do, one a line.
    pub const LIST: &'static str = include_str!("faults.txt");

    /// Hits the next request of this call, once.
    pub fn new(call: Call, what: What) -> Self {
        Fault { call: Some(call), name: None, what, times: 1, skip: 0 }
    }

    /// Hits the next request of any call to which `what` applies, once.
    pub fn any(what: What) -> Self {
        Fault { call: None, name: None, what, times: 1, skip: 0 }
    }

    /// Hits only requests about the base or the workspace of this name.
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

    /// Whether a server of this generation can ever get a request that the fault hits.
    ///
    /// # Errors
    ///
    /// The reason why it cannot.
    pub fn check(&self, generation: Generation) -> Result<(), InvalidFault> {
        let name = self.what.name();
        let why = match self.call {
            _ if self.times == 0 => "it hits no request".to_owned(),
            Some(call) if !call.exists_on(generation) => format!("a {generation} server has no such call"),
            Some(call) if !self.what.calls().contains(&call) => {
                format!("`{name}` applies only to {}", names(self.what.calls()))
            }
            Some(call) if self.name.is_some() && !call.has_name() => {
                format!("`{}` is not about one base or workspace", call.as_str())
            }
            _ => return Ok(()),
        };
        Err(InvalidFault { text: self.to_string(), why: format!("can never happen: {why}") })
    }

    /// Counts a request of this call, which the server has or not, about what has one of these names; whether the fault would
    /// hit it.
    pub(crate) fn ripe(&mut self, call: Call, is_served: bool, names: &[String]) -> bool {
        let calls = self.what.calls();
        let is_call = self.call.map_or_else(|| calls.contains(&call), |wanted| wanted == call)
            && (is_served || calls.len() == Call::ALL.len());
        let is_named = self.name.as_ref().is_none_or(|wanted| names.contains(wanted));
        if self.times == 0 || !is_call || !is_named {
            return false;
        }
        let ripe = self.skip == 0;
        self.skip = self.skip.saturating_sub(1);
        ripe
    }

    pub(crate) fn spend(&mut self) {
        if self.times != u32::MAX {
            self.times -= 1;
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.call.map_or("any", Call::as_str))?;
        if let Some(name) = &self.name {
            write!(f, "/{}", utf8_percent_encode(name, RESERVED))?;
        }
        write!(f, ":{}", self.what.name())?;
        if let Some(value) = self.what.value() {
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
            let (what, times) = rest.split_once('*').unwrap_or((rest, "1"));
            let times = if times == "always" { Ok(u32::MAX) } else { times.parse() };
            Ok(Fault {
                call: read_call(call)?,
                name: name.map(read_name).transpose()?,
                what: read_what(what)?,
                times: times.map_err(|_| "after `*` there must be a number or `always`")?,
                skip: skip.parse().map_err(|_| format!("`{skip}` after `+` is not a number"))?,
            })
        };
        read().map_err(|why: String| InvalidFault {
            text: text.to_owned(),
            why: format!(
                "is not a fault: {why} (write CALL[/NAME]:WHAT[@VALUE][*TIMES][+SKIP], such as `export:429@3*2+1`)"
            ),
        })
    }
}

/// The call of this name, or `None` for any.
fn read_call(name: &str) -> Result<Option<Call>, String> {
    match name {
        "any" => Ok(None),
        _ => Call::from_name(name)
            .map(Some)
            .ok_or_else(|| format!("there is no call `{name}`; there are {}, any", names(&Call::ALL))),
    }
}

fn read_name(name: &str) -> Result<String, String> {
    let name = percent_decode_str(name).decode_utf8().map_err(|_| format!("`{name}` is not UTF-8"))?;
    if name.is_empty() { Err("there is no name after `/`".to_owned()) } else { Ok(name.into_owned()) }
}

/// A kind of fault, with its value if there is one.
fn read_what(text: &str) -> Result<What, String> {
    let (name, value) = text.split_once('@').map_or((text, None), |(name, value)| (name, Some(value)));
    let kind = What::ALL.iter().find(|kind| kind.name() == name).cloned();
    let kind = kind.ok_or_else(|| {
        let known: Vec<_> = What::ALL.iter().map(What::name).collect();
        format!("there is no fault `{name}`; there are {}", known.join(", "))
    })?;
    match value {
        Some(value) => kind.with_value(value).ok_or_else(|| format!("`{name}` takes no value `{value}`")),
        None => Ok(kind),
    }
}

fn names(calls: &[Call]) -> String {
    let names: Vec<_> = calls.iter().map(|call| call.as_str()).collect();
    names.join(", ")
}

/// The text is not a fault, or the fault can never happen. The message says why, and which faults there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {why}")]
pub struct InvalidFault {
    text: String,
    why: String,
}
