//! Files that the command line names.

use std::io::{self, Read};
use std::path::Path;

/// Returns whether this stands for standard input or output.
pub(crate) fn is_dash(path: &Path) -> bool {
    path == Path::new("-")
}

/// Reads a whole file into memory.
///
/// # Errors
///
/// If the file is longer than `limit` bytes.
pub(crate) fn read_limited(file: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file.take(limit + 1).read_to_end(&mut bytes)? as u64 > limit {
        let words = format!("it is longer than {} KiB", limit / 1024);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, words));
    }
    Ok(bytes)
}

/// Reads a file to its end, piece by piece; returns its length.
pub(crate) fn read_through(mut file: impl Read, mut take: impl FnMut(&[u8])) -> io::Result<u64> {
    let (mut len, mut buffer) = (0, vec![0; 64 * 1024]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(len),
            Ok(count) => {
                take(&buffer[..count]);
                len += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read_limited;

    #[test]
    fn an_endless_file_is_an_error() {
        let error = read_limited(std::io::repeat(0), 2048).unwrap_err();
        assert_eq!(error.to_string(), "it is longer than 2 KiB");
        assert_eq!(read_limited(&[7; 2048][..], 2048).unwrap(), [7; 2048]);
    }
}
