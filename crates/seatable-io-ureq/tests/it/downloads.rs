use std::fs;
use std::io;

use seatable_io_sandbox::{Call, Fault, FaultKind, Generation, Sandbox, sample_dtable};
use seatable_io_ureq::task::{ErrorKind, Export, Operation, Outcome, Reason};
use seatable_io_ureq::{Error, FileSink, Sink, WriterSink};

use crate::support::*;

fn export_with(kind: FaultKind, times: u32, sink: &mut dyn Sink) -> Result<Outcome, Error> {
    let sandbox = sandbox(Generation::Y2020);
    sandbox.with(|sandbox, _| sandbox.add_fault(Fault::new(Call::ExportContent, kind).times(times)));
    export(&sandbox.url(), sink)
}

#[test]
fn a_broken_download_is_exported_again() {
    let mut sink = Memory::default();
    export_with(FaultKind::Cut { after: 2_000_000 }, 1, &mut sink).unwrap();
    assert_eq!((sink.begun, sink.bytes == stock()), (2, true));
}

#[test]
fn a_broken_download_without_a_length_is_exported_again() {
    let mut sink = Memory::default();
    export_with(FaultKind::CutChunked { after: 2_000_000 }, 1, &mut sink).unwrap();
    assert_eq!((sink.begun, sink.bytes == stock()), (2, true));
}

#[test]
fn a_chunked_download_is_complete() {
    let mut sink = Memory::default();
    export_with(FaultKind::Chunked, 1, &mut sink).unwrap();
    assert!(sink.bytes == stock());
}

#[test]
fn a_page_in_place_of_the_file_never_reaches_the_sink() {
    let mut sink = Memory::default();
    let error = export_with(FaultKind::Page, u32::MAX, &mut sink).unwrap_err();
    assert_eq!(error.operation().unwrap().kind(), ErrorKind::BadAnswer);
    assert_eq!((sink.begun, sink.finished), (0, false));
}

#[test]
fn a_file_appears_whole_under_its_name_and_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stock.dtable");
    let sandbox = sandbox(Generation::Y2021);
    export(&sandbox.url(), &mut FileSink::create_new(&path).unwrap()).unwrap();
    assert!(fs::read(&path).unwrap() == stock());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_failed_download_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = FileSink::create_new(folder.path().join("stock.dtable")).unwrap();
    export_with(FaultKind::Cut { after: 2_000_000 }, u32::MAX, &mut sink).unwrap_err();
    drop(sink);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_full_disk_is_an_error_of_the_sink_and_ends_the_run() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let sandbox = sandbox(Generation::Y2021);
    let error = export(&sandbox.url(), &mut WriterSink::new(Full)).unwrap_err();
    assert!(matches!(error, Error::Sink { error, .. } if error.kind() == io::ErrorKind::StorageFull));
    assert_eq!(sandbox.state().count(Call::StartExport), 1);
}

#[test]
fn a_file_that_was_written_to_a_pipe_is_not_exported_again() {
    let sandbox = sandbox(Generation::Y2020);
    sandbox.with(|sandbox, _| {
        sandbox.add_fault(Fault::new(Call::ExportContent, FaultKind::Cut { after: 2_000_000 }));
    });
    let export = Export::new(1, seatable_io_ureq::proto::BaseName::new("stock").unwrap());
    let operation = Operation::export(server(&sandbox.url()), export, quick(), SEED).one_pass();
    let mut sink = WriterSink::new(Vec::new());
    let error = client().run(operation).sink(&mut sink).run().unwrap_err();
    assert_eq!(error.operation().unwrap().kind(), ErrorKind::Unavailable);
    assert_eq!(sandbox.state().count(Call::StartExport), 1);
}

#[test]
fn a_download_without_a_place_for_it_is_an_error_of_the_sink() {
    let sandbox = sandbox(Generation::Y2021);
    let error = client().run(export_of(&sandbox.url(), quick())).run().unwrap_err();
    assert!(matches!(error, Error::Sink { .. }), "{error:?}");
}

#[test]
fn a_pipe_cannot_begin_again() {
    let mut sink = WriterSink::new(Vec::new());
    sink.begin(None).unwrap();
    sink.begin(None).and_then(|()| sink.write(b"x")).unwrap();
    assert!(sink.begin(None).is_err());
    assert_eq!(sink.into_inner(), b"x");
}

#[test]
fn a_file_with_a_flipped_bit_is_exported_again_and_never_kept() {
    let mut damaged = sample_dtable(5000).to_vec();
    damaged[60] ^= 1;
    let sandbox = start(Sandbox::new(Generation::Y2021).with_base(1, "stock", bytes::Bytes::from(damaged)));
    let folder = tempfile::tempdir().unwrap();
    let mut sink = FileSink::create_new(folder.path().join("a.dtable")).unwrap();
    let error = export(&sandbox.url(), &mut sink).unwrap_err();
    assert_eq!(error.operation().unwrap().reason(), Some(&Reason::Damaged), "{error}");
    drop(sink);
    assert_eq!(sandbox.state().count(Call::StartExport), 4);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
