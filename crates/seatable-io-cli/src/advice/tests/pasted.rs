use super::*;
use crate::cli;
use crate::ui::shell::tests::words;

/// The command line that the program reads when the line is pasted into a shell.
fn pasted(line: &str) -> Cli {
    Cli::try_parse_from(words("sh", line)).unwrap_or_else(|error| panic!("{line}: {error}"))
}

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

#[test]
fn the_options_of_the_connection_can_be_pasted() {
    let line = ["seatable-io", "--server=-s", "--token-file=-t", "--ca-file=-c", "status", "1"];
    let cli = Cli::try_parse_from(line).unwrap();
    let global = pasted(&format!("{} status 1", Advice::new(&cli.global).command)).global;
    assert_eq!(global.server.as_deref(), Some("-s"));
    assert_eq!([global.token_file, global.ca_file], ["./-t", "./-c"].map(|path| Some(path.into())));
}
