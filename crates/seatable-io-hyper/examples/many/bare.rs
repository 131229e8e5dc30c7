//! The same requests, made only with hyper's client: nothing is repeated, watched or limited.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use seatable_io_hyper::proto::{
    BaseName, BaseUuid, ContentAddress, Endpoint, ExportContent, FileName, Format, ImportFile, ImportReply,
    QueryStatus, Server, StartExport, StartImport, TaskId, TaskStatus,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{Failure, name};

pub(crate) struct Bare {
    client: Client<HttpConnector, Full<Bytes>>,
    server: Server,
    file: Bytes,
    requests: AtomicU64,
    /// The ID of each task and the UUID of its base, once the task is started.
    started: Box<[OnceLock<(TaskId, BaseUuid)>]>,
}

impl Bare {
    pub(crate) fn new(server: Server, file: Bytes, tasks: usize) -> Arc<Self> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let started = (0..tasks).map(|_| OnceLock::new()).collect();
        Arc::new(Self { client, server, file, requests: AtomicU64::default(), started })
    }

    /// Imports and exports as many bases as there are tasks, in the order of a queue: all are started, then all are polled,
    /// then the files are downloaded. Returns the number of requests.
    pub(crate) async fn run(self: Arc<Self>, connections: usize) -> Result<u64, Failure> {
        for phase in 0..3 {
            let (next, mut running) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
            for _ in 0..connections {
                let (bare, next) = (Arc::clone(&self), Arc::clone(&next));
                running.spawn(async move {
                    while let number = next.fetch_add(1, Ordering::Relaxed)
                        && number < bare.started.len()
                    {
                        bare.step(phase, number).await?;
                    }
                    Ok::<_, Failure>(())
                });
            }
            running.join_all().await.into_iter().collect::<Result<(), _>>()?;
        }
        Ok(self.requests.load(Ordering::Relaxed))
    }

    async fn step(&self, phase: usize, number: usize) -> Result<(), Failure> {
        let is_import = number.is_multiple_of(2);
        let Some((task, base)) = self.started[number].get() else {
            let started = if is_import { self.import(number).await? } else { self.export(number).await? };
            return self.started[number].set(started).map_err(|_| "started twice".into());
        };
        if phase == 1 {
            while self.call(QueryStatus::new(task.clone())).await? != TaskStatus::Finished {}
        } else if !is_import {
            self.call(ExportContent::new(task.clone(), base.clone(), ContentAddress::Site)).await?;
        }
        Ok(())
    }

    async fn import(&self, number: usize) -> Result<(TaskId, BaseUuid), Failure> {
        let name = FileName::new(&name(number), Format::Dtable)?;
        let file = ImportFile::new(1, name, self.file.len() as u64, Uuid::from_u128(number as u128))?;
        match self.call(StartImport::new(file)).await? {
            ImportReply::Started { task, base } => Ok((task, base.uuid)),
            other => Err(format!("{other:?}").into()),
        }
    }

    async fn export(&self, number: usize) -> Result<(TaskId, BaseUuid), Failure> {
        let started = self.call(StartExport::new(1, BaseName::new(name(number))?)?).await?;
        Ok((started.task, started.base.uuid))
    }

    async fn call<E: Endpoint>(&self, endpoint: E) -> Result<E::Reply, Failure> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let request = endpoint.request(&self.server).map(|body| {
            let file = if body.file_len() > 0 { &self.file[..] } else { &[] };
            Full::from([body.head(), file, body.tail()].concat())
        });
        let (head, body) = self.client.request(request).await?.into_parts();
        Ok(E::reply(&head, &body.collect().await?.to_bytes())?)
    }
}
