//! An export that survives `kill -9`, a crash and a power cut: started again, it goes on with the task that the server still
//! has, instead of starting another one.
//!
//! ```text
//! SEATABLE_TOKEN=… cargo run -p resume -- https://cloud.seatable.io 204 Sales Sales.dtable
//! ```
//!
//! Until the file is complete, the task is kept in `Sales.dtable.task`. Current servers export in one request, without a task:
//! there is nothing to go on with, and an export that was killed begins anew.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use seatable_io_ureq::{Client, Config, FileSink, Resume, Server, Token};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, workspace, base, path] = &arguments[..] else {
        bail!("usage: resume URL WORKSPACE BASE FILE, with the token in SEATABLE_TOKEN");
    };
    // The error of `var` may contain the value.
    let token = std::env::var("SEATABLE_TOKEN").map_err(|_| anyhow!("SEATABLE_TOKEN contains no token"))?;
    let server = Server::new(url, Token::new(&token)?)?;
    export(&server, workspace.parse()?, base, Path::new(path))
}

fn export(server: &Server, workspace: u64, base: &str, path: &Path) -> Result<()> {
    let kept = Kept::beside(path);
    let resume = kept.read()?;
    // The file appears only when it is complete, and cannot have existed before the task: the run was killed in between.
    if resume.is_some() && path.exists() {
        return Ok(kept.remove()?);
    }
    FileSink::remove_leftovers(folder_of(path))?;
    let exported = Client::new(Config::default())?
        .export(server, workspace, base)
        .or_resume(resume)
        .on_accepted(|resume| kept.write(&resume))
        .save_to(path)
        .run()?;
    println!("{} bytes", exported.bytes);
    Ok(kept.remove()?)
}

/// A file with the task of an export. It is there from the moment at which the server has started the task to that at which
/// the exported file is complete.
struct Kept(PathBuf);

impl Kept {
    fn beside(path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push(".task");
        Self(name.into())
    }

    fn read(&self) -> io::Result<Option<Resume>> {
        match fs::read(&self.0) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces the task: whenever the power is cut, the whole of the old or the new one is there afterwards.
    fn write(&self, resume: &Resume) -> io::Result<()> {
        let new = self.0.with_extension("task-new");
        let mut file = File::create(&new)?;
        file.write_all(&serde_json::to_vec(resume)?)?;
        file.sync_all()?;
        fs::rename(&new, &self.0)?;
        self.sync_folder()
    }

    fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => self.sync_folder(),
        }
    }

    /// Makes the change of a name durable; Windows does so by itself.
    fn sync_folder(&self) -> io::Result<()> {
        if cfg!(unix) { File::open(folder_of(&self.0))?.sync_all() } else { Ok(()) }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
