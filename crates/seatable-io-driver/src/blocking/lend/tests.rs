use std::cell::Cell;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Duration;

use seatable_io_proto::{Body, Endpoint, FileName, Format, ImportFile, Server, StartImport, Token};

use super::*;

/// The body of an import of a file of this length.
fn body(file_len: u64) -> Body {
    let server = Server::new("http://localhost", Token::new("0123").unwrap()).unwrap();
    let name = FileName::new("new", Format::Dtable).unwrap();
    let file = ImportFile::new(1, name, file_len, uuid::Uuid::from_u128(7)).unwrap();
    StartImport::new(file).request(&server).into_body()
}

fn file(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}

/// Lends a body whose file is read from this reader. Returns the result, and how many bytes of the file were read.
fn lend<R: Send>(
    file_len: u64,
    reader: impl Read,
    send: impl FnOnce(Lent) -> R + Send,
) -> (Result<R, TransportError>, u64) {
    let (body, mut read) = (body(file_len), 0);
    let mut count = |bytes| read = bytes;
    let mut upload = Upload::new(&body, Box::new(reader), Duration::MAX, &mut count);
    let result = upload.lend(|lent| Ok(send(lent)));
    drop(upload);
    (result, read)
}

fn is_other<T>(read: &io::Result<T>) -> bool {
    matches!(read, Err(error) if error.kind() == ErrorKind::Other)
}

#[test]
fn the_whole_body_arrives_in_its_order_whatever_the_size_of_the_buffer() {
    let (body, file) = (body(600_001), file(600_001));
    let whole = [&body.head()[..], &file, body.tail()].concat();
    for size in [7, 8192, PIECE, 1 << 20] {
        let (received, read) = lend(600_001, &file[..], |mut lent| {
            let (mut received, mut buffer) = (Vec::<u8>::new(), vec![0; size]);
            while let count @ 1.. = lent.read(&mut buffer).unwrap() {
                received.extend(&buffer[..count]);
                assert_eq!(lent.len(), (whole.len() - received.len()) as u64);
            }
            assert!(lent.is_empty());
            received
        });
        assert!(received.unwrap() == whole && read == 600_001, "{size}");
    }
}

#[test]
fn nothing_is_read_before_the_client_asks_for_it() {
    let head = body(9).head().len();
    assert_eq!(lend(9, &[1; 9][..], |_| ()).1, 0);
    let take = |count| move |mut lent: Lent| lent.read_exact(&mut vec![0; count]).unwrap();
    assert_eq!(lend(9, &[1; 9][..], take(head)).1, 0, "the head is not a part of the file");
    assert_eq!(lend(9, &[1; 9][..], take(head + 1)).1, 9);
    let first = lend(3 * PIECE as u64, &vec![1; 3 * PIECE][..], take(head + 1)).1;
    assert_eq!(first, PIECE as u64, "one piece for one question");
}

#[test]
fn an_empty_buffer_asks_for_nothing() {
    let (count, _) = lend(9, Failing(true), |mut lent| {
        lent.read_exact(&mut vec![0; body(9).head().len()]).unwrap();
        lent.read(&mut []).unwrap()
    });
    assert_eq!(count.unwrap(), 0);
}

/// Reads on one thread only, and counts.
struct OnThisThread<'a>(&'a Cell<u32>);

impl Read for OnThisThread<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + 1);
        buffer.fill(1);
        Ok(buffer.len().min(1))
    }
}

#[test]
fn a_file_that_cannot_leave_its_thread_can_be_lent() {
    let count = Cell::new(0);
    let (here, there) = (thread::current().id(), |mut lent: Lent| {
        lent.read_to_end(&mut Vec::new()).unwrap();
        thread::current().id()
    });
    let (sent_on, read) = lend(3, OnThisThread(&count).take(3), there);
    assert!(sent_on.unwrap() != here && read == 3);
    assert_eq!(count.get(), 3);
}

/// Fails once, and can be read after that.
struct Failing(bool);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if std::mem::take(&mut self.0) { Err(ErrorKind::PermissionDenied.into()) } else { Ok(buffer.len()) }
    }
}

#[test]
fn an_error_of_the_file_fails_the_body_for_good_and_stays_with_the_upload() {
    let (body, mut ignored) = (body(9), |_| ());
    let mut upload = Upload::new(&body, Box::new(Failing(true)), Duration::MAX, &mut ignored);
    let ends = upload.lend(|mut lent| {
        lent.read_exact(&mut vec![0; body.head().len()]).unwrap();
        Ok([(); 3].map(|()| lent.read(&mut [0; 9])))
    });
    assert!(ends.unwrap().iter().all(is_other));
    let fault = upload.into_fault();
    assert!(
        matches!(fault, Some(crate::event::Fault::Source(error)) if error.kind() == ErrorKind::PermissionDenied)
    );
}

#[test]
fn a_file_of_another_length_fails_the_body() {
    for len in [8, 10] {
        let (end, _) = lend(9, &[1; 10][..len], |mut lent| lent.read_to_end(&mut Vec::new()));
        assert!(is_other(&end.unwrap()), "{len}");
    }
}

#[test]
fn a_client_that_keeps_the_body_after_its_response_does_not_hold_up_the_run() {
    let kept = Mutex::new(None);
    let (response, read) = lend(9, &[1; 9][..], |lent| {
        *kept.lock().unwrap() = Some(lent);
        413
    });
    assert_eq!((response.unwrap(), read), (413, 0));
    let mut kept = kept.into_inner().unwrap().unwrap();
    assert!(is_other(&kept.read(&mut [0])) && is_other(&kept.read(&mut [0])) && !kept.is_empty());
}

#[test]
fn a_client_that_drops_the_body_may_still_wait_for_the_response() {
    let (response, read) = lend(9, &[1; 9][..], |mut lent| {
        let received = io::copy(&mut lent, &mut io::sink()).unwrap();
        drop(lent);
        thread::sleep(Duration::from_millis(5));
        received
    });
    assert_eq!((response.unwrap(), read), (body(9).head().len() as u64 + 9 + body(9).tail().len() as u64, 9));
}

#[test]
fn an_error_of_the_client_is_returned() {
    let (body, mut ignored) = (body(9), |_| ());
    let mut upload = Upload::new(&body, Box::new(&[1; 9][..]), Duration::MAX, &mut ignored);
    let sent = upload.lend(|_| Err::<(), _>(TransportError::new(Failure::TimedOut, "late")));
    assert_eq!(sent.unwrap_err().failure(), Failure::TimedOut);
    assert!(upload.into_fault().is_none());
}

#[test]
fn a_panic_of_the_client_is_passed_on_with_its_words() {
    let send = |mut lent: Lent| {
        lent.read_exact(&mut [0; 9]).unwrap();
        panic!("of the client");
    };
    let panic = catch_unwind(AssertUnwindSafe(|| lend::<()>(9, &[1; 9][..], send))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"of the client"));
}
