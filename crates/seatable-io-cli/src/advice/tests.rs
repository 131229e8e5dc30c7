use clap::Parser;
use seatable_io_ureq::proto::{BaseUuid, TaskId};

use super::*;
use crate::cli::Cli;
use crate::ui::shell::quoted;

/// These ask `sh` for the words of a line.
#[cfg(unix)]
mod pasted;

fn advice(line: &str) -> Advice {
    let mut cli = Cli::try_parse_from(line.split(' ')).unwrap();
    cli.global.given = cli.command.given();
    Advice::new(&cli.global)
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
    let server = quoted("http://[::1]:1");
    let command = format!("seatable-io --server {server} --token-file t --ca-file c --allow-http");
    let list = advice(line).words(Hint::List);
    assert_eq!(list, format!("{command} list shows names and workspace IDs"));
    let list = advice("seatable-io --token-file - status 1").words(Hint::List);
    assert_eq!(list, "seatable-io list shows names and workspace IDs");
}

#[test]
fn a_task_is_continued_with_complete_commands() {
    let resume = |kind| Resume::new(kind, TaskId::new("1 5").unwrap(), BaseUuid::new("d0").unwrap());
    let (advice, id) = (advice("seatable-io status 1"), quoted("1 5"));
    assert_eq!(
        advice.commands(&resume(TaskKind::Export), Some(Path::new("my file"))),
        [
            format!("seatable-io status {id}"),
            format!("seatable-io download {id} --uuid d0 --output {}", quoted("my file")),
            format!("seatable-io cancel {id} --uuid d0 --kind export")
        ]
    );
    assert_eq!(
        advice.commands(&resume(TaskKind::Import), None),
        [format!("seatable-io status {id}"), format!("seatable-io cancel {id} --uuid d0 --kind import")]
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
