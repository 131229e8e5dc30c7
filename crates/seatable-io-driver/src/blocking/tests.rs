use std::cell::RefCell;
use std::io::{self, Cursor, Read};
use std::time::Duration;

use http::{Request, Response};
use seatable_io_proto::{BaseName, FileName, Format, Server, SynchronousExport, Token};
use seatable_io_sandbox::{Fault, FaultKind, Generation, Sandbox, sample_dtable};
use seatable_io_task::{ErrorKind, Export, Failure, Import, Operation, Outcome, Policy, Reason};

use super::clock::{AHEAD, has_passed, now};
use super::{Client, Limits, Sink, Source, Stop, Transport, Upload};
use crate::{Error, StopSignal, TransportError};

const MINUTE: Duration = Duration::from_secs(60);

/// A sandbox, whose responses do not announce their length if they are `chunked`.
struct InProcess<'a> {
    sandbox: &'a RefCell<Sandbox>,
    chunked: bool,
}

impl Transport for InProcess<'_> {
    type ResponseBody = Cursor<Vec<u8>>;

    fn send(
        &mut self,
        request: Request<Option<&mut Upload<'_>>>,
        _: Limits,
    ) -> Result<Response<Self::ResponseBody>, TransportError> {
        let broken = || TransportError::new(Failure::Interrupted, "the connection broke");
        let (head, upload) = request.into_parts();
        let mut body = Vec::new();
        if let Some(upload) = upload {
            upload.read_to_end(&mut body).map_err(|_| broken())?;
        }
        let response = self.sandbox.borrow_mut().respond(now(), Request::from_parts(head, body.into()));
        let mut response = response.delivered().unwrap().ok_or_else(broken)?;
        if self.chunked {
            response.headers_mut().remove(http::header::CONTENT_LENGTH);
        }
        Ok(response.map(|body| Cursor::new(body.to_vec())))
    }

    fn read(
        &mut self,
        response: &mut Self::ResponseBody,
        buffer: &mut [u8],
    ) -> Result<usize, TransportError> {
        Ok(response.read(buffer).unwrap())
    }
}

/// A sink or source that takes an hour to begin, to write a piece, to check the file, or to read a piece.
#[derive(Clone, Copy)]
enum Slow {
    Begin,
    Write,
    Check,
    Read,
}

fn spend_an_hour_if(is_slow: bool) {
    if is_slow {
        AHEAD.set(AHEAD.get() + 60 * MINUTE);
    }
}

impl Sink for Slow {
    fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        spend_an_hour_if(matches!(self, Self::Begin));
        Ok(())
    }

    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        spend_an_hour_if(matches!(self, Self::Write));
        Ok(())
    }

    fn check(&mut self, _: &StopSignal) -> io::Result<()> {
        spend_an_hour_if(matches!(self, Self::Check));
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Source for Slow {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(self))
    }
}

impl Read for &mut Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        spend_an_hour_if(matches!(self, Slow::Read));
        buffer.fill(0);
        Ok(buffer.len())
    }
}

fn server(sandbox: &RefCell<Sandbox>) -> Server {
    Server::new("http://localhost/", Token::new(sandbox.borrow().token()).unwrap()).unwrap()
}

/// Exports a base of this size in a minute.
fn export(size: usize, sink: impl Sink) -> Result<Outcome, Error> {
    export_until(&Stop::new(), size, false, sink)
}

fn export_chunked(size: usize, sink: impl Sink) -> Result<Outcome, Error> {
    export_until(&Stop::new(), size, true, sink)
}

fn export_until(stop: &Stop, size: usize, chunked: bool, mut sink: impl Sink) -> Result<Outcome, Error> {
    let sandbox = Sandbox::new(Generation::Current).with_base(1, "stock", sample_dtable(size));
    let sandbox = RefCell::new(sandbox);
    let (export, policy) =
        (Export::new(1, BaseName::new("stock").unwrap()), Policy::default().timeout(MINUTE));
    let task = Operation::export(server(&sandbox), export, policy, 7);
    let connect = || InProcess { sandbox: &sandbox, chunked };
    Client::with_transport(connect).run(task).sink(&mut sink).until(stop.clone()).run()
}

#[test]
fn a_task_that_runs_out_of_time_because_of_its_sink_says_so() {
    for slow in [Slow::Begin, Slow::Write, Slow::Check] {
        assert_timed_out(&export(2_000_000, slow).unwrap_err());
        assert_timed_out(&export_chunked(2_000_000, slow).unwrap_err());
    }
}

fn assert_timed_out(error: &Error) {
    let error = error.operation().unwrap();
    assert_eq!((error.kind(), error.reason()), (ErrorKind::Timeout, Some(&Reason::LocalTimedOut)));
}

/// Checks its file by a function of the signal, and takes an hour to write it if it is late.
struct Checked<F> {
    is_late: bool,
    check: F,
    is_kept: bool,
}

impl<F: FnMut(&StopSignal) -> io::Result<()>> Checked<F> {
    fn new(is_late: bool, check: F) -> Self {
        Self { is_late, check, is_kept: false }
    }
}

impl<F: FnMut(&StopSignal) -> io::Result<()>> Sink for Checked<F> {
    fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        spend_an_hour_if(self.is_late);
        Ok(())
    }

    fn check(&mut self, signal: &StopSignal) -> io::Result<()> {
        (self.check)(signal)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.is_kept = true;
        Ok(())
    }
}

#[test]
fn a_check_that_begins_after_the_timeout_learns_of_it() {
    let mut sink = Checked::new(false, StopSignal::check);
    assert!(export(5000, &mut sink).is_ok() && sink.is_kept);
    let mut sink = Checked::new(true, StopSignal::check);
    assert_timed_out(&export(5000, &mut sink).unwrap_err());
    assert!(!sink.is_kept);
}

#[test]
fn a_stop_during_the_check_ends_it_and_cancels_the_task() {
    for damaged in [io::ErrorKind::Other, io::ErrorKind::InvalidData] {
        let stop = Stop::new();
        let mut sink = Checked::new(false, |signal: &StopSignal| {
            stop.stop();
            assert!(signal.check().is_err());
            Err(damaged.into())
        });
        let error = export_until(&stop, 5000, false, &mut sink).unwrap_err();
        let Error::Operation { error, transport: Some(why), .. } = error else { panic!("{error}") };
        assert_eq!((error.kind(), why.failure()), (ErrorKind::Cancelled, Failure::Interrupted));
        assert!(!sink.is_kept);
    }
}

#[test]
fn a_file_that_was_checked_when_the_run_is_stopped_is_kept() {
    let stop = Stop::new();
    let mut sink = Checked::new(false, |_: &StopSignal| {
        stop.stop();
        Ok(())
    });
    assert!(export_until(&stop, 5000, false, &mut sink).is_ok() && sink.is_kept);
}

#[test]
fn a_sink_that_takes_too_long_for_the_last_bytes_has_the_whole_file() {
    assert!(matches!(export(5000, Slow::Write), Ok(Outcome::Exported(_))));
    assert!(matches!(export_chunked(5000, Slow::Write), Ok(Outcome::Exported(_))));
    assert!(matches!(export(5000, Slow::Read), Ok(Outcome::Exported(_))));
}

#[test]
fn a_task_that_runs_out_of_time_because_of_its_source_says_so() {
    let sandbox = RefCell::new(Sandbox::new(Generation::Current));
    let import = Import::new(1, FileName::new("new", Format::Dtable).unwrap(), 5000).unwrap();
    let task = Operation::import(server(&sandbox), import, Policy::default().timeout(MINUTE), 7);
    let client = Client::with_transport(|| InProcess { sandbox: &sandbox, chunked: false });
    let error = client.run(task).source(Slow::Read).run().unwrap_err();
    let error = error.operation().unwrap();
    assert_eq!((error.kind(), error.reason()), (ErrorKind::UnknownOutcome, Some(&Reason::LocalTimedOut)));
}

#[test]
fn a_file_of_another_length_is_its_own_error() {
    let sandbox = RefCell::new(Sandbox::new(Generation::Current));
    let client = Client::with_transport(|| InProcess { sandbox: &sandbox, chunked: false });
    for (len, expected) in [(4, io::ErrorKind::UnexpectedEof), (6, io::ErrorKind::InvalidData)] {
        let import = client.import(&server(&sandbox), 1, "new.dtable").source(5, &[1; 6][..len]);
        let end = import.run();
        assert!(matches!(end, Err(Error::Source { error, .. }) if error.kind() == expected), "{len}");
    }
}

/// Cannot begin, and counts how often it is told that the run has failed.
struct Full(u32);

impl Sink for Full {
    fn begin(&mut self, _: Option<u64>) -> io::Result<()> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn discard(&mut self) {
        self.0 += 1;
    }
}

#[test]
fn a_sink_that_cannot_begin_is_told_that_the_run_has_failed() {
    let mut sink = Full(0);
    let end = export(5000, &mut sink);
    assert!(matches!(end, Err(Error::Sink { error, .. }) if error.kind() == io::ErrorKind::StorageFull));
    assert_eq!(sink.0, 1);
}

#[test]
fn a_run_ends_at_once_if_its_task_cannot_be_kept() {
    let sandbox = Sandbox::new(Generation::Y2021).with_base(1, "stock", sample_dtable(5000));
    let (sandbox, mut kept) = (RefCell::new(sandbox), Vec::new());
    let client = Client::with_transport(|| InProcess { sandbox: &sandbox, chunked: false });
    let export = client.export(&server(&sandbox), 1, "stock").sink(Vec::new()).on_accepted(|resume| {
        kept.push(resume);
        Err(io::ErrorKind::StorageFull.into())
    });
    let Err(Error::NotRecorded { error, resume }) = export.run() else { panic!("it went on") };
    assert_eq!((error.kind(), vec![*resume]), (io::ErrorKind::StorageFull, kept));
}

#[test]
fn a_token_that_the_server_repeats_is_not_shown_by_the_error_of_a_call() {
    let sandbox = Sandbox::new(Generation::Current).with_base(1, "stock", sample_dtable(500));
    let sandbox = RefCell::new(sandbox);
    let message = format!("no {}", sandbox.borrow().token());
    sandbox.borrow_mut().add_fault(Fault::any(FaultKind::Fail { message }));
    let client = Client::with_transport(|| InProcess { sandbox: &sandbox, chunked: false });
    let export = SynchronousExport::new(1, BaseName::new("stock").unwrap());
    let error = client.call(&export, &server(&sandbox)).unwrap_err();
    assert!(error.to_string().contains("no ***"), "{error}");
}

#[test]
fn a_moment_that_had_passed_before_does_not_pass_again() {
    let before = now();
    AHEAD.set(60 * MINUTE);
    assert!(has_passed(before + MINUTE, before) && !has_passed(before + 120 * MINUTE, before));
    assert!(!has_passed(before + MINUTE, now()));
}
