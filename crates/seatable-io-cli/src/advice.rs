//! What to do about a failure, in terms of the command line.

use std::path::Path;
use std::str::Utf8Chunk;

use seatable_io_ureq::proto::{InputError, TaskKind};
use seatable_io_ureq::task::{Hint, Resume};

use crate::cli::{Command, Global};
use crate::output::Output;
use crate::ui::screen::is_invisible;

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
        let token_file = global.token_file.as_deref().filter(|file| *file != Path::new("-"));
        let options = [
            global.server.as_ref().map(|url| format!(" {}", option("--server", url))),
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

    /// The commands to go on with a task; `output` is where the file of an export should go.
    pub(crate) fn commands(&self, resume: &Resume, output: Option<&Path>) -> Vec<String> {
        let uuid = option("--uuid", resume.base.as_str());
        let output = match output {
            None => "FILE".to_owned(),
            Some(output) if Output::is_stdout(output) => "-".to_owned(),
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

/// A command with its input and its options, each of which begins with a space. An input that looks like an option follows `--`.
pub(crate) fn with_input(command: &str, input: &str, options: &str) -> String {
    let word = quoted(input);
    if input.starts_with('-') {
        format!("{command}{options} -- {word}")
    } else {
        format!("{command} {word}{options}")
    }
}

/// An option with its value, which may look like an option itself.
pub(crate) fn option(name: &str, value: &str) -> String {
    let between = if value.starts_with('-') { '=' } else { ' ' };
    format!("{name}{between}{}", quoted(value))
}

/// A path as a word of a command, which takes it neither for an option nor for standard input.
pub(crate) fn path(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    if bytes.starts_with(b"-") { word(&[b"./", bytes].concat()) } else { word(bytes) }
}

/// The text as a word for a shell.
pub(crate) fn quoted(text: &str) -> String {
    word(text.as_bytes())
}

/// The bytes as a word for a shell, on one line. What cannot be shown is escaped as `$'\n'`, which bash, zsh, ksh and all that
/// follow POSIX.1-2024 understand, and which fish rejects.
fn word(bytes: &[u8]) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
    match str::from_utf8(bytes) {
        Ok(text) if !text.is_empty() && text.chars().all(is_plain) => text.to_owned(),
        Ok(text) if !text.contains(is_invisible) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => format!("$'{}'", bytes.utf8_chunks().map(|chunk| escaped(&chunk)).collect::<String>()),
    }
}

fn escaped(chunk: &Utf8Chunk<'_>) -> String {
    let octal = |bytes: &[u8]| bytes.iter().fold(String::new(), |text, byte| text + &format!("\\{byte:03o}"));
    let character = |c: char| match c {
        '\n' | '\r' | '\t' | '\'' | '\\' => c.escape_default().to_string(),
        c if is_invisible(c) => octal(c.encode_utf8(&mut [0; 4]).as_bytes()),
        c => c.to_string(),
    };
    chunk.valid().chars().map(character).collect::<String>() + &octal(chunk.invalid())
}

#[cfg(test)]
mod tests;
