use std::fmt;
use std::str::FromStr;

/// The generation of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Generation {
    /// Servers of the 2020 page: content at `/api/v2.1/dtable-export-content/`.
    Y2020,
    /// Servers of the 2021 page: content at `/dtable-export-content/`.
    Y2021,
    /// Servers 4.x to 6.x: an export in one request.
    Current,
}

impl Generation {
    /// All three generations, oldest first.
    pub const ALL: [Generation; 3] = [Generation::Y2020, Generation::Y2021, Generation::Current];
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Generation::Y2020 => "2020",
            Generation::Y2021 => "2021",
            Generation::Current => "current",
        })
    }
}

impl FromStr for Generation {
    type Err = UnknownGeneration;

    fn from_str(text: &str) -> Result<Self, UnknownGeneration> {
        let found = Generation::ALL.into_iter().find(|generation| generation.to_string() == text);
        found.ok_or_else(|| UnknownGeneration(text.to_owned()))
    }
}

/// The error for a text that is not the name of a generation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a generation of server: write 2020, 2021 or current")]
pub struct UnknownGeneration(String);
