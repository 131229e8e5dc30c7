//! The stand-in for a monitoring service, and services that fail, hang or do not know the URL.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use seatable_io_sandbox::Generation::Current;

use super::accounts::*;
use super::*;

/// A service at a secret URL, and the requests that it received.
pub(crate) struct Service {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

#[derive(Clone)]
pub(crate) struct Seen {
    /// The address with its query.
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
const BROKEN: &str = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";
const UNKNOWN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nOK (not found)";

fn read(stream: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head).ok().filter(|count| *count > 0)?;
    }
    let head = head.to_lowercase();
    let len =
        head.split("content-length: ").nth(1).map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
    let mut body = vec![0; len];
    reader.read_exact(&mut body).ok()?;
    let path = head.strip_prefix("post ")?.split(' ').next()?.to_owned();
    Some(Seen { path, head: head.clone(), body: String::from_utf8(body).unwrap() })
}

impl Service {
    /// Answers each request, by its number and its path, or never.
    fn new(answer: impl Fn(usize, &str) -> Option<&'static str> + Send + 'static) -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/ping/5ec7e7", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let all = Arc::clone(&seen);
        thread::spawn(move || {
            let mut open = Vec::new();
            for mut stream in listener.incoming().map_while(Result::ok) {
                let Some(request) = read(&stream) else { continue };
                let (path, number) = (request.path.clone(), all.lock().unwrap().len());
                all.lock().unwrap().push(request);
                if let Some(response) = answer(number, &path) {
                    let _ = stream.write_all(response.as_bytes());
                } else {
                    open.push(stream);
                }
            }
        });
        Service { url, seen }
    }

    pub(crate) fn good() -> Service {
        Service::new(|_, _| Some(OK))
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The last parts of the paths, in the order of the requests.
    pub(crate) fn paths(&self) -> Vec<String> {
        let last = |seen: Seen| seen.path.strip_prefix("/ping/5ec7e7/").unwrap().to_owned();
        self.seen().into_iter().map(last).collect()
    }

    /// Runs `backup`, which shows nothing of the URL.
    pub(crate) fn back_up(&self, rig: &Rig, more: &[&str]) -> Done {
        init(rig);
        rig.file("ping", (self.url.clone() + "\n").as_bytes());
        let done = rig.run(&[&["backup", "b", "--ping-file", "ping"], more].concat());
        self.shows_no_secret(rig, &done);
        done
    }

    pub(crate) fn shows_no_secret(&self, rig: &Rig, done: &Done) {
        let address = self.url.strip_prefix("http://").unwrap().split('/').next().unwrap();
        for secret in ["5ec7e7", address] {
            assert!(!done.err.contains(secret) && !done.out().contains(secret), "{done:?}");
        }
        for seen in self.seen() {
            let token = rig.server.token();
            assert!(
                !seen.head.contains(&token)
                    && !seen.body.contains(&token)
                    && !seen.head.contains("authorization")
            );
        }
    }
}

/// Checks that a run is good although the service is not, and has one warning with these words.
fn warns(service: &Service, words: &str) {
    let done = service.back_up(&rig(Current).base("a"), &[]);
    let warnings: Vec<_> =
        done.err.lines().filter(|line| line.starts_with("warning: the ping URL was not ")).collect();
    assert!(done.code == Some(0) && warnings.len() == 1 && warnings[0].contains(words), "{done:?}");
}

#[test]
fn a_service_that_fails_or_refuses_costs_a_warning_and_one_more_attempt() {
    let broken = Service::new(|_, _| Some(BROKEN));
    warns(&broken, "informed of the end of this run: the service answered 500");
    assert_eq!(broken.paths(), ["start", "0", "0"]);
    let closing = Service::new(|_, _| Some(""));
    warns(&closing, "informed of the end of this run: the connection");
    assert_eq!(closing.paths(), ["start", "0", "0"]);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refusing = Service { url: format!("http://{nobody}/ping/5ec7e7"), seen: Arc::default() };
    warns(&refusing, "informed of the end of this run: Connection refused");
}

#[test]
fn a_quiet_run_does_not_warn() {
    let unknown = Service::new(|_, _| Some(UNKNOWN));
    let done = unknown.back_up(&rig(Current).base("a"), &["-q"]);
    assert_eq!((done.code, done.err.as_str(), unknown.paths().len()), (Some(0), "", 2));
}

#[test]
fn a_service_that_knows_no_such_url_is_not_asked_again_although_it_answers_200() {
    let unknown = Service::new(|_, _| Some(UNKNOWN));
    warns(&unknown, "informed of the end of this run: the service does not know the URL");
    assert_eq!(unknown.paths(), ["start", "0"]);
}

#[test]
fn a_redirect_is_not_followed() {
    let redirect = "HTTP/1.1 302 Found\r\nLocation: /ping/5ec7e7/elsewhere\r\nContent-Length: 0\r\n\r\n";
    let moved = Service::new(move |_, _| Some(redirect));
    warns(&moved, "the service answered 302 Found, and redirects are not followed");
    assert_eq!(moved.paths(), ["start", "0"]);
}

#[test]
fn an_end_that_fails_once_is_reported_by_the_second_attempt() {
    let late = Service::new(|number, _| Some(if number == 1 { BROKEN } else { OK }));
    assert!(!late.back_up(&rig(Current).base("a"), &[]).err.contains("ping"));
    assert_eq!(late.paths(), ["start", "0", "0"]);
}

#[test]
fn a_start_that_fails_is_not_repeated_and_costs_a_warning() {
    let started = Service::new(|_, path| Some(if path.ends_with("start") { BROKEN } else { OK }));
    warns(&started, "informed of the start of this run: the service answered 500");
    assert_eq!(started.paths(), ["start", "0"]);
}

#[test]
fn a_service_that_never_answers_does_not_keep_the_run_from_its_end() {
    let hanging = Service::new(|_, _| None);
    warns(&hanging, "informed of the end of this run: the service did not answer in time");
    // Whether there is time for another attempt depends on how long the run took; the tests of the time left have both.
    assert!(["start 0", "start 0 0"].contains(&&*hanging.paths().join(" ")), "{:?}", hanging.paths());
}

#[test]
fn a_service_that_hangs_at_the_start_does_not_delay_the_run_and_learns_of_its_end_after_it() {
    let rig = rig(Current).base("a");
    let hanging = Service::new(|_, path| (!path.ends_with("start")).then_some(OK));
    let done = hanging.back_up(&rig, &[]);
    assert!(
        done.err.contains("\nwarning: the ping URL was not informed of the start of this run: "),
        "{done:?}"
    );
    assert_eq!((done.code, hanging.paths()), (Some(0), vec!["start".to_owned(), "0".to_owned()]));
}
