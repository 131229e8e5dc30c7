//! Exports of a whole account by two jobs of cron. The first one starts them all and ends; the second one saves what has
//! finished since, in as many processes as it takes:
//!
//! ```text
//! SEATABLE_TOKEN=…
//! 0 1 * * *     cron start   https://seatable.example /srv/exports
//! */10 * * * *  cron collect https://seatable.example /srv/exports
//! ```
//!
//! The tasks are in `/srv/exports/tasks.sqlite`, until their files are complete. Whatever a server has forgotten is exported
//! again. Current servers export in one request, so there `start` saves the files itself, and there is nothing to collect.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rusqlite::Connection;
use seatable_io_ureq::proto::TaskStatus;
use seatable_io_ureq::task::Scope;
use seatable_io_ureq::{Client, Config, ErrorKind, Resume, Server, Token};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [command, url, folder] = &arguments[..] else {
        bail!("usage: cron start|collect URL FOLDER, with the token in SEATABLE_TOKEN");
    };
    // The error of `var` may contain the value.
    let token = std::env::var("SEATABLE_TOKEN").map_err(|_| anyhow!("SEATABLE_TOKEN contains no token"))?;
    let server = Server::new(url, Token::new(&token)?)?;
    let folder = PathBuf::from(folder);
    // Until this process ends, even by a kill, the next one waits.
    let turn = File::create(folder.join("lock"))?;
    turn.lock()?;
    let tasks = Connection::open(folder.join("tasks.sqlite"))?;
    tasks.execute_batch(
        "CREATE TABLE IF NOT EXISTS tasks (workspace, base, resume, PRIMARY KEY (workspace, base))",
    )?;
    let job = Job { client: Client::new(Config::default())?, server, tasks, folder };
    match &command[..] {
        "start" => job.start(),
        "collect" => job.collect(),
        _ => Err(anyhow!("the command is `start` or `collect`")),
    }
}

struct Job {
    client: Client,
    server: Server,
    tasks: Connection,
    folder: PathBuf,
}

impl Job {
    /// Starts an export of each base that the account administers, unless one is waiting to be collected.
    fn start(&self) -> Result<()> {
        each(self.client.list(&self.server, Scope::Administered).run()?.bases, |listed| {
            let (workspace, base) = (listed.workspace, &listed.base.name);
            let query = "SELECT EXISTS (SELECT 1 FROM tasks WHERE workspace = ? AND base = ?)";
            if self.tasks.query_row(query, (workspace, base), |row| row.get(0))? {
                return Ok(());
            }
            match self.client.export(&self.server, workspace, base).no_wait().run() {
                Ok(accepted) => Ok(self.keep(workspace, base, &accepted.resume)?),
                Err(error) if error.operation().is_some_and(|it| it.kind() == ErrorKind::Unsupported) => {
                    println!("{base}: this server exports in one request, so the file is saved at once");
                    self.save(workspace, base, None)
                }
                Err(error) => Err(error.into()),
            }
        })
    }

    /// Saves the files of all tasks that are not running any more.
    fn collect(&self) -> Result<()> {
        let mut query = self.tasks.prepare("SELECT workspace, base, resume FROM tasks ORDER BY rowid")?;
        let rows = query.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let tasks = rows.collect::<rusqlite::Result<Vec<(u64, String, String)>>>()?;
        each(tasks, |(workspace, base, resume)| {
            let resume: Resume = serde_json::from_str(&resume)?;
            match self.client.status(&self.server, resume.task.clone()).run() {
                Ok(TaskStatus::Running) => Ok(()),
                // It has finished, or the server does not know it any more, which the file decides. Any other error comes again.
                _ => self.save(workspace, &base, Some(resume)),
            }
        })
    }

    /// Saves the file of a task; if the server has lost it, that of a new task, which is kept too.
    fn save(&self, workspace: u64, base: &str, resume: Option<Resume>) -> Result<()> {
        let name = format!("{workspace}-{}.dtable", utf8_percent_encode(base, NON_ALPHANUMERIC));
        let export = self.client.export(&self.server, workspace, base).or_resume(resume);
        let export = export.on_accepted(|resume| self.keep(workspace, base, &resume));
        export.save_to(self.folder.join(name)).overwrite().run()?;
        self.tasks.execute("DELETE FROM tasks WHERE workspace = ? AND base = ?", (workspace, base))?;
        Ok(())
    }

    fn keep(&self, workspace: u64, base: &str, resume: &Resume) -> io::Result<()> {
        let task = (workspace, base, serde_json::to_string(resume)?);
        let kept = self.tasks.execute("REPLACE INTO tasks (workspace, base, resume) VALUES (?, ?, ?)", task);
        kept.map(drop).map_err(io::Error::other)
    }
}

/// Does the work for each item, also after one has failed.
fn each<T>(items: Vec<T>, mut work: impl FnMut(T) -> Result<()>) -> Result<()> {
    let results = items.into_iter().map(|item| work(item).inspect_err(|error| eprintln!("{error}")));
    match results.filter(Result::is_err).count() {
        0 => Ok(()),
        failed => Err(anyhow!("exports that failed: {failed}")),
    }
}
