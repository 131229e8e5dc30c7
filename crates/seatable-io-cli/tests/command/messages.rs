//! The six most common failures, as the command reports them. `U` is the URL of the server.

use super::*;

/// Checks the two lines on standard error and the line of `--json`, whose message may be that of the server.
fn reports(rig: &Rig, args: &[&str], lines: [&str; 2], words: Option<&str>) {
    let [begins, hint] = lines.map(|line| line.split(": the connection").next().unwrap());
    let book = super::guide::CODES;
    assert!(book.contains(begins) && book.contains(hint), "not in the book: {lines:?}");
    let done = rig.run(args);
    let [reason, hint] = lines.map(|line| line.replace('U', &format!("{}/", rig.server.url())));
    let shown = of_us(done.err.split_once("seatable-io: ").unwrap().1);
    assert_eq!(shown, format!("{reason}\nhint: {hint}\n"));
    let error = &rig.run(&[&["--json"], args].concat()).line()["error"];
    assert_eq!(of_us(error["message"].as_str().unwrap()), words.unwrap_or(&reason));
    assert_eq!(error["hint"], hint.as_str());
}

/// The text without the words for a connection that broke, which depend on the system.
fn of_us(text: &str) -> String {
    let Some((before, rest)) = text.split_once(" broke (") else { return text.to_owned() };
    format!("{before} broke; {}", rest.split_once("); ").unwrap().1)
}

#[test]
fn a_rejected_token_is_reported() {
    let rig = rig(Generation::Current);
    rig.file("token", b"wrong");
    let lines = [
        "U rejected the token (401: Invalid token)",
        "use an account token of this server, not a base's API token",
    ];
    let args = ["export", "Sales", "--workspace", "1", "--token-file", "token"];
    reports(&rig, &args, lines, Some("Invalid token"));
}

#[test]
fn a_missing_base_is_reported() {
    let rig = rig(Generation::Current);
    let lines =
        ["no base \"Sales\" in workspace 1 on U (404)", "seatable-io list shows names and workspace IDs"];
    reports(&rig, &["export", "Sales", "--workspace", "1"], lines, Some("Base Sales not found."));
}

#[test]
fn an_existing_name_is_reported() {
    let rig = rig(Generation::Current).base("Sales");
    rig.file("Sales.dtable", &sample_dtable(5000));
    let lines = [
        "\"Sales\" already exists in workspace 1 (400); nothing was replaced",
        "choose another name with --name, or another workspace",
    ];
    let args = ["import", "Sales.dtable", "--workspace", "1"];
    reports(&rig, &args, lines, Some("Base Sales already exists."));
}

#[test]
fn a_timeout_is_reported() {
    let rig = Rig::new(Sandbox::new(Generation::Y2021).with_task_time(Duration::from_secs(60))).base("Sales");
    let lines = [
        "gave up exporting \"Sales\" in workspace 1 after 1s; it was cancelled on the server",
        "run it again with a longer --timeout",
    ];
    reports(&rig, &["--timeout", "1s", "export", "Sales", "--workspace", "1"], lines, None);
}

#[test]
fn an_unknown_outcome_is_reported() {
    let rig = rig(Generation::Y2021).fault(Call::StartImport, FaultKind::Refused);
    rig.file("Sales.dtable", &sample_dtable(5000));
    let lines = [
        "\"Sales\" may or may not have been imported: the connection to U broke; \
         not retried, to avoid a duplicate",
        "not listed yet; check again in a few minutes before importing",
    ];
    reports(&rig, &["import", "Sales.dtable", "--workspace", "1"], lines, None);
}

#[test]
fn a_file_that_is_not_a_zip_is_reported() {
    let rig = rig(Generation::Current);
    rig.file("Sales.dtable", b"no zip at all");
    let lines = [
        "Sales.dtable is not a .dtable file: not a zip archive, or cut off; nothing was sent",
        "export it again",
    ];
    reports(&rig, &["import", "Sales.dtable", "--workspace", "1"], lines, None);
}
