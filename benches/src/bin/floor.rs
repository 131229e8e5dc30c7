//! The least that a transfer can cost: one request, 1 MiB buffers, a sync, and no decision.
//!
//! ```text
//! floor import FILE | floor export PATH
//! ```
//!
//! The server is that of `SEATABLE_SERVER`, as `http://ADDRESS:PORT/`.

use std::error::Error;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;

const BUFFER: usize = 1024 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [command, path] = arguments.as_slice() else {
        return Err("floor import FILE | floor export PATH".into());
    };
    let server = std::env::var("SEATABLE_SERVER")?;
    let mut stream = TcpStream::connect(server.trim_start_matches("http://").trim_end_matches('/'))?;
    let mut buffer = vec![0; BUFFER];
    if command == "import" {
        let mut file = File::open(path)?;
        let len = file.metadata()?.len();
        write!(stream, "POST /import-dtable/ HTTP/1.1\r\nContent-Length: {len}\r\n\r\n")?;
        while let count @ 1.. = file.read(&mut buffer)? {
            stream.write_all(&buffer[..count])?;
        }
        read_head(&mut stream, &mut buffer)?;
        return Ok(());
    }
    write!(stream, "GET /dtable-export-content/ HTTP/1.1\r\n\r\n")?;
    let (mut rest, count) = read_head(&mut stream, &mut buffer)?;
    let mut file = File::create(path)?;
    file.write_all(&buffer[count..])?;
    buffer.resize(BUFFER, 0);
    while rest > 0 {
        let count = stream.read(&mut buffer)?;
        file.write_all(&buffer[..count])?;
        rest = if count == 0 { return Err("the connection broke".into()) } else { rest - count };
    }
    Ok(file.sync_all()?)
}

/// Reads the head of a response. Returns the number of bytes of the body that were not read yet, and the start of the others in
/// the buffer, which ends with them.
fn read_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<(usize, usize), Box<dyn Error>> {
    let mut count = 0;
    loop {
        count += stream.read(&mut buffer[count..])?;
        if let Some(end) = buffer[..count].windows(4).position(|four| four == b"\r\n\r\n") {
            let head = std::str::from_utf8(&buffer[..end])?.to_ascii_lowercase();
            let len = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let len: usize = len.ok_or("no length")?.parse()?;
            buffer.truncate(count);
            return Ok((len - (count - end - 4), end + 4));
        }
    }
}
