use clap::Parser;
use seatable_io_ureq::proto::{BaseUuid, TaskId};

use super::*;
use crate::cli::{self, Cli};
#[cfg(unix)]
use crate::ui::shell::tests::words;

fn advice(line: &str) -> Advice {
    let mut cli = Cli::try_parse_from(line.split(' ')).unwrap();
    cli.global.given = cli.command.given();
    Advice::new(&cli.global)
}

/// The command line that the program reads when the line is pasted into a shell.
#[cfg(unix)]
fn pasted(line: &str) -> Cli {
    Cli::try_parse_from(words("sh", line)).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[cfg(unix)]
#[test]
fn a_foreign_word_is_never_an_option() {
    for foreign in ["--json", "-q", "--", "-", "-x y"] {
        let resume =
            Resume::new(TaskKind::Export, TaskId::new(foreign).unwrap(), BaseUuid::new(foreign).unwrap());
        let commands = advice("seatable-io status 1").commands(&resume, Some(Path::new(foreign)));
        let [status, download, cancel] = [0, 1, 2].map(|index: usize| pasted(&commands[index]).command);
        let cli::Command::Status(args) = status else { panic!("{commands:?}") };
        assert_eq!(args.task_id, foreign);
        let cli::Command::Download(args) = download else { panic!("{commands:?}") };
        let output = if foreign == "-" { foreign.to_owned() } else { format!("./{foreign}") };
        assert_eq!((&args.task_id[..], &args.uuid[..], args.output), (foreign, foreign, output.into()));
        let cli::Command::Cancel(args) = cancel else { panic!("{commands:?}") };
        assert_eq!((&args.task_id[..], &args.uuid[..], args.kind), (foreign, foreign, TaskKind::Export));
    }
}

#[cfg(unix)]
#[test]
fn the_options_of_the_connection_can_be_pasted() {
    let line = ["seatable-io", "--server=-s", "--token-file=-t", "--ca-file=-c", "status", "1"];
    let cli = Cli::try_parse_from(line).unwrap();
    let global = pasted(&format!("{} status 1", Advice::new(&cli.global).command)).global;
    assert_eq!(global.server.as_deref(), Some("-s"));
    assert_eq!([global.token_file, global.ca_file], ["./-t", "./-c"].map(|path| Some(path.into())));
}

#[test]
fn another_name_is_given_with_the_option_of_the_command() {
    for (line, words) in [
        ("seatable-io import a --workspace 1", "choose another name with --name, or another workspace"),
        ("seatable-io restore d a --workspace 1", "choose another name with --suffix, or another workspace"),
        ("seatable-io status 1", "choose another name or workspace"),
    ] {
        assert_eq!(advice(line).words(Hint::OtherName), words);
    }
}

#[test]
fn options_that_are_already_given_are_not_suggested() {
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
        [
            "seatable-io status '1 5'",
            "seatable-io download '1 5' --uuid d0 --output 'my file'",
            "seatable-io cancel '1 5' --uuid d0 --kind export"
        ]
    );
    assert_eq!(
        advice.commands(&resume(TaskKind::Import), None),
        ["seatable-io status '1 5'", "seatable-io cancel '1 5' --uuid d0 --kind import"]
    );
}

#[test]
fn the_words_of_hints_do_not_mention_the_library() {
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
        LargerFiles,
        MoreTime,
        Later,
    ] {
        let words = advice.words(hint);
        let is_foreign = ["::", "no_wait", "please"].iter().any(|part| words.contains(part));
        assert!(!words.is_empty() && !words.ends_with('.') && !is_foreign, "{words}");
    }
}
