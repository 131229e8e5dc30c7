//! A row for each job.

use std::io;
use std::time::Duration;

use seatable_io_hyper::{Resume, seed};
use serde::{Deserialize, Serialize};
use sqlx::{AnyPool, AssertSqlSafe, Error};
use tokio::time::sleep;

/// How often a delivery asks for a lease that another has.
const WAIT: Duration = Duration::from_millis(500);

/// What is known of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum State {
    /// Nothing was requested yet, unless it is an export: then another task may have been started.
    New,
    /// The file of an import may have been sent.
    Sending,
    /// The server has started a task.
    Accepted(Resume),
    /// The result, or why there is none.
    Ended(Result<String, String>),
}

/// The rows, in a database of SQLite or PostgreSQL.
#[derive(Clone, Debug)]
pub struct Store {
    pool: AnyPool,
    /// The time of the database in milliseconds, which is the same for all workers.
    now: &'static str,
    lease: Duration,
}

/// The right to run a job, until it expires.
#[derive(Debug)]
pub struct Lease {
    store: Store,
    job: String,
    holder: String,
}

impl Store {
    /// Connects to the database of this URL. A lease that is not renewed expires after `lease`.
    ///
    /// # Errors
    ///
    /// That of the database.
    pub async fn connect(url: &str, lease: Duration) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        let now = if url.starts_with("sqlite:") {
            "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
        } else {
            "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
        };
        Ok(Self { pool: AnyPool::connect(url).await?, now, lease })
    }

    /// Creates the table.
    ///
    /// # Errors
    ///
    /// That of the database.
    pub async fn setup(&self) -> Result<(), Error> {
        let table = "CREATE TABLE IF NOT EXISTS runs \
            (job TEXT PRIMARY KEY, holder TEXT NOT NULL, expires BIGINT NOT NULL, state TEXT NOT NULL)";
        sqlx::query(table).execute(&self.pool).await.map(drop)
    }

    /// Waits until no other delivery of the job has its lease, and takes it.
    ///
    /// # Errors
    ///
    /// That of the database.
    pub async fn claim(&self, job: &str) -> Result<(Lease, State), Error> {
        let holder = format!("{:032x}", seed()?);
        let lease = Lease { store: self.clone(), job: job.to_owned(), holder };
        let claim = format!(
            "INSERT INTO runs (job, holder, expires, state) VALUES ($1, $2, {now} + $3, $4) \
            ON CONFLICT (job) DO UPDATE SET holder = excluded.holder, expires = excluded.expires \
            WHERE runs.expires <= {now} RETURNING state",
            now = self.now
        );
        loop {
            let row = sqlx::query_scalar::<_, String>(AssertSqlSafe(claim.clone()))
                .bind(&lease.job)
                .bind(&lease.holder);
            let row = row.bind(millis(self.lease)).bind(text(&State::New)?).fetch_optional(&self.pool);
            match row.await? {
                Some(state) => return Ok((lease, serde_json::from_str(&state).map_err(decode)?)),
                None => sleep(WAIT).await,
            }
        }
    }

    /// Returns what is known of each job that was delivered.
    ///
    /// # Errors
    ///
    /// That of the database.
    pub async fn states(&self) -> Result<Vec<State>, Error> {
        let states = sqlx::query_scalar::<_, String>("SELECT state FROM runs").fetch_all(&self.pool).await?;
        states.iter().map(|state| serde_json::from_str(state).map_err(decode)).collect()
    }
}

impl Lease {
    /// Renews the lease until it is lost, or that cannot be known.
    pub async fn keep(&self) -> Error {
        loop {
            sleep(self.store.lease / 4).await;
            if let Err(error) = self.renew(self.store.lease, None).await {
                return error;
            }
        }
    }

    /// Records a state, durably.
    ///
    /// # Errors
    ///
    /// The lease is lost, or the database fails.
    pub async fn save(&self, state: &State) -> Result<(), Error> {
        self.renew(self.store.lease, Some(text(state)?)).await
    }

    /// Records how the job ended, and gives the lease back.
    ///
    /// # Errors
    ///
    /// As [`save`](Self::save).
    pub async fn end(&self, ended: &Result<String, String>) -> Result<(), Error> {
        self.renew(Duration::ZERO, Some(text(&State::Ended(ended.clone()))?)).await
    }

    async fn renew(&self, lease: Duration, state: Option<String>) -> Result<(), Error> {
        let renew = AssertSqlSafe(format!(
            "UPDATE runs SET expires = {} + $3, state = COALESCE($4, state) WHERE job = $1 AND holder = $2",
            self.store.now
        ));
        let query = sqlx::query(renew).bind(&self.job).bind(&self.holder).bind(millis(lease)).bind(state);
        if query.execute(&self.store.pool).await?.rows_affected() == 1 {
            return Ok(());
        }
        Err(Error::Io(io::Error::other("another worker has taken the lease of this job")))
    }
}

fn text(state: &State) -> Result<String, Error> {
    serde_json::to_string(state).map_err(|error| Error::Encode(error.into()))
}

fn decode(error: serde_json::Error) -> Error {
    Error::Decode(error.into())
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
