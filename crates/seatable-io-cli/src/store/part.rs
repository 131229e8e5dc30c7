//! Receives a copy.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};

use seatable_io_ureq::{Sink, StopSignal, reserve};

use super::copied::{Copied, examine};
use super::dir::Dir;

/// The beginning and the end of the name of a file that is not a copy yet.
const ENDS: (&str, &str) = (".seatable-io-", ".part");

/// Returns the name of the file that becomes a copy of this name. It also marks the copy as not recorded yet.
pub(super) fn mark(name: &str) -> String {
    format!("{}{name}{}", ENDS.0, ENDS.1)
}

/// Returns the name of the copy that this file becomes or marks, if it is such a file.
pub(super) fn marked(name: &str) -> Option<&str> {
    name.strip_prefix(ENDS.0)?.strip_suffix(ENDS.1)
}

/// A file that is examined before it gets the name of a copy.
pub(crate) struct Part {
    folder: Dir,
    name: String,
    file: File,
    copied: Option<Copied>,
}

impl Part {
    pub(super) fn create(folder: Dir, name: &str) -> io::Result<Part> {
        let file = folder.create_new(&mark(name))?;
        Ok(Part { folder, name: name.to_owned(), file, copied: None })
    }

    /// Returns the result of the examination.
    pub(crate) fn copied(&self) -> Option<Copied> {
        self.copied
    }
}

impl Sink for Part {
    fn begin(&mut self, len: Option<u64>) -> io::Result<()> {
        self.copied = None;
        self.file.set_len(0)?;
        self.file.rewind()?;
        reserve(&self.file, len)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    fn check(&mut self, signal: &StopSignal) -> io::Result<()> {
        self.copied = Some(examine(&mut signal.reader(&self.file))?.copied);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.file.sync_all()?;
        self.folder.link(&mark(&self.name), &self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use seatable_io_sandbox::sample_dtable;

    use super::*;

    #[test]
    fn a_copy_that_begins_again_is_received_and_examined_anew() {
        let folder = tempfile::tempdir().unwrap();
        let mut part = Part::create(Dir::open(folder.path()).unwrap(), "a.dtable").unwrap();
        let receive = |part: &mut Part, bytes: &[u8]| {
            part.begin(Some(bytes.len() as u64)).and_then(|()| part.write(bytes)).unwrap();
            assert!(part.copied().is_none());
            part.check(&StopSignal::default()).unwrap();
        };
        receive(&mut part, &sample_dtable(900));
        receive(&mut part, &sample_dtable(800));
        assert_eq!(part.copied().unwrap().bytes, 800);
        part.finish().unwrap();
        assert_eq!(fs::read(folder.path().join("a.dtable")).unwrap(), sample_dtable(800));
        assert!(folder.path().join(mark("a.dtable")).exists());
    }

    #[test]
    fn a_copy_does_not_replace_an_existing_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut part = Part::create(Dir::open(folder.path()).unwrap(), "a.dtable").unwrap();
        fs::write(folder.path().join("a.dtable"), "theirs").unwrap();
        assert_eq!(part.finish().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(folder.path().join("a.dtable")).unwrap(), b"theirs");
    }
}
