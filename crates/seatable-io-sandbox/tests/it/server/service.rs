//! The service in the same process: the same faults, without sockets, in virtual time.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full, StreamBody};
use seatable_io_sandbox::{
    Call, Generation, ResponseBody, Sandbox, SandboxServer, SandboxService, TaskState, sample_dtable,
};
use tokio::time::{Instant, advance, timeout};
use tower_service::Service;

use crate::common::{EXPORT, SYNCHRONOUS, form, request, secs, server, upload, with_token};

const HOUR: Duration = Duration::from_secs(3600);

fn service(generation: Generation, fault: &str) -> SandboxService {
    SandboxService::new(server(generation).with_fault(fault.parse().unwrap()))
}

async fn send(service: &SandboxService, request: Request<Bytes>) -> io::Result<Response<ResponseBody>> {
    service.clone().call(request.map(Full::new)).await
}

async fn get(service: &SandboxService, target: &str) -> io::Result<Response<ResponseBody>> {
    send(service, request("GET", target, &service.token())).await
}

fn import(service: &SandboxService, file: &[u8]) -> Request<Bytes> {
    with_token(upload("form-data; name=dtable; filename=n.dtable", file), &service.token())
}

/// Starts an export of `t`, and returns the address of its file.
async fn exported(service: &SandboxService) -> String {
    get(service, EXPORT).await.unwrap();
    let state = service.state();
    let task = state.tasks.last().unwrap();
    format!("/dtable-export-content/?task_id={}&dtable_uuid={}", task.id, task.base.as_ref().unwrap())
}

/// Sends an import in pieces of 10 bytes, without announcing its length, and counts the pieces that are read.
async fn pieces_read(service: &SandboxService, length: Option<usize>) -> (io::Result<u16>, usize) {
    let read = Arc::new(AtomicUsize::new(0));
    let (head, body) = import(service, &[b'x'; 1000]).into_parts();
    let pieces: Vec<_> = body.chunks(10).map(Bytes::copy_from_slice).collect();
    let counted = Arc::clone(&read);
    let pieces = stream::iter(pieces).map(move |piece| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok::<_, Infallible>(Frame::data(piece))
    });
    let mut request = Request::from_parts(head, StreamBody::new(pieces));
    request.headers_mut().extend(length.map(|length| (http::header::CONTENT_LENGTH, length.into())));
    let response = service.clone().call(request).await.map(|response| response.status().as_u16());
    (response, read.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_file_arrives_as_through_a_connection() {
    let service = service(Generation::Y2021, "content:chunked");
    assert_eq!(send(&service, import(&service, &sample_dtable(700_000))).await.unwrap().status(), 200);
    let base = service.state().base(1, "n").unwrap().content.clone().unwrap();
    assert!(base.to_bytes().unwrap() == sample_dtable(700_000));
    for announced in [None, Some(2000)] {
        let file = get(&service, &exported(&service).await).await.unwrap().into_body();
        assert_eq!((file.size_hint().exact(), file.is_end_stream()), (announced, false));
        assert_eq!(file.collect().await.unwrap().to_bytes(), sample_dtable(2000));
    }
}

#[tokio::test]
async fn a_lost_response_and_a_refused_request_are_errors_but_only_one_has_an_effect() {
    for (fault, acted) in [("import:lost", true), ("import:refused", false)] {
        let service = service(Generation::Current, fault);
        let error = send(&service, import(&service, &sample_dtable(0))).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
        assert_eq!(service.state().base(1, "n").is_some(), acted, "{fault}");
    }
}

#[tokio::test]
async fn a_cut_response_breaks_off_after_exactly_so_many_bytes() {
    for (fault, announced) in [("content:cut@1500", Some(2000)), ("content:cut-chunked@1500", None)] {
        let service = service(Generation::Y2021, fault);
        let mut file = get(&service, &exported(&service).await).await.unwrap().into_body();
        assert_eq!(file.size_hint().exact(), announced);
        let received = file.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(received, sample_dtable(2000)[..1500]);
        assert!(!file.is_end_stream());
        assert_eq!(file.frame().await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    }
}

#[tokio::test]
async fn an_upload_is_cut_after_as_many_bytes_as_the_fault_says() {
    let length = form("form-data; name=dtable; filename=n.dtable", &[0; 1000]).len();
    for (fault, expected) in [("import:upload-cut@25", 3), ("import:upload-cut", length.div_ceil(20))] {
        let service = service(Generation::Y2021, fault);
        let (error, read) = pieces_read(&service, Some(length)).await;
        assert_eq!((error.unwrap_err().kind(), read), (io::ErrorKind::ConnectionAborted, expected));
        assert!(service.state().base(1, "n").is_none());
    }
}

#[tokio::test]
async fn fact_7_a_413_comes_before_the_body_is_read_if_its_length_is_announced() {
    let sandbox = || server(Generation::Current).with_size_limit(500);
    let (service, unannounced) = (SandboxService::new(sandbox()), SandboxService::new(sandbox()));
    let (response, read) = pieces_read(&service, Some(501)).await;
    assert_eq!((response.unwrap(), read), (413, 0));
    let (response, read) = pieces_read(&unannounced, None).await;
    assert_eq!((response.unwrap(), read), (413, 51));
}

/// A body of 501 bytes that nobody may read.
struct Unread;

impl Body for Unread {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        panic!("the body was read")
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(501)
    }
}

#[tokio::test]
async fn a_length_that_the_body_knows_is_announced() {
    let mut service = SandboxService::new(server(Generation::Current).with_size_limit(500));
    let request = import(&service, b"").map(|_| Unread);
    assert_eq!(service.call(request).await.unwrap().status(), 413);
}

#[tokio::test]
async fn an_upload_that_breaks_off_creates_nothing() {
    let service = service(Generation::Current, "status:lost");
    let (head, body) = import(&service, &sample_dtable(0)).into_parts();
    let half = body.slice(..body.len() / 2);
    let pieces = stream::iter([Ok(Frame::data(half)), Err(io::Error::other("the disk is gone"))]);
    let request = Request::from_parts(head, StreamBody::new(pieces));
    assert!(service.clone().call(request).await.is_err());
    let state = service.state();
    assert_eq!((state.bases.len(), state.log[0].status), (1, None));
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_has_acted_and_never_responds() {
    let service = service(Generation::Y2021, "import:silent");
    assert!(timeout(1000 * HOUR, send(&service, import(&service, &sample_dtable(0)))).await.is_err());
    assert!(service.state().base(1, "n").is_some());
}

#[tokio::test(start_paused = true)]
async fn fact_26_an_export_that_waits_for_its_task_delays_no_other_request() {
    let service = service(Generation::Current, "synchronous-export:slow@40000");
    let target = format!("{SYNCHRONOUS}?dtable_name=t");
    let timed = async || {
        let start = Instant::now();
        get(&service, &target).await.unwrap().into_body().collect().await.unwrap();
        start.elapsed().as_secs()
    };
    assert_eq!(futures_util::future::join(timed(), timed()).await, (40, 0));
}

#[tokio::test(start_paused = true)]
async fn the_clock_of_the_service_is_that_of_the_runtime() {
    let sandbox = server(Generation::Y2021).with_task_time(HOUR);
    let service = SandboxService::new(sandbox);
    exported(&service).await;
    let task = || service.state().tasks[0].state;
    advance(secs(3599)).await;
    assert_eq!(task(), TaskState::Running);
    advance(secs(1)).await;
    assert_eq!(task(), TaskState::Finished);
    assert_eq!(service.with(|_, now| now), HOUR);
}

#[tokio::test(start_paused = true)]
async fn a_server_has_a_clock_of_its_own_which_no_test_can_pause() {
    advance(HOUR).await;
    let server = SandboxServer::start(server(Generation::Y2021).with_task_time(HOUR)).unwrap();
    let (exported, now) = (super::get(&server, EXPORT), || server.with(|_, now| now));
    assert_eq!(super::status(&exported), "200");
    let before = now();
    advance(HOUR).await;
    assert_eq!(server.state().tasks[0].state, TaskState::Running);
    std::thread::sleep(Duration::from_millis(2));
    assert!(now() > before && now() < HOUR);
}

#[tokio::test]
async fn any_host_and_the_prefix_lead_to_the_sandbox() {
    let service = SandboxService::new(Sandbox::new(Generation::Current).with_prefix("seatable"));
    assert_eq!(service.url(), "http://localhost/seatable");
    for url in [&service.url()[..], "https://cloud.example/seatable", "/seatable"] {
        assert_eq!(get(&service, &format!("{url}/server-info/")).await.unwrap().status(), 200);
    }
    assert_eq!(get(&service, "http://localhost/server-info/").await.unwrap().status(), 404);
    assert_eq!(service.state().count(Call::QueryServerInfo), 3);
}
