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
    pace: Pace,
    pub(crate) one_pass: bool,
}

impl Settings {
    pub(crate) fn new(server: &Server, paces: &Paces) -> Self {
        Self { server: server.clone(), policy: Policy::default(), pace: paces.of(server), one_pass: false }
    }

    pub(crate) fn set_pace(&mut self, pace: &Pace) {
        self.pace = pace.clone();
    }

    /// Creates the operation with a random seed.
    pub(crate) fn operation(
        self,
        create: impl FnOnce(Server, Policy, u128) -> Operation,
    ) -> Result<Operation, Error> {
        let operation = create(self.server, self.policy, crate::seed()?).paced(&self.pace);
        Ok(if self.one_pass { operation.one_pass() } else { operation })
    }
}

/// Where a file is saved.
#[derive(Clone, Debug, Default)]
pub struct Destination {
    pub(crate) path: Option<PathBuf>,
    pub(crate) overwrite: bool,
    /// The caller has a sink, which takes precedence over a path.
    pub(crate) has_sink: bool,
}

impl Destination {
    /// The sink of an export, unless the caller has one.
    pub(crate) fn sink(self) -> Result<Option<FileSink>, Error> {
        if self.has_sink {
            return Ok(None);
        }
        let path = self.path.ok_or_else(|| Error::from_sink(no_sink()))?;
        let sink = if self.overwrite { FileSink::create(path) } else { FileSink::create_new(path) };
        sink.map(Some).map_err(Error::from_sink)
    }
}
