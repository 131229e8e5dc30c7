//! What to do about a failure, in terms of the command line.

use std::path::Path;

use seatable_io_proto::{InputError, TaskKind};
use seatable_io_task::{Hint, Resume};

use crate::args::{Command, Global};

/// What the command line of a run says that advice depends on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    /// The option that gives a base another name.
    rename: Option<&'static str>,
    /// Whether assets can be left out, and are not.
    with_assets: bool,
    /// Whether several inputs are processed at the same time.
    parallel: bool,
}

impl Given {
    pub(crate) fn of(command: &Command) -> Given {
        let exports =
            |no_assets: bool, jobs| Given { with_assets: !no_assets, parallel: jobs > 1, rename: None };
        match command {
            Command::Import(_) => Given { rename: Some("--name"), ..Given::default() },
            Command::Restore(_) => Given { rename: Some("--suffix"), ..Given::default() },
            Command::Export(args) => exports(args.no_assets, args.jobs.jobs),
            Command::Backup(args) => exports(args.no_assets, args.jobs.jobs),
            _ => Given::default(),
        }
    }
}

pub(crate) struct Advice {
    given: Given,
    /// The command line up to the name of a command.
    pub(crate) command: String,
}

impl Advice {
    pub(crate) fn new(global: &Global) -> Advice {
        let path = |path: &Path| quoted(&path.to_string_lossy());
        let token_file = global.token_file.as_deref().filter(|file| *file != Path::new("-"));
        let options = [
            global.server.as_ref().map(|url| format!(" --server {}", quoted(url))),
            token_file.map(|file| format!(" --token-file {}", path(file))),
            global.ca_file.as_deref().map(|file| format!(" --ca-file {}", path(file))),
            global.allow_http.then(|| " --allow-http".to_owned()),
        ];
        let options: String = options.into_iter().flatten().collect();
        Advice { given: global.given.clone(), command: format!("seatable-io{options}") }
    }

    /// The words of a hint. Where none are given here, those of the library are the command's too.
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
            Hint::Wait => "omit --no-wait".to_owned(),
            Hint::OmitPassword => "omit --password-file".to_owned(),
            Hint::KeepAssets => "omit --no-assets".to_owned(),
            Hint::MoreTime => "run it again with a longer --timeout".to_owned(),
            hint => hint.to_string(),
        }
    }

    fn export_alone(&self) -> String {
        let jobs = if self.given.parallel { "fewer --jobs, " } else { "" };
        let assets = if self.given.with_assets { "--no-assets, " } else { "" };
        format!("try {jobs}{assets}a quiet hour, or manage.py export_dtable on the server")
    }

    /// The commands to go on with a task; `output` is where the file of an export should go.
    pub(crate) fn commands(&self, Resume { kind, task, base, .. }: &Resume, output: Option<&Path>) -> String {
        let (command, id, uuid) = (&self.command, quoted(task.as_str()), quoted(base.as_str()));
        let output = output.map_or_else(|| "FILE".to_owned(), |path| quoted(&path.to_string_lossy()));
        let download = match kind {
            TaskKind::Export => format!("  {command} download {id} --uuid {uuid} --output {output}\n"),
            TaskKind::Import => String::new(),
        };
        format!("  {command} status {id}\n{download}  {command} cancel {id} --uuid {uuid} --kind {kind}")
    }
}

/// What to do about input that cannot be sent.
pub(crate) fn of_input(error: &InputError) -> Option<&'static str> {
    Some(match error {
        InputError::UrlInsecure => "use https, or add --allow-http",
        InputError::UrlNotUnderstood => "write it like https://cloud.seatable.io",
        InputError::UrlTooLong | InputError::UrlQuery => "use the address of its home page",
        InputError::UrlUserInfo => "give the token with --token-file or SEATABLE_TOKEN",
        InputError::Token => "check how it was copied",
        InputError::TaskId | InputError::BaseUuid => {
            "copy it from the output of the command that started the task"
        }
        InputError::Password => "omit --password-file if the base has none",
        _ => return None,
    })
}

/// As a shell wants to have it.
pub(crate) fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
    let plain = !text.is_empty() && text.chars().all(is_plain);
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use seatable_io_proto::{BaseUuid, TaskId};

    use super::*;
    use crate::args::Cli;

    fn advice(line: &str) -> Advice {
        let mut cli = Cli::try_parse_from(line.split(' ')).unwrap();
        cli.global.given = Given::of(&cli.command);
        Advice::new(&cli.global)
    }

    #[test]
    fn an_argument_can_be_pasted_into_a_shell() {
        assert_eq!(quoted("http://127.0.0.1:80/x"), "http://127.0.0.1:80/x");
        assert_eq!(quoted("http://[::1]:80/x"), "'http://[::1]:80/x'");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn another_name_is_given_with_the_option_of_the_command() {
        for (line, words) in [
            ("seatable-io import a --workspace 1", "choose another name with --name, or another workspace"),
            (
                "seatable-io restore d a --workspace 1",
                "choose another name with --suffix, or another workspace",
            ),
            ("seatable-io status 1", "choose another name or workspace"),
        ] {
            assert_eq!(advice(line).words(Hint::OtherName), words);
        }
    }

    #[test]
    fn what_was_given_already_is_not_advised() {
        for (options, words) in [
            ("", "try --no-assets, a quiet hour, or manage.py export_dtable on the server"),
            (" --no-assets", "try a quiet hour, or manage.py export_dtable on the server"),
            (
                " --jobs 2",
                "try fewer --jobs, --no-assets, a quiet hour, or manage.py export_dtable on the server",
            ),
        ] {
            for command in ["export a --workspace 1", "backup d"] {
                let advice = advice(&format!("seatable-io {command}{options}"));
                assert_eq!(advice.words(Hint::ExportAlone), words);
            }
        }
    }

    #[test]
    fn a_command_has_the_options_of_the_connection() {
        let line = "seatable-io --server http://[::1]:1 --token-file t --ca-file c --allow-http status 1";
        let command = "seatable-io --server 'http://[::1]:1' --token-file t --ca-file c --allow-http";
        let list = advice(line).words(Hint::List);
        assert_eq!(list, format!("{command} list shows names and workspace IDs"));
        let list = advice("seatable-io --token-file - status 1").words(Hint::List);
        assert_eq!(list, "seatable-io list shows names and workspace IDs");
    }

    #[test]
    fn a_task_is_continued_with_complete_commands() {
        let resume = |kind| Resume::new(kind, TaskId::new("1 5").unwrap(), BaseUuid::new("d0").unwrap());
        let advice = advice("seatable-io status 1");
        assert_eq!(
            advice.commands(&resume(TaskKind::Export), Some(Path::new("my file"))),
            "  seatable-io status '1 5'\n  seatable-io download '1 5' --uuid d0 --output 'my file'\n  \
             seatable-io cancel '1 5' --uuid d0 --kind export"
        );
        assert_eq!(
            advice.commands(&resume(TaskKind::Import), None),
            "  seatable-io status '1 5'\n  seatable-io cancel '1 5' --uuid d0 --kind import"
        );
    }

    #[test]
    fn no_words_are_those_of_the_library() {
        use Hint::*;
        let advice = advice("seatable-io import a --workspace 1");
        for hint in [
            AccountToken,
            ActiveUser,
            Permission,
            PermissionOrPassword,
            Password,
            OtherPassword,
            SharedWithoutExport,
            Migrate,
            List,
            Address,
            Connection,
            LetThrough,
            UploadLimit,
            Certificate,
            CheckResult,
            ExportByName,
            OtherServer,
            OtherName,
            RenameBase,
            WithoutAssets,
            ExportAlone,
            Wait,
            OmitPassword,
            KeepAssets,
            SaveAsCsv,
            DeleteEmptyBase,
            OpenBase,
            CheckBase,
            CheckBaseLater,
            CheckBaseIsComplete,
            MoreTime,
            Later,
        ] {
            let words = advice.words(hint);
            let is_foreign = ["::", "no_wait", "please"].iter().any(|part| words.contains(part));
            assert!(!words.is_empty() && !words.ends_with('.') && !is_foreign, "{words}");
        }
    }
}
