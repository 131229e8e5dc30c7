//! The pace that the runs of a client share.

use std::sync::Mutex;
use std::time::Duration;

use seatable_io_driver::asynchronous::Client;
use seatable_io_driver::{Error, Event};
use seatable_io_proto::{Server, Token};
use seatable_io_sandbox::{Generation, Sandbox, sample_dtable};
use seatable_io_task::{Call, Exported, Pace, Reason};

use crate::common::*;

/// Exports the base `stock`, and adds the calls to `calls`.
async fn export_by(
    client: &Client<InProcess>,
    server: &Server,
    calls: &mut Vec<Call>,
) -> Result<Exported, Error> {
    let folder = tempfile::tempdir().unwrap();
    let watch = |event: Event| {
        if let Event::Requesting { call, .. } = event {
            calls.push(call);
        }
    };
    client.export(server, 1, "stock").save_to(folder.path().join("a.dtable")).watch(watch).run().await
}

fn starts(calls: &[Call]) -> usize {
    calls.iter().filter(|call| **call == Call::StartExport).count()
}

#[tokio::test(start_paused = true)]
async fn a_client_finds_out_once_how_a_server_exports() {
    let (client, server, mut calls) = (client(&[]), server(), Vec::new());
    for client in [client.clone(), client.clone(), client.with_connections(2)] {
        export_by(&client, &server, &mut calls).await.unwrap();
    }
    let synchronous = Call::SynchronousExport;
    assert_eq!(calls, [Call::StartExport, synchronous, synchronous, synchronous]);
}

#[tokio::test(start_paused = true)]
async fn servers_and_tokens_share_nothing() {
    let (client, mut calls) = (client(&[]), Vec::new());
    let token = || Token::new(Sandbox::new(Generation::Current).token()).unwrap();
    let other_url = Server::new("http://127.0.0.1/", token()).unwrap();
    let other_token = Server::new("http://localhost/", Token::new("another").unwrap()).unwrap();
    export_by(&client, &server(), &mut calls).await.unwrap();
    export_by(&client, &other_url, &mut calls).await.unwrap();
    assert_eq!(starts(&calls), 2);
    export_by(&client, &other_token, &mut calls).await.unwrap_err();
    assert_eq!(starts(&calls), 3);
}

#[tokio::test(start_paused = true)]
async fn a_run_with_a_pace_of_its_own_shares_nothing() {
    let (client, server, mut calls) = (client(&[]), server(), Vec::new());
    export_by(&client, &server, &mut calls).await.unwrap();
    let (folder, mut own) = (tempfile::tempdir().unwrap(), 0);
    let watch = |event| own += usize::from(matches!(event, Event::Requesting { .. }));
    let export = client.export(&server, 1, "stock").save_to(folder.path().join("a.dtable"));
    export.pace(&Pace::default()).watch(watch).run().await.unwrap();
    assert_eq!(own, 2);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_pauses_the_other_runs_of_a_server() {
    let sandbox = Sandbox::new(Generation::Current).with_base(1, "stock", sample_dtable(5000));
    let sandbox = sandbox.with_fault("status:429@30".parse().unwrap());
    let start = tokio::time::Instant::now();
    let client = Client::with_transport(InProcess(Mutex::new(sandbox), start.into_std()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.dtable");
    std::fs::write(&path, sample_dtable(1000)).unwrap();
    let (server, mut calls, mut waits) = (server(), Vec::new(), Vec::new());
    let import = client.import(&server, 1, &path).watch(|event| {
        if let Event::Waiting { progress, .. } = event
            && progress.is_paused
        {
            waits.push(matches!(progress.reason, Some(Reason::Reply(_))));
        }
    });
    let second = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        export_by(&client, &server, &mut calls).await
    };
    let (first, second) = tokio::join!(import.run(), second);
    assert!(first.is_ok() && second.is_ok() && !waits.is_empty());
    assert!(start.elapsed() > Duration::from_secs(30), "{calls:?}");
}
