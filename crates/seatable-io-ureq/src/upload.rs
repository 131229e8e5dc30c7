use std::io::{self, Read};
use std::sync::Arc;

use seatable_io_driver::other_length;
use seatable_io_proto::Body;

use crate::line::Marks;

/// The three pieces of a body, one after the other, in exactly the length announced.
pub(crate) struct Upload<'a> {
    head: &'a [u8],
    file: Box<dyn Read + 'a>,
    file_len: u64,
    file_left: u64,
    tail: &'a [u8],
    marks: Arc<Marks>,
    sent: &'a mut dyn FnMut(u64),
    fault: Option<io::Error>,
}

impl<'a> Upload<'a> {
    pub(crate) fn new(
        body: &'a Body,
        file: Box<dyn Read + 'a>,
        marks: Arc<Marks>,
        sent: &'a mut dyn FnMut(u64),
    ) -> Self {
        let file_len = body.file_len();
        Self {
            head: body.head(),
            file,
            file_len,
            file_left: file_len,
            tail: body.tail(),
            marks,
            sent,
            fault: None,
        }
    }

    /// The file's own error, if it is what broke the upload.
    pub(crate) fn into_fault(self) -> Option<io::Error> {
        self.fault
    }

    fn piece(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.head.is_empty() {
            return self.head.read(buffer);
        }
        if self.file_left == 0 {
            return self.tail.read(buffer);
        }
        let most = usize::try_from(self.file_left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.file.read(&mut buffer[..most])?;
        if count == 0 && most > 0 {
            return Err(other_length(false));
        }
        self.file_left -= count as u64;
        if self.file_left == 0 && self.file.read(&mut [0])? > 0 {
            return Err(other_length(true));
        }
        (self.sent)(self.file_len - self.file_left);
        Ok(count)
    }

    /// Goes on without the file, for the sake of the answer: nobody reads what is sent now.
    fn skip(&mut self, buffer: &[u8]) -> usize {
        let (head, tail) = (self.head.len() as u64, self.tail.len() as u64);
        let left = head + self.file_left + tail;
        let count = left.min(buffer.len() as u64);
        (self.head, self.file_left, self.tail) = (&[], left - count, &[]);
        usize::try_from(count).unwrap_or(buffer.len())
    }
}

impl Read for Upload<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.marks.is_deaf() {
            return Ok(self.skip(buffer));
        }
        loop {
            match self.piece(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.fault = Some(error);
                    return Err(io::Error::other("the file could not be sent"));
                }
                good => return good,
            }
        }
    }
}
