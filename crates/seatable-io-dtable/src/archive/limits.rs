use std::cell::Cell;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::rc::Rc;

use super::ArchiveError;

/// The longest `content.json`, unpacked. Servers export at most 200 MB of it ([fact 12](seatable_io_proto::facts)).
const CONTENT: u64 = 4 * 1024 * 1024 * 1024;

/// The most that all entries unpack to.
const ALL: u64 = 1024 * 1024 * 1024 * 1024;

/// The most that all entries unpack to beyond [`FREE`], as a multiple of the file's length. The `content.json` of a base is
/// packed to a fiftieth at best, because the ids of its rows are random; a bomb to a thousandth.
const RATIO: u64 = 200;

/// The size that any file may unpack to.
const FREE: u64 = 64 * 1024 * 1024;

/// How much a zip may unpack to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    pub(super) content: u64,
    pub(super) all: u64,
    spent: u64,
}

impl Budget {
    /// The budget of a file of this length.
    pub(super) fn new(len: u64) -> Self {
        let all = ALL.min(len.saturating_mul(RATIO).saturating_add(FREE));
        Self { content: CONTENT, all, spent: 0 }
    }

    pub(super) fn spend(&mut self, bytes: u64) -> Result<(), ArchiveError> {
        self.spent = self.spent.saturating_add(bytes);
        match self.spent {
            spent if spent <= self.all => Ok(()),
            _ if self.all < ALL => Err(ArchiveError::Ratio),
            _ => Err(ArchiveError::TooLarge),
        }
    }
}

/// An entry that fails with an [`ArchiveError`] if it unpacks to too much.
pub(super) struct Unpacked<'b, R> {
    entry: R,
    budget: &'b mut Budget,
    /// How much more it may unpack to by itself.
    left: u64,
}

impl<'b, R> Unpacked<'b, R> {
    pub(super) fn new(entry: R, is_content: bool, budget: &'b mut Budget) -> Self {
        let left = if is_content { budget.content } else { u64::MAX };
        Self { entry, budget, left }
    }
}

impl<R: Read> Read for Unpacked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.entry.read(buffer)?;
        self.budget.spend(len as u64)?;
        let left = self.left.checked_sub(len as u64).ok_or(ArchiveError::LongContent)?;
        self.left = left;
        Ok(len)
    }
}

/// An error of the file itself, rather than one of a decoder, which may be of any kind.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unreadable(pub(super) io::Error);

impl Unreadable {
    pub(super) fn wrap(error: io::Error) -> io::Error {
        io::Error::new(error.kind(), Self(error))
    }
}

/// A buffered file that fails after a limited number of bytes. Seeking within the buffer keeps it.
pub(super) struct Buffered<F> {
    file: BufReader<F>,
    position: u64,
    left: Rc<Cell<u64>>,
}

impl<F: Read + Seek> Buffered<F> {
    /// Returns the file from its beginning, with its length.
    pub(super) fn new(mut file: F, left: Rc<Cell<u64>>) -> io::Result<(Self, u64)> {
        let len = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        Ok((Self { file: BufReader::new(file), position: 0, left }, len))
    }
}

impl<F: Read> Read for Buffered<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.file.read(buffer).map_err(Unreadable::wrap)?;
        self.position = self.position.saturating_add(len as u64);
        match self.left.get().checked_sub(len as u64) {
            Some(left) => self.left.set(left),
            None => return Err(ErrorKind::InvalidData.into()),
        }
        Ok(len)
    }
}

impl<F: Seek> Seek for Buffered<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let by = match to {
            SeekFrom::Start(to) => i128::from(to).checked_sub(i128::from(self.position)),
            SeekFrom::Current(by) => Some(by.into()),
            SeekFrom::End(_) => None,
        };
        let by = by.and_then(|by| i64::try_from(by).ok());
        let relative = by.and_then(|by| Some((by, self.position.checked_add_signed(by)?)));
        self.position = match relative {
            Some((by, position)) => {
                self.file.seek_relative(by).map(|()| position).map_err(Unreadable::wrap)?
            }
            None => self.file.seek(to).map_err(Unreadable::wrap)?,
        };
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// The limit that a file of this length meets when it unpacks to this much.
    fn met(len: u64, bytes: u64) -> Option<String> {
        let spent = Budget::new(len).spend(bytes);
        spent.err().map(|error| error.to_string())
    }

    #[test]
    fn a_file_unpacks_to_64_mib_and_200_times_its_size_and_1_tib_at_most() {
        let ratio = Some("it unpacks to more than 200 times its size".to_owned());
        assert_eq!([met(0, 64 << 20), met(0, (64 << 20) + 1)], [None, ratio.clone()]);
        assert_eq!([met(1000, (64 << 20) + 200_000), met(1000, (64 << 20) + 200_001)], [None, ratio]);
        let all = Some("it unpacks to more than 1 TiB".to_owned());
        assert_eq!([met(u64::MAX, 1 << 40), met(u64::MAX, (1 << 40) + 1)], [None, all]);
        assert_eq!(Budget::new(0).content, 4 << 30);
    }

    #[test]
    fn the_unpacked_sizes_of_entries_add_up() {
        let mut budget = Budget::new(0);
        assert!(budget.spend(40 << 20).is_ok() && budget.spend(24 << 20).is_ok() && budget.spend(1).is_err());
    }

    #[test]
    fn a_buffered_file_is_where_it_was_sought() {
        let bytes: Vec<u8> = (0..=249).flat_map(|byte| [byte; 200]).collect();
        let left = Rc::new(Cell::new(u64::MAX));
        let (mut file, len) = Buffered::new(Cursor::new(&bytes), Rc::clone(&left)).unwrap();
        assert_eq!(len, 50_000);
        for (to, at) in [
            (SeekFrom::Start(20_000), 20_000_u64),
            (SeekFrom::Current(200), 20_400),
            (SeekFrom::Current(-600), 20_000),
            (SeekFrom::End(-400), 49_600),
            (SeekFrom::Start(0), 0),
        ] {
            let mut read = [0; 200];
            assert_eq!(file.seek(to).unwrap(), at);
            file.read_exact(&mut read).unwrap();
            assert!(read.iter().all(|byte| u64::from(*byte) == at / 200), "{to:?}");
        }
        assert!(file.seek(SeekFrom::Current(-1000)).is_err());
        assert_eq!(u64::MAX - left.get(), 1000);
    }
}
