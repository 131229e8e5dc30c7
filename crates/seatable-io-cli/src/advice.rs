//! Hints and commands, in terms of the command line.

use std::path::Path;

use seatable_io_ureq::proto::TaskKind;
use seatable_io_ureq::task::{Hint, Resume};

use crate::files::is_dash;
use crate::global::{Given, Global};
use crate::ui::shell::{option, path, with_input};

pub(crate) struct Advice {
    given: Given,
    /// The command line up to the name of a command.
    pub(crate) command: String,
}

impl Advice {
    pub(crate) fn new(global: &Global) -> Advice {
        let token_file = global.token_file.as_deref().filter(|file| !is_dash(file));
        let options = [
            global.server.as_ref().map(|url| format!(" {}", option("--server", url))),
            token_file.map(|file| format!(" --token-file {}", path(file))),
            global.ca_file.as_deref().map(|file| format!(" --ca-file {}", path(file))),
            global.allow_http.then(|| " --allow-http".to_owned()),
        ];
        let options: String = options.into_iter().flatten().collect();
        Advice { given: global.given.clone(), command: format!("seatable-io{options}") }
    }

    /// Returns the words of a hint: the library's, unless the command has others.
    pub(crate) fn words(&self, hint: Hint) -> String {
        match hint {
            Hint::List => format!("{} list shows names and workspace IDs", self.command),
            Hint::Password => "give its password with --password-file".to_owned(),
            Hint::Certificate => "trust its authority with --ca-file, or correct the address".to_owned(),
            Hint::ExportByName => {
                format!("export the base by its name: {} export BASE --workspace ID", self.command)
            }
            Hint::OtherName => match self.given.rename {
                Some(option) => format!("choose another name with {option}, or another workspace"),
                None => hint.to_string(),
            },
            Hint::WithoutAssets => "--no-assets leaves out attached files and images".to_owned(),
            Hint::ExportAlone => self.export_alone(),
            Hint::SystemAdministrator => {
                "use the token of a system administrator of the server, or omit --server-wide".to_owned()
            }
            Hint::CurrentServer => {
                "omit --server-wide, which only current servers support, or check the address of the server"
                    .to_owned()
            }
            Hint::Wait => "omit --no-wait".to_owned(),
            Hint::OmitPassword => "omit --password-file".to_owned(),
            Hint::KeepAssets => "omit --no-assets".to_owned(),
            Hint::LargerFiles => "allow larger files with a larger --max-size".to_owned(),
            Hint::MoreTime => "run it again with a longer --timeout".to_owned(),
            hint => hint.to_string(),
        }
    }

    fn export_alone(&self) -> String {
        let jobs = if self.given.parallel { "fewer --jobs, " } else { "" };
        let assets = if self.given.with_assets { "--no-assets, " } else { "" };
        format!("try {jobs}{assets}a quiet hour, or manage.py export_dtable on the server")
    }

    /// Returns the commands that continue a task; `output` is the destination of an export.
    pub(crate) fn commands(&self, resume: &Resume, output: Option<&Path>) -> Vec<String> {
        let uuid = option("--uuid", resume.base.as_str());
        let output = match output {
            None => "FILE".to_owned(),
            Some(output) if is_dash(output) => "-".to_owned(),
            Some(output) => path(output),
        };
        let line = |name: &str, options: String| {
            with_input(&format!("{} {name}", self.command), resume.task.as_str(), &options)
        };
        let status = line("status", String::new());
        let download =
            (resume.kind == TaskKind::Export).then(|| line("download", format!(" {uuid} --output {output}")));
        let cancel = line("cancel", format!(" {uuid} --kind {}", resume.kind));
        [Some(status), download, Some(cancel)].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests;
