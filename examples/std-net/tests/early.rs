//! A response while the file is being sent, from a server that then neither reads nor closes the connection.

use std::io::{BufRead, BufReader, Cursor, Write};
use std::net::TcpListener;
use std::thread;

use seatable_io_proto::{FileName, Format, Server, Token};
use seatable_io_task::{ErrorKind, Import, Operation, Policy};

const FILE_LEN: usize = 16 << 20;

#[test]
fn a_rejection_is_read_although_the_server_stays_silent_after_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        while stream.read_line(&mut String::new()).unwrap() > 2 {}
        stream.get_mut().write_all(b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n").unwrap();
        stream
    });
    let import = Import::new(1, FileName::new("new", Format::Dtable).unwrap(), FILE_LEN as u64).unwrap();
    let server = Server::new(&url, Token::new("0123").unwrap()).unwrap();
    let operation = Operation::import(server, import, Policy::default().retries(0), 7);
    let end = std_net::run(operation, &mut Cursor::new(vec![0; FILE_LEN]), &mut Cursor::new(Vec::new()));
    assert_eq!(end.unwrap_err().kind(), ErrorKind::Rejected);
    drop(serving.join().unwrap());
}
