//! `multipart/form-data` (RFC 7578) as Django accepts it.

use crate::Body;

/// The header block of the file's part, including the blank line. Servers accept 1022 bytes.
pub(crate) fn file_header(file_name: &str) -> String {
    let name = file_name.replace('&', "&amp;").replace('"', "&quot;");
    format!("Content-Disposition: form-data; name=\"dtable\"; filename=\"{name}\"\r\n\r\n")
}

pub(crate) fn body(boundary: &str, folder: Option<u64>, file_name: &str, file: u64) -> Body {
    let folder = folder.map_or_else(String::new, |id| {
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"folder_id\"\r\n\r\n{id}\r\n")
    });
    let head = format!("{folder}--{boundary}\r\n{}", file_header(file_name));
    Body { head: head.into(), file, tail: format!("\r\n--{boundary}--\r\n").into() }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn the_file_stands_between_two_boundaries() {
        let body = body("B", None, "stock.dtable", 10);
        let header = "Content-Disposition: form-data; name=\"dtable\"; filename=\"stock.dtable\"";
        assert_eq!(body.head(), format!("--B\r\n{header}\r\n\r\n").as_bytes());
        assert_eq!((body.file_len(), body.tail()), (10, &Bytes::from("\r\n--B--\r\n")));
    }

    #[test]
    fn the_folder_comes_before_the_file() {
        let with = body("B", Some(7), "stock.dtable", 0);
        let part = "--B\r\nContent-Disposition: form-data; name=\"folder_id\"\r\n\r\n7\r\n";
        let without = body("B", None, "stock.dtable", 0);
        assert_eq!(*with.head(), [part.as_bytes(), without.head()].concat());
    }

    #[test]
    fn quotes_and_ampersands_are_entities_and_all_else_stands_as_it_is() {
        let header = file_header("a\"b&c%22;ä 🦀.csv");
        assert!(header.contains("filename=\"a&quot;b&amp;c%22;ä 🦀.csv\"\r\n\r\n"), "{header}");
    }
}
