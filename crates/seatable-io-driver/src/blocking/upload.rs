use std::fmt;
use std::io::{self, Read};
use std::time::Duration;

use seatable_io_proto::Body;

use super::clock::{has_passed, now};
use crate::event::Fault;
use crate::file::other_length;

/// The body of a request, in exactly the announced length: the file between two parts of the form.
///
/// If the file is not as long as announced, reading fails, so that the request is broken off.
pub struct Upload<'a> {
    head: &'a [u8],
    file: Box<dyn Read + 'a>,
    file_len: u64,
    file_left: u64,
    tail: &'a [u8],
    deadline: Duration,
    sent: &'a mut dyn FnMut(u64),
    fault: Option<Fault>,
}

impl<'a> Upload<'a> {
    /// The file must be read before the deadline. `sent` is called with the total number of its bytes that were read.
    pub(crate) fn new(
        body: &'a Body,
        file: Box<dyn Read + 'a>,
        deadline: Duration,
        sent: &'a mut dyn FnMut(u64),
    ) -> Self {
        let (file_len, head, tail) = (body.file_len(), body.head(), body.tail());
        Self { head, file, file_len, file_left: file_len, tail, deadline, sent, fault: None }
    }

    /// Returns how many bytes are left to send.
    pub fn len(&self) -> u64 {
        self.file_left.saturating_add((self.head.len().saturating_add(self.tail.len())) as u64)
    }

    /// Returns whether nothing is left to send.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Skips at most `bytes` bytes without reading them, and returns how many. For a transport that must send the whole body
    /// before it reads the response, after the server has stopped reading.
    pub fn skip(&mut self, bytes: usize) -> usize {
        let left = self.len();
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(bytes);
        (self.head, self.file_left, self.tail) = (&[], left.saturating_sub(count as u64), &[]);
        count
    }

    /// The fault of the file itself, if the upload failed because of it.
    pub(crate) fn into_fault(self) -> Option<Fault> {
        self.fault
    }

    fn piece(&mut self, buffer: &mut [u8]) -> Result<usize, Fault> {
        if !self.head.is_empty() {
            return self.head.read(buffer).map_err(Fault::Source);
        }
        if self.file_left == 0 {
            return self.tail.read(buffer).map_err(Fault::Source);
        }
        let most = usize::try_from(self.file_left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.read_file(&mut buffer[..most])?;
        if count == 0 && most > 0 {
            return Err(Fault::Source(other_length(false)));
        }
        self.file_left -= count as u64;
        if self.file_left == 0 && self.read_file(&mut [0])? > 0 {
            return Err(Fault::Source(other_length(true)));
        }
        (self.sent)(self.file_len - self.file_left);
        Ok(count)
    }

    fn read_file(&mut self, buffer: &mut [u8]) -> Result<usize, Fault> {
        let began = now();
        let count = loop {
            match self.file.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read.map_err(Fault::Source)?,
            }
        };
        if has_passed(self.deadline, began) { Err(Fault::local_time_out()) } else { Ok(count) }
    }
}

impl Read for Upload<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.piece(buffer).map_err(|fault| {
            self.fault = Some(fault);
            io::Error::other("the file could not be sent")
        })
    }
}

impl fmt::Debug for Upload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("len", &self.len()).finish_non_exhaustive()
    }
}
