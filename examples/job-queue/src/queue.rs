//! apalis over SQLite or PostgreSQL.

use std::time::Duration;

use anyhow::Result;
use apalis::prelude::{BackendExt, TaskSink, WorkerBuilder, WorkerBuilderExt};
use apalis_postgres::{PgPool, PostgresStorage};
use apalis_sqlite::{SqliteConnectOptions, SqlitePool, SqliteStorage};
use seatable_io_hyper::seed;
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use crate::{Job, Worker, handle};

const QUEUE: &str = "seatable";

/// How often a worker without jobs asks for one.
const POLL: Duration = Duration::from_millis(250);

/// The jobs, in a database of SQLite or PostgreSQL.
#[derive(Clone, Debug)]
pub enum Queue {
    /// For workers on one machine.
    Sqlite(SqlitePool),
    /// For workers on many machines.
    Postgres(PgPool),
}

impl Queue {
    /// Connects to the database of a URL such as `sqlite:jobs.db` or `postgres://host/jobs`.
    ///
    /// # Errors
    ///
    /// That of the database.
    pub async fn connect(url: &str) -> Result<Self> {
        if url.starts_with("sqlite:") {
            let options: SqliteConnectOptions = url.parse()?;
            let options = options.create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
            Ok(Self::Sqlite(SqlitePool::connect_with(options.synchronous(SqliteSynchronous::Full)).await?))
        } else {
            Ok(Self::Postgres(PgPool::connect(url).await?))
        }
    }

    /// Creates the tables of apalis. Not `SqliteStorage::setup`: a database that it sets up can lose jobs if the machine fails.
    ///
    /// # Errors
    ///
    /// That of the database.
    pub async fn setup(&self) -> Result<()> {
        match self {
            Self::Sqlite(pool) => SqliteStorage::migrations().run(pool).await?,
            Self::Postgres(pool) => PostgresStorage::setup(pool).await?,
        }
        Ok(())
    }

    /// Adds a job.
    ///
    /// # Errors
    ///
    /// That of the database.
    pub async fn push(&self, job: Job) -> Result<()> {
        match self {
            Self::Sqlite(pool) => {
                let config = apalis_sqlite::Config::default().queue(QUEUE);
                SqliteStorage::new(pool).with_config(config).push(job).await?;
            }
            Self::Postgres(pool) => {
                let config = apalis_postgres::Config::default().queue(QUEUE);
                PostgresStorage::new(pool).with_config(config).push(job).await?;
            }
        }
        Ok(())
    }

    /// Runs jobs, up to `at_once` at a time, until `end` is ready. A worker that has not been heard of for `dead_after`, in
    /// whole seconds and at least 2, counts as dead: its jobs are delivered to others.
    ///
    /// # Errors
    ///
    /// That of the database: the worker has ended, and its jobs are delivered to others.
    pub async fn work(
        &self,
        worker: Worker,
        at_once: usize,
        dead_after: Duration,
        end: impl Future<Output = std::io::Result<()>> + Send + 'static,
    ) -> Result<()> {
        let heartbeat = dead_after / 2;
        let name = format!("{QUEUE}-{:032x}", seed()?);
        match self {
            Self::Sqlite(pool) => {
                let config = apalis_sqlite::Config::default().queue(QUEUE).batch_size(at_once);
                let config = config.heartbeat_interval(heartbeat).missed_heartbeats(2);
                let backend = SqliteStorage::new(pool).with_config(config).poll_with_interval(POLL);
                let builder = WorkerBuilder::new(name).backend(backend).concurrency(at_once).data(worker);
                builder.build(handle).run_until(end).await?;
            }
            Self::Postgres(pool) => {
                let config = apalis_postgres::Config::default().queue(QUEUE).batch_size(at_once);
                let config = config.heartbeat_interval(heartbeat).missed_heartbeats(2);
                let backend = PostgresStorage::new(pool).with_config(config).poll_with_interval(POLL);
                let builder = WorkerBuilder::new(name).backend(backend).concurrency(at_once).data(worker);
                builder.build(handle).run_until(end).await?;
            }
        }
        Ok(())
    }
}
