//! Fact 21: how a failed task is reported.

use std::io::{Cursor, Write};

use seatable_io_sandbox::{Generation, ImportState, Sandbox, TaskFailure, TaskState, sample_dtable};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::common::{Client, EXPORT, NOW, OLDER, error, secs, server};

fn failing(generation: Generation, failure: TaskFailure) -> Sandbox {
    server(generation).with_task_failure(failure)
}

#[test]
fn fact_21_on_current_servers_a_failure_is_reported_once() {
    let reason = "The base size exceeds the limit of 200MB, …";
    for (failure, reported) in [
        (TaskFailure::Internal, error(500, "Internal Server Error")),
        (TaskFailure::EmptyArchive, error(500, "Internal Server Error")),
        (TaskFailure::Rejected(reason.to_owned()), error(400, reason)),
        (TaskFailure::TooLarge(reason.to_owned()), error(413, reason)),
    ] {
        let mut client = Client::of(failing(Generation::Current, failure));
        for task in [client.export().task(), client.import("n.dtable", &sample_dtable(0)).task()] {
            assert_eq!(client.status(&task).error(), reported);
            assert_eq!(client.status(&task).error(), error(404, "task_id not found."));
        }
    }
}

#[test]
fn fact_21_on_older_servers_a_failed_import_is_finished_and_its_base_empty() {
    for generation in OLDER {
        for failure in [TaskFailure::Internal, TaskFailure::Rejected("x".to_owned())] {
            let mut client = Client::of(failing(generation, failure).with_task_time(secs(5)));
            let task = client.import("n.dtable", &sample_dtable(0)).task();
            client.now = secs(5);
            assert_eq!(client.status(&task).json()["is_finished"], true);
            assert_eq!(client.status(&task).error(), error(400, "task_id invalid."));
            let states = client.base("n").map(|base| (base.import, base.content.is_some()));
            assert_eq!(states, Some((ImportState::Failed, false)));
        }
    }
}

#[test]
fn fact_21_on_older_servers_a_failed_export_is_finished_and_its_file_missing_or_empty() {
    for generation in OLDER {
        for (failure, archive) in [(TaskFailure::Internal, false), (TaskFailure::EmptyArchive, true)] {
            let mut client = Client::of(failing(generation, failure));
            let export = client.export();
            assert_eq!(client.status(&export.task()).json()["is_finished"], true);
            assert_eq!(client.sandbox.state(NOW).tasks[0].state, TaskState::Failed);
            let file = client.content(&export.task(), &export.uuid());
            let body = file.response.body();
            assert_eq!(body.starts_with(b"PK\x05\x06") && body.len() == 22, archive);
            assert_eq!(file.status() == 500, !archive && generation == Generation::Y2020);
        }
    }
}

#[test]
fn fact_21_an_export_that_fails_leaves_no_file_of_an_earlier_one() {
    let mut client = Client::of(server(Generation::Y2020).with_fault("export:fail+1".parse().unwrap()));
    client.export();
    let failed = client.export();
    assert_eq!(client.status(&failed.task()).json()["is_finished"], true);
    assert_eq!(client.content(&failed.task(), &failed.uuid()).error(), error(500, "Internal Server Error."));
}

#[test]
fn fact_21_current_servers_before_august_2025_report_failed_imports_as_finished() {
    let sandbox = failing(Generation::Current, TaskFailure::Internal).with_silent_failures();
    let mut client = Client::of(sandbox);
    let import = client.import("n.dtable", &sample_dtable(0)).task();
    assert_eq!(client.status(&import).json()["is_finished"], true);
    assert_eq!(client.base("n").map(|base| base.import), Some(ImportState::Failed));
    let others = [client.export().task(), client.import("c.csv", b"a").task()];
    assert_eq!(others.map(|task| client.status(&task).status()), [500, 500]);
}

#[test]
fn fact_21_a_csv_gets_200_on_2020_servers_even_if_it_fails() {
    let mut client = Client::of(server(Generation::Y2020).with_fault("import:fail".parse().unwrap()));
    let replies = ["bad", "good"].map(|name| client.import(&format!("{name}.csv"), b"a").status());
    assert_eq!(replies, [200, 200]);
    let states = ["bad", "good"].map(|name| client.base(name).unwrap().import);
    assert_eq!(states, [ImportState::Failed, ImportState::Finished]);
}

/// A zip with all of these bytes replaced.
fn with_bytes(from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut zip = sample_dtable(1000).to_vec();
    for start in 0..zip.len() - from.len() {
        if zip[start..].starts_with(from) {
            zip[start..start + from.len()].copy_from_slice(to);
        }
    }
    zip
}

#[test]
fn fact_21_a_zip_without_content_json_is_finished_on_older_servers() {
    let zip = with_bytes(b"content.json", b"kontent.json");
    for generation in Generation::ALL {
        let mut client = Client::new(generation);
        let task = client.import("n.dtable", &zip).task();
        let status = if generation == Generation::Current { 500 } else { 200 };
        assert_eq!(client.status(&task).status(), status);
        assert_eq!(client.base("n").map(|base| base.import), Some(ImportState::Failed));
    }
}

#[test]
fn fact_21_in_2020_a_zip_is_opened_by_the_task() {
    let (damaged, cut) = (with_bytes(b"PK\x01\x02", b"XX\x01\x02"), sample_dtable(1000).slice(..500));
    let import = |generation, file: &[u8]| Client::new(generation).import("n.dtable", file).status();
    assert_eq!(Generation::ALL.map(|generation| import(generation, &damaged)), [200, 500, 500]);
    assert_eq!(Generation::ALL.map(|generation| import(generation, &cut)), [400, 500, 500]);
    let mut client = Client::new(Generation::Y2020);
    let task = client.import("n.dtable", &damaged).task();
    assert_eq!(client.status(&task).json()["is_finished"], true);
    assert_eq!(client.base("n").map(|base| base.import), Some(ImportState::Failed));
}

#[test]
fn fact_21_an_empty_content_json_makes_an_empty_base() {
    for (json, kept) in [("{}", false), ("[]", false), ("null", false), ("\"\"\n", false), ("[0]", true)] {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("content.json", SimpleFileOptions::default()).unwrap();
        zip.write_all(json.as_bytes()).unwrap();
        let file = zip.finish().unwrap().into_inner();
        for generation in Generation::ALL {
            let mut client = Client::new(generation);
            let task = client.import("n.dtable", &file).task();
            assert_eq!(client.status(&task).json()["is_finished"], true);
            let base = client.base("n").unwrap();
            let content = base.content.as_ref().unwrap().to_bytes().unwrap();
            assert_eq!((base.import, content == file), (ImportState::Finished, kept), "{json}");
        }
    }
}

#[test]
fn the_export_of_an_empty_base_fails() {
    let mut client = Client::new(Generation::Current);
    client.import("n.dtable", b"no zip");
    let task = client.post(&EXPORT.replace("/t/", "/n/")).task();
    assert_eq!(client.status(&task).error(), error(500, "Internal Server Error"));
    assert_eq!(client.status(&task).error(), error(404, "task_id not found."));
}
