//! Parts of a run that the caller provides: a place for the file, a function that keeps the task, a sink that is notified of
//! failures.

use std::future::pending;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use seatable_io_driver::asynchronous::{BoxFuture, Client, Sink, Transport, Upload};
use seatable_io_driver::{Error, Event, StopSignal, TransportError};
use seatable_io_proto::{InputError, TaskId, TaskStatus};
use seatable_io_sandbox::{Generation, Sandbox, sample_dtable};
use seatable_io_task::{ErrorKind, Policy, Route, Scope};

use crate::common::*;

fn sandbox(generation: Generation) -> Sandbox {
    Sandbox::new(generation).with_base(1, "stock", sample_dtable(5000))
}

#[tokio::test(start_paused = true)]
async fn an_export_goes_to_memory() {
    let (client, mut file) = (client(&["synchronous-export:cut@2000"]), vec![1]);
    let exported = client.export(&server(), 1, "stock").sink(&mut file).run().await.unwrap();
    assert_eq!((exported.bytes, file), (5000, sample_dtable(5000).to_vec()));
}

#[tokio::test(start_paused = true)]
async fn a_failed_export_leaves_nothing_in_memory() {
    let (not_a_zip, mut file) = (Bytes::from_static(b"PK\x03\x04, but no zip"), vec![1]);
    let client = client_with(not_a_zip, &[]);
    client.export(&server(), 1, "stock").sink(&mut file).run().await.unwrap_err();
    assert!(file.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_import_comes_from_memory() {
    let (client, file) = (client(&[]), sample_dtable(700));
    let import = client.import(&server(), 1, "nowhere/new.dtable").source(700, file.clone());
    assert_eq!(import.run().await.unwrap().base.unwrap().name, "new");
    let mut exported = Vec::new();
    client.export(&server(), 1, "new").sink(&mut exported).run().await.unwrap();
    assert_eq!(exported, file);
}

/// Counts its calls, and refuses every file with an error.
#[derive(Default)]
struct Counts {
    begun: u32,
    discarded: u32,
    refuses: Option<io::ErrorKind>,
    cannot_begin: bool,
}

impl Sink for Counts {
    fn begin(&mut self, _: Option<u64>) -> BoxFuture<'_, io::Result<()>> {
        self.begun += 1;
        let begun = if self.cannot_begin { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) };
        Box::pin(async { begun })
    }

    fn write(&mut self, _: Bytes) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn check(&mut self, _: StopSignal) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async { self.refuses.map_or(Ok(()), |kind| Err(kind.into())) })
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn discard(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async { self.discarded += 1 })
    }
}

#[tokio::test(start_paused = true)]
async fn a_sink_is_notified_once_of_a_run_that_fails_after_it_began() {
    let refuses = Some(io::ErrorKind::InvalidData);
    for (fault, refuses, times) in
        [("cut@2000", None, (2, 0)), ("403", None, (0, 0)), ("slow@1", refuses, (4, 1))]
    {
        let mut sink = Counts { refuses, ..Counts::default() };
        let client = client(&[&format!("synchronous-export:{fault}")]);
        let ended = client.export(&server(), 1, "stock").sink(&mut sink).run().await;
        assert_eq!((sink.begun, sink.discarded), times, "{fault}");
        assert_eq!(ended.is_err(), fault != "cut@2000");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_cannot_begin_is_told_that_the_run_has_failed() {
    let mut sink = Counts { cannot_begin: true, ..Counts::default() };
    let ended = client(&[]).export(&server(), 1, "stock").sink(&mut sink).run().await;
    assert!(matches!(ended, Err(Error::Sink { error, .. }) if error.kind() == io::ErrorKind::StorageFull));
    assert_eq!((sink.begun, sink.discarded), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_file_is_exported_again_only_if_its_check_finds_it_damaged_or_cut() {
    for (kind, exports) in
        [(io::ErrorKind::InvalidData, 4), (io::ErrorKind::UnexpectedEof, 4), (io::ErrorKind::Other, 1)]
    {
        let mut sink = Counts { refuses: Some(kind), ..Counts::default() };
        client(&[]).export(&server(), 1, "stock").sink(&mut sink).run().await.unwrap_err();
        assert_eq!(sink.begun, exports, "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_is_kept_before_the_run_continues_and_can_be_resumed() {
    let client = client_of(sandbox(Generation::Y2021), &[]);
    let (mut kept, mut file) = (None, Vec::new());
    let full = client
        .export(&server(), 1, "stock")
        .sink(&mut file)
        .on_accepted(|resume| {
            kept = Some(resume);
            async { Err(io::ErrorKind::StorageFull.into()) }
        })
        .run()
        .await;
    let Err(Error::NotRecorded { error, resume, .. }) = full else { panic!("{full:?}") };
    assert_eq!((error.kind(), Some(&*resume)), (io::ErrorKind::StorageFull, kept.as_ref()));
    let exported = client.export(&server(), 1, "stock").sink(&mut file).or_resume(kept).run().await.unwrap();
    assert_eq!((exported.task, file.len()), (Some(resume.task), 5000));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_does_not_wait_returns_the_task_and_status_polls_it() {
    let client = client_of(sandbox(Generation::Y2021), &["export:slow@60000"]);
    let accepted = client.export(&server(), 1, "stock").no_wait().run().await.unwrap();
    let status = client.status(&server(), accepted.resume.task).run().await.unwrap();
    assert_eq!(status, TaskStatus::Running);
    let unknown = client.status(&server(), TaskId::new("1").unwrap()).run().await;
    assert_eq!(unknown.unwrap_err().operation().unwrap().kind(), ErrorKind::UnknownTask);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_does_not_wait_reports_its_task_and_has_it_kept() {
    let (client, mut kept) = (client_of(sandbox(Generation::Y2021), &[]), None);
    let mut reported = Vec::new();
    let run = client.export(&server(), 1, "stock").no_wait();
    let run = run.watch(|event| {
        if let Event::Accepted { resume, .. } = event {
            reported.push(resume);
        }
    });
    let keep = |resume| {
        kept = Some(resume);
        async { Ok(()) }
    };
    let accepted = run.on_accepted(keep).run().await.unwrap();
    assert_eq!((reported, kept), (vec![accepted.resume.clone()], Some(accepted.resume)));
}

#[tokio::test(start_paused = true)]
async fn a_run_keeps_its_file_and_its_events_when_it_is_not_to_wait() {
    let (client, mut events) = (client(&[]), 0);
    let import = client.import(&server(), 1, "new.dtable").source(700, sample_dtable(700));
    let accepted = import.watch(|_| events += 1).no_wait().run().await.unwrap();
    assert_eq!((accepted.base.unwrap().name.as_str(), events > 0), ("new", true));
}

#[tokio::test(start_paused = true)]
async fn a_listing_and_a_route_need_no_operation_from_the_caller() {
    let (client, mut requests) = (client(&[]), 0);
    let listing = client.list(&server(), Scope::Administered).policy(Policy::default()).run().await.unwrap();
    assert_eq!(listing.bases[0].base.name, "stock");
    let count = |event| requests += u32::from(matches!(event, Event::Requesting { .. }));
    let export = client.export(&server(), 1, "stock").route(Route::Synchronous).sink(Vec::new());
    export.watch(count).run().await.unwrap();
    assert_eq!(requests, 1);
}

#[tokio::test(start_paused = true)]
async fn fact_27_the_bases_of_a_whole_server_are_listed_and_exported_by_uuid() {
    let client = client(&[]);
    let listing = client.list(&server(), Scope::ServerWide).run().await.unwrap();
    let stock = &listing.bases[0];
    assert_eq!(
        (&*stock.base.name, stock.owner.as_ref().unwrap().name.as_ref()),
        ("stock", "Robert Teamplayer")
    );
    let (mut file, mut lines) = (Vec::new(), Vec::new());
    let export = client.export_by_uuid(&server(), stock.base.uuid.clone()).without_assets().sink(&mut file);
    let watch = |event| {
        if let Event::Requesting { request, .. } = event {
            lines.push(request.to_string())
        }
    };
    assert_eq!(export.watch(watch).run().await.unwrap().bytes as usize, file.len());
    assert!(lines[0].contains(stock.base.uuid.as_str()), "{lines:?}");
    let dots = client.export_by_uuid(&server(), ".".parse().unwrap()).sink(Vec::new()).run().await;
    assert!(matches!(dots, Err(Error::Input(InputError::DotsAsUuid))));
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_cannot_start_over_ends_the_run_at_once() {
    for one_pass in [false, true] {
        let client = client(&["synchronous-export:cut@2000"]);
        let export = client.export(&server(), 1, "stock").sink(Vec::new());
        let export = if one_pass { export.one_pass() } else { export };
        assert_eq!(export.run().await.is_err(), one_pass);
    }
}

/// A transport without a runtime: a wait of less than a second blocks its thread, and a longer one never ends.
struct NoRuntime(InProcess);

impl Transport for NoRuntime {
    type Permit = ();
    type ResponseBody = Option<Bytes>;

    fn now(&self) -> Duration {
        self.0.now()
    }

    async fn sleep_until(&self, moment: Duration) {
        match moment.saturating_sub(self.now()) {
            short if short < Duration::from_secs(1) => thread::sleep(short),
            _ => pending().await,
        }
    }

    async fn permit(&self) -> Result<(), TransportError> {
        Ok(())
    }

    async fn send(
        &self,
        (): (),
        request: Request<Upload>,
    ) -> Result<Response<Option<Bytes>>, TransportError> {
        self.0.send((), request).await
    }

    async fn next(&self, body: &mut Option<Bytes>) -> Result<Option<Bytes>, TransportError> {
        self.0.next(body).await
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let (mut future, waker) = (pin!(future), Arc::new(Unpark(thread::current())).into());
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn files_are_read_and_written_without_a_runtime() {
    let (sandbox, folder) = (Mutex::new(sandbox(Generation::Current)), tempfile::tempdir().unwrap());
    let client = Client::with_transport(NoRuntime(InProcess(sandbox, Instant::now())));
    let path = folder.path().join("stock.dtable");
    block_on(async {
        client.export(&server(), 1, "stock").save_to(&path).run().await.unwrap();
        client.import(&server(), 1, &path).name("copy").run().await.unwrap();
    });
    assert_eq!(std::fs::read(&path).unwrap(), sample_dtable(5000));
}

#[tokio::test(start_paused = true)]
async fn a_sink_of_the_caller_takes_precedence_over_a_path() {
    let (client, folder, mut file) = (client(&[]), tempfile::tempdir().unwrap(), Vec::new());
    let export = client.export(&server(), 1, "stock").save_to(folder.path().join("a.dtable"));
    export.sink(&mut file).run().await.unwrap();
    assert_eq!((file.len(), folder.path().read_dir().unwrap().count()), (5000, 0));
}
