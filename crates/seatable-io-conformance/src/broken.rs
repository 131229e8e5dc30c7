use std::error::Error;
use std::fmt;

use crate::Promise;

/// A promise that a transport has broken, and the scenario that shows it. `Debug` is the same text as `Display`, so that
/// `unwrap` in a test prints it.
pub struct Broken(Box<Inner>);

struct Inner {
    promise: Promise,
    scenario: String,
    details: String,
}

impl Broken {
    pub(crate) fn new(promise: Promise, scenario: impl fmt::Display, details: impl Into<String>) -> Self {
        Self(Box::new(Inner { promise, scenario: scenario.to_string(), details: details.into() }))
    }

    /// Returns the promise.
    pub fn promise(&self) -> Promise {
        self.0.promise
    }

    /// Returns the scenario, such as `import to a 2021 server with import:lost`.
    pub fn scenario(&self) -> &str {
        &self.0.scenario
    }

    /// Returns what was expected, and what happened.
    pub fn details(&self) -> &str {
        &self.0.details
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { promise, scenario, details } = &*self.0;
        write!(f, "broken promise: a transport {promise}\nscenario: {scenario}\n{details}")
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Broken {}
