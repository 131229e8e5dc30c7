//! Each exit code with its kind, for quick failures.

use super::*;

fn import(rig: &Rig) -> Done {
    rig.file("a.dtable", &sample_dtable(5000));
    let done = rig.run(&["--json", "import", "a.dtable", "--workspace", "1"]);
    assert_eq!(rig.left(), ["a.dtable"]);
    done
}

fn export(rig: &Rig) -> Done {
    let done = rig.run(&["--json", "export", "a", "--workspace", "1"]);
    assert!(rig.left().is_empty());
    done
}

#[test]
fn a_senseless_response_is_1() {
    let rig = rig(Generation::Y2021).base("a").fault(Call::StartExport, FaultKind::Redirect);
    assert_eq!(export(&rig).failure(), failure(1, "failed", "bad_answer", Some(302)));
}

#[test]
fn options_that_an_old_server_does_not_know_are_2() {
    for generation in [Generation::Y2020, Generation::Y2021] {
        let rig = rig(generation).base("a");
        let done = rig.run(&["--json", "export", "a", "--workspace", "1", "--no-assets"]);
        let (code, status, kind, _) = done.failure();
        assert_eq!((code, status.as_str(), kind.as_str()), (2, "failed", "usage"));
        assert!(rig.left().is_empty());
    }
}

#[test]
fn a_rejected_token_and_a_missing_permission_are_3() {
    let rig = rig(Generation::Current).base("a");
    let mut command = rig.command(&["--json", "export", "a", "--workspace", "1"]);
    let done = rig.done(command.env("SEATABLE_TOKEN", "wrong").output().unwrap());
    assert_eq!(done.failure(), failure(3, "failed", "auth", Some(401)));
    assert_eq!(done.line()["error"]["message"], "Invalid token");
    let rig = Rig::new(Sandbox::new(Generation::Y2020).with_forbidden_workspace(1));
    assert_eq!(import(&rig).failure(), failure(3, "failed", "auth", Some(403)));
}

#[test]
fn a_base_that_does_not_exist_is_4() {
    for generation in Generation::ALL {
        assert_eq!(export(&rig(generation)).failure(), failure(4, "failed", "not_found", Some(404)));
    }
}

#[test]
fn a_rejection_is_5_in_the_servers_words() {
    let rig = rig(Generation::Y2020).base("a");
    let done = import(&rig);
    assert_eq!(done.failure(), failure(5, "failed", "rejected", Some(400)));
    assert_eq!(done.line()["error"]["message"], "Table a already exists.");
    let rig = self::rig(Generation::Current).fault(Call::StartImport, FaultKind::TooLarge);
    assert_eq!(import(&rig).failure(), failure(5, "failed", "rejected", Some(413)));
}

#[test]
fn an_export_that_is_not_a_base_is_5() {
    for generation in [Generation::Y2020, Generation::Y2021] {
        let rig = rig(generation).base("a").fault(Call::StartExport, FaultKind::FailEmpty);
        assert_eq!(export(&rig).failure(), failure(5, "failed", "bad_file", None));
    }
}

#[test]
fn a_task_that_fails_is_6() {
    let words = "The base size exceeds the limit of 200MB".to_owned();
    let rig = rig(Generation::Current).fault(Call::StartImport, FaultKind::Fail { message: words });
    let done = import(&rig);
    assert_eq!(done.failure(), failure(6, "failed", "task_failed", Some(400)));
    assert_eq!(done.line()["error"]["message"], "The base size exceeds the limit of 200MB");
    assert_eq!(done.line()["task_id"], rig.server.state().tasks[0].id.as_str());
}

#[test]
fn an_import_whose_response_is_lost_is_8_and_sent_once() {
    for kind in
        [FaultKind::Lost, FaultKind::InternalError { acted: false }, FaultKind::BadGateway { acted: true }]
    {
        let rig = rig(Generation::Y2021).fault(Call::StartImport, kind);
        let (code, status, error, _) = import(&rig).failure();
        assert_eq!((code, status.as_str(), error.as_str()), (8, "unknown", "unknown_outcome"));
        assert_eq!(rig.asked(Call::StartImport), 1);
    }
}

#[test]
fn an_import_whose_end_is_lost_is_8() {
    let rig = rig(Generation::Y2021);
    rig.server.with(|sandbox, _| sandbox.add_fault(Fault::new(Call::QueryStatus, FaultKind::Lost)));
    let done = import(&rig);
    assert_eq!(done.failure(), failure(8, "unknown", "unknown_outcome", Some(400)));
}

#[test]
fn a_download_that_breaks_on_standard_output_is_9() {
    for generation in Generation::ALL {
        let rig = rig(generation).base("a");
        let rig = rig.fault(Call::ExportContent, FaultKind::Cut { after: 1000 });
        let rig = rig.fault(Call::SynchronousExport, FaultKind::Cut { after: 1000 });
        let done = rig.run(&["export", "a", "--workspace", "1", "--output", "-"]);
        assert_eq!(done.code, Some(9), "{done:?}");
        assert!(done.out.len() <= 1000 && done.err.contains("seatable-io: "));
    }
}

#[test]
fn a_full_queue_and_a_lost_poll_are_overcome() {
    let rig = rig(Generation::Y2021).base("a");
    for fault in ["export:queue-full", "status:502", "content:cut@1000"] {
        rig.server.with(|sandbox, _| sandbox.add_fault(fault.parse().unwrap()));
    }
    assert_eq!(rig.run(&["export", "a", "--workspace", "1"]).code, Some(0));
    assert_eq!(rig.left(), ["a.dtable"]);
}
