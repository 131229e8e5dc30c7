use std::path::PathBuf;

use seatable_io_proto::Server;
use seatable_io_task::{Operation, Pace, Policy};

use crate::file::no_sink;
use crate::paces::Paces;
use crate::{Error, FileSink};

/// The settings of a run that creates its operation itself.
#[derive(Clone, Debug)]
pub struct Settings {
    server: Server,
    pub(crate) policy: Policy,
    pub(crate) pace: Pace,
    pub(crate) one_pass: bool,
}

impl Settings {
    pub(crate) fn new(server: &Server, paces: &Paces) -> Self {
        Self { server: server.clone(), policy: Policy::default(), pace: paces.of(server), one_pass: false }
    }

    /// Creates an operation with a random seed.
    pub(crate) fn operation<T>(self, create: Create<T>, input: T) -> Result<Operation, Error> {
        let operation = create(self.server, input, self.policy, crate::seed()?).paced(&self.pace);
        Ok(if self.one_pass { operation.one_pass() } else { operation })
    }
}

/// A constructor of [`Operation`].
type Create<T> = fn(Server, T, Policy, u128) -> Operation;

/// Where a file is saved.
#[derive(Clone, Debug, Default)]
pub(crate) struct Destination {
    pub(crate) path: Option<PathBuf>,
    pub(crate) overwrite: bool,
}

impl Destination {
    pub(crate) fn sink(self) -> Result<FileSink, Error> {
        let path = self.path.ok_or_else(no_sink).map_err(Error::from_sink)?;
        let sink = if self.overwrite { FileSink::create(path) } else { FileSink::create_new(path) };
        sink.map_err(Error::from_sink)
    }
}
