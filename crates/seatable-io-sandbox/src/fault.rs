use std::fmt;
use std::str::FromStr;

use crate::{Call, What};

/// Something that goes wrong: on which call, what, how often, after how many that went well.
///
/// It is written `CALL:WHAT[@VALUE][*TIMES][+SKIP]`:
///
/// * `CALL` is `import`, `export`, `status`, `content`, `synchronous-export`, `synchronous-import`, `table-probe`,
///   `table-preview`, `table-confirm`, `cancel`, `workspaces`, `user-admin-dtables`, `server-info`, `auth-token`, `other`
///   or `any`;
/// * `WHAT` is a name from the table at [`What`], `VALUE` its number or words (in words `%`, `*`, `+` and `@` are written
///   percent-encoded); without it, the table's default holds;
/// * `TIMES` is how many requests it hits, or `always`; it defaults to 1;
/// * `SKIP` is how many matching requests pass before that; it defaults to 0.
///
/// ```
/// use seatable_io_sandbox::{Call, Fault, What};
///
/// let fault: Fault = "export:429@3*2+1".parse()?;
/// assert_eq!(fault, Fault::new(Call::Export, What::Busy { retry_after: 3 }).times(2).after(1));
/// assert_eq!(fault.to_string(), "export:429@3*2+1");
/// # Ok::<(), seatable_io_sandbox::InvalidFault>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fault {
    /// The call that it hits; `None` means any call.
    pub call: Option<Call>,
    /// What goes wrong.
    pub what: What,
    /// How many requests it hits, [`u32::MAX`] for all.
    pub times: u32,
    /// How many matching requests pass before the first that it hits.
    pub skip: u32,
}

impl Fault {
    /// Hits the next request of this call, once.
    pub fn new(call: Call, what: What) -> Self {
        Fault { call: Some(call), what, times: 1, skip: 0 }
    }

    /// Hits the next request of any call, once.
    pub fn any(what: What) -> Self {
        Fault { call: None, what, times: 1, skip: 0 }
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

    /// Counts a request of this call; whether the fault would hit it.
    pub(crate) fn ripe(&mut self, call: Call) -> bool {
        if self.times == 0 || self.call.is_some_and(|wanted| wanted != call) {
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
        write!(f, "{}:{}", self.call.map_or("any", Call::as_str), self.what.name())?;
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
        let bad = |why: String| InvalidFault { text: text.to_owned(), why };
        let (call, rest) =
            text.split_once(':').ok_or_else(|| bad("there is no `:` after the name of a call".to_owned()))?;
        let call = match call {
            "any" => None,
            name => Some(Call::from_name(name).ok_or_else(|| bad(unknown("call", name, &call_names())))?),
        };
        let (rest, skip) = rest.split_once('+').unwrap_or((rest, "0"));
        let skip = skip.parse().map_err(|_| bad(format!("`{skip}` after `+` is not a number")))?;
        let (rest, times) = rest.split_once('*').unwrap_or((rest, "1"));
        let times = if times == "always" { Ok(u32::MAX) } else { times.parse() };
        let times = times.map_err(|_| bad("after `*` there must be a number or `always`".to_owned()))?;
        let (name, value) = rest.split_once('@').map_or((rest, None), |(name, value)| (name, Some(value)));
        let kind = What::ALL.iter().find(|kind| kind.name() == name);
        let kind = kind.ok_or_else(|| bad(unknown("fault", name, &fault_names())))?.clone();
        let what = match value {
            Some(value) => {
                kind.with_value(value).ok_or_else(|| bad(format!("`{name}` takes no value `{value}`")))?
            }
            None => kind,
        };
        Ok(Fault { call, what, times, skip })
    }
}

fn unknown(sort: &str, name: &str, known: &str) -> String {
    format!("there is no {sort} `{name}`; there are {known}")
}

fn call_names() -> String {
    let names: Vec<_> = Call::ALL.iter().map(|call| call.as_str()).chain(["any"]).collect();
    names.join(", ")
}

fn fault_names() -> String {
    let names: Vec<_> = What::ALL.iter().map(What::name).collect();
    names.join(", ")
}

/// The text is not a fault. The message says why, and which faults there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a fault: {why} (write CALL:WHAT[@VALUE][*TIMES][+SKIP], such as `export:429@3*2+1`)"
)]
pub struct InvalidFault {
    text: String,
    why: String,
}
