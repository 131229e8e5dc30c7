//! The import of a file.

use seatable_io_proto::{FileName, ImportFile, InputError};
use uuid::Uuid;

/// A file to import as a new base.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Import {
    pub(crate) file: ImportFile,
    pub(crate) wait: bool,
}

impl Import {
    /// A file of `len` bytes, sent to a workspace under the name `file`.
    ///
    /// Check a `.dtable` file first: the server creates the base before it checks the file.
    ///
    /// # Errors
    ///
    /// [`InputError::FileTooLong`] if the file is longer than 2^62 bytes.
    pub fn new(workspace: u64, file: FileName, len: u64) -> Result<Self, InputError> {
        // The operation sets the boundary.
        Ok(Self { file: ImportFile::new(workspace, file, len, Uuid::nil())?, wait: true })
    }

    /// Creates the base in a folder of the workspace. 2020 and 2021 servers ignore it.
    #[doc(alias = "folder_id")]
    pub fn folder(self, folder: u64) -> Self {
        Self { file: self.file.folder(folder), ..self }
    }

    /// Ends the operation with [`Outcome::Accepted`](crate::Outcome::Accepted) as soon as the server has started to import.
    ///
    /// Current servers import `.csv` and `.xlsx` files in one request, without a task. There the operation ends with
    /// [`Unsupported`](crate::ErrorKind::Unsupported) before the file is sent.
    pub fn no_wait(self) -> Self {
        Self { wait: false, ..self }
    }
}
