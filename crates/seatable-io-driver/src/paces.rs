use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use seatable_io_proto::Server;
use seatable_io_task::Pace;

use crate::lock;

/// The [`Pace`] of each server that a client and its clones have used.
#[derive(Clone, Default)]
pub(crate) struct Paces(Arc<Mutex<HashMap<Server, Pace>>>);

impl Paces {
    pub(crate) fn of(&self, server: &Server) -> Pace {
        lock(&self.0).entry(server.clone()).or_default().clone()
    }
}
