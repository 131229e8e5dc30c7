//! The memory of a waiting operation.

use std::time::Duration;

use allocation_counter::measure;
use http::Response;
use seatable_io_proto::{BaseName, BaseUuid, FileName, Format, Server, TaskId, TaskKind, Token};
use seatable_io_task::{Import, Operation, Policy, Resume, Step};

const STARTED: &str = r#"{"task_id":"1582970303923","table":{"id":87,"workspace_id":1,
    "uuid":"d09b6bcc-b6e5-4b8c-b9e2-c4329a8af482","name":"Sales of 2026","creator":"a@auth.local",
    "modifier":"a@auth.local","created_at":"2020-02-29T09:58:23+00:00","updated_at":"2020-02-29T09:58:23+00:00",
    "color":"","text_color":"","icon":""}}"#;
const RUNNING: &str = r#"{"is_finished":false}"#;
const NOW: Duration = Duration::from_secs(20);

fn server() -> Server {
    let token = Token::new("0303f89b3607fb86039fdffcf1be6383797b437f").unwrap();
    Server::new("https://cloud.seatable.io/prefix/", token).unwrap()
}

fn import() -> Operation {
    let name = FileName::new("Sales of 2026", Format::Dtable).unwrap();
    answered(
        Operation::import(server(), Import::new(1, name, 0).unwrap(), Policy::default(), 7),
        200,
        STARTED,
    )
}

fn export() -> Operation {
    let base = BaseUuid::new("d09b6bcc-b6e5-4b8c-b9e2-c4329a8af482").unwrap();
    let mut resume = Resume::new(TaskKind::Export, TaskId::new("1582970303923").unwrap(), base);
    resume.place = Some(seatable_io_task::Place::new(1, BaseName::new("Sales of 2026").unwrap()));
    Operation::resume(server(), resume, Policy::default(), 7)
}

/// Steps an operation and answers its request.
fn answered(operation: Operation, status: u16, body: &str) -> Operation {
    let Step::Send(mut exchange) = operation.step(NOW) else { panic!("it waits") };
    let head = Response::builder().status(status).header("content-type", "application/json");
    exchange.head(&head.body(()).unwrap().into_parts().0);
    assert!(exchange.chunk(body.as_bytes()));
    exchange.finished(NOW)
}

/// Returns the number of bytes that an operation needs, with its heap.
fn size(create: impl FnOnce() -> Operation) -> u64 {
    let mut kept = None;
    let heap = measure(|| kept = Some(create())).bytes_current;
    u64::try_from(heap).unwrap() + size_of::<Operation>() as u64
}

#[test]
fn a_waiting_operation_needs_at_most_2_kib() {
    let problem =
        r#"{"error_msg": "Internal Server Error, and more words than servers usually have for it."}"#;
    for create in [import, export] {
        let polled = size(|| answered(create(), 200, RUNNING));
        let after_problem = size(|| answered(create(), 500, problem));
        println!("{polled} bytes after a poll, {after_problem} after a failed one");
        assert!((500..=2048).contains(&polled) && (500..=2048).contains(&after_problem));
    }
}

#[test]
fn a_step_of_a_waiting_operation_allocates_nothing() {
    let (mut waiting, mut next) = (Some(answered(import(), 200, RUNNING)), None);
    let step = measure(|| next = waiting.take().map(|operation| operation.step(NOW)));
    assert!(matches!(next, Some(Step::Wait(..))));
    assert_eq!(step.count_total, 0);
}
