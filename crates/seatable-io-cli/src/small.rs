//! Files that are read into memory.

use std::io::{self, Read};

/// All of the file; an error if it is longer than `limit` bytes.
pub(crate) fn read(file: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file.take(limit + 1).read_to_end(&mut bytes)? as u64 > limit {
        let words = format!("it is longer than {} KiB", limit / 1024);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, words));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn an_endless_file_is_an_error() {
        let error = read(std::io::repeat(0), 2048).unwrap_err();
        assert_eq!(error.to_string(), "it is longer than 2 KiB");
        assert_eq!(read(&[7; 2048][..], 2048).unwrap(), [7; 2048]);
    }
}
