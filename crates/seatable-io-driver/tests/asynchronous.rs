//! Whole lives over a transport without sockets, in virtual time.
#![cfg(feature = "async")]
#![allow(missing_docs)]

mod common;

use std::io;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use common::*;
use futures_util::stream;
use seatable_io_driver::asynchronous::{Client, Limits, Source, StreamSource};
use seatable_io_driver::{Error, Event};
use seatable_io_proto::{BaseName, FileName, Format, QueryStatus, StartImport, TaskId};
use seatable_io_sandbox::{Generation, Sandbox, sample_dtable};
use seatable_io_task::{ErrorKind, Export, Failure, Outcome, Policy, Task};

fn kind(end: Result<Outcome, Error>) -> ErrorKind {
    end.unwrap_err().task().expect("a task's error").kind()
}

#[tokio::test(start_paused = true)]
async fn a_file_goes_in_and_comes_out() {
    let (client, file, mut memory) = (client(&[]), sample_dtable(700_000), Memory::default());
    let imported = client.run(import(&client, 700_000), file.clone(), (), |_| ()).await.unwrap();
    assert!(matches!(imported, Outcome::Imported(_)));
    let new = Export::new(1, BaseName::new("new").unwrap());
    let task = Task::export(server(), new, Policy::default(), client.now());
    client.run(task, (), &mut memory, |_| ()).await.unwrap();
    assert!(memory.0 == file && memory.1);
}

#[tokio::test(start_paused = true)]
async fn what_happens_is_told_in_order() {
    let (client, mut told) = (client(&["status:lost"]), Vec::new());
    let watch =
        |event: Event<'_>| told.push(format!("{event:?}").split(['(', ' ']).next().unwrap().to_owned());
    client.run(import(&client, 1000), sample_dtable(1000), (), watch).await.unwrap_err();
    told.dedup();
    let begin = ["Asking", "Sent", "Answered", "Accepted", "Asking", "Failed", "Waiting", "Asking"];
    assert_eq!(told[..8], begin);
}

#[tokio::test(start_paused = true)]
async fn what_came_is_told_for_each_attempt() {
    let (client, mut told) = (client(&["synchronous-export:cut@2000"]), Vec::new());
    let watch = |event: Event<'_>| {
        if let Event::Received(bytes) = event {
            told.push(bytes);
        }
    };
    client.run(export(&client), (), Memory::default(), watch).await.unwrap();
    assert_eq!(told, [2000, 5000]);
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_waited_for_a_minute_and_one_that_works_on_an_upload_for_three() {
    for (fault, seconds) in [("status:silent*always", 60), ("import:silent", 180)] {
        let (client, mut failed) = (client(&[fault]), None);
        let start = client.now();
        let watch = |event: Event<'_>| {
            if let Event::Failed(error) = event {
                failed.get_or_insert((error.failure(), (client.now() - start).as_secs()));
            }
        };
        let end = client.run(import(&client, 1000), sample_dtable(1000), (), watch).await;
        assert!(end.is_err());
        assert_eq!(failed, Some((Failure::TimedOut, seconds)));
    }
}

#[tokio::test(start_paused = true)]
async fn no_request_outlives_the_deadline() {
    let client = client(&["synchronous-export:silent*always", "export:silent*always"]);
    let start = client.now();
    let policy = Policy { patience: Duration::from_secs(20), ..Policy::default() };
    let export = Export::new(1, BaseName::new("stock").unwrap());
    let end = client.run(Task::export(server(), export, policy, start), (), (), |_| ()).await;
    assert_eq!((kind(end), (client.now() - start).as_secs()), (ErrorKind::OutOfPatience, 20));
}

#[tokio::test(start_paused = true)]
async fn an_end_breaks_off_what_is_in_flight_or_waits() {
    for (fault, ended) in [
        ("import:silent", ErrorKind::Unknown),
        ("status:silent", ErrorKind::Unknown),
        ("import:slow@600000", ErrorKind::Cancelled),
        ("import:429@60", ErrorKind::Cancelled),
    ] {
        let client = client(&[fault]);
        let start = client.now();
        let end = tokio::time::sleep(Duration::from_secs(5));
        let end = client.run_until(import(&client, 1000), sample_dtable(1000), (), |_| (), end).await;
        assert_eq!((kind(end), (client.now() - start).as_secs()), (ended, 5), "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_of_another_length_is_its_own_error() {
    for (len, error) in [(999, io::ErrorKind::InvalidData), (1001, io::ErrorKind::UnexpectedEof)] {
        let client = client(&[]);
        let end = send(&client, len, sample_dtable(1000)).await;
        assert!(matches!(end, Err(Error::Source(found)) if found.kind() == error));
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_stands_still_is_silence_and_one_that_is_slow_is_not() {
    let client = client(&[]);
    let still = || stream::pending::<io::Result<Bytes>>();
    let start = client.now();
    let end = send(&client, 10, StreamSource(still)).await;
    assert_eq!((kind(end), (client.now() - start).as_secs()), (ErrorKind::Unknown, 60));
    let slow = || {
        stream::unfold(0, |sent| async move {
            tokio::time::sleep(Duration::from_secs(50)).await;
            (sent < 10).then(|| (Ok(Bytes::from_static(b"1")), sent + 1))
        })
    };
    let end = send(&client, 10, StreamSource(slow)).await;
    assert!(!matches!(end, Err(Error::Task(error, _)) if error.kind() == ErrorKind::Unknown));
}

#[tokio::test(start_paused = true)]
async fn without_the_file_or_a_place_for_it_a_task_says_so() {
    let client = client(&[]);
    assert!(matches!(send(&client, 10, ()).await, Err(Error::Source(_))));
    assert!(matches!(fetch(&client, ()).await, Err(Error::Sink(_))));
    assert!(Source::open(&mut &mut ()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_single_call_is_made_once() {
    let client = client(&["status:502"]);
    let status = QueryStatus::new(TaskId::new("1").unwrap());
    let first = client.call(&status, &server()).await;
    assert!(matches!(first, Err(Error::Reply(error)) if error.status() == 502));
    let second = client.call(&status, &server()).await;
    assert!(matches!(second, Err(Error::Reply(error)) if error.refusal().unwrap().is_unknown_task()));
    let start = StartImport::new(1, FileName::new("new", Format::Dtable).unwrap(), 3).unwrap();
    assert!(matches!(client.call(&start, &server()).await, Err(Error::Source(_))));
}

#[tokio::test(start_paused = true)]
async fn requests_take_turns() {
    let sandbox = Sandbox::new(Generation::Current).with_fault("status:silent*2".parse().unwrap());
    let start = tokio::time::Instant::now().into_std();
    let limits = Limits { connections: 1, silence: Duration::from_secs(7) };
    let client = Client::over(InProcess(Mutex::new(sandbox), start), limits);
    let status = QueryStatus::new(TaskId::new("1").unwrap());
    let server = server();
    let mut asked = false;
    let watch = |event: Event<'_>| asked |= matches!(event, Event::Asking(_));
    let end = tokio::time::sleep(Duration::from_secs(1));
    let late = client.run_until(export(&client), (), (), watch, end);
    let (first, second, late) =
        tokio::join!(client.call(&status, &server), client.call(&status, &server), late);
    assert_eq!((kind(late), asked), (ErrorKind::Cancelled, false));
    assert!(matches!((first, second), (Err(Error::Transport(_)), Err(Error::Transport(_)))));
    assert_eq!((client.now() - start).as_secs(), 14);
}
