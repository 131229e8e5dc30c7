use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use seatable_io_ureq::Config;

use super::*;

fn url(text: &str) -> Result<PingUrl, Failure> {
    PingUrl::new(text, "the file", false)
}

#[test]
fn a_segment_follows_the_path_and_precedes_the_query() {
    for (text, start) in [
        ("https://hc-ping.com/abc", "https://hc-ping.com/abc/start"),
        ("https://hc.example:8000/ping/abc/", "https://hc.example:8000/ping/abc/start"),
        ("https://hc-ping.com/key/slug?create=1&rid=2", "https://hc-ping.com/key/slug/start?create=1&rid=2"),
        ("http://localhost", "http://localhost/start"),
    ] {
        assert_eq!(url(text).ok().unwrap().with("start").unwrap().to_string(), start);
    }
}

#[test]
fn plain_http_beyond_loopback_must_be_allowed() {
    for text in ["http://localhost:1/a", "http://127.1.2.3/a", "http://[::1]:8/a", "https://hc.example/a"] {
        assert!(url(text).is_ok(), "{text}");
    }
    for text in ["http://hc.example/a", "http://10.0.0.1/a", "http://localhost.example/a", "http://[::2]/a"] {
        assert!(url(text).err().unwrap().hint.unwrap().contains("--allow-http"), "{text}");
        assert!(PingUrl::new(text, "the file", true).is_ok(), "{text}");
    }
}

#[test]
fn a_url_that_cannot_be_used_is_explained_and_not_shown() {
    let long = format!("https://hc.example/{}", "x".repeat(LONGEST));
    for (text, words) in [
        ("https://hc.example/secret\nhttps://hc.example/b", "cannot be understood"),
        (&long, "cannot be understood"),
        ("hc-ping.com", "is not a whole URL"),
        ("/secret", "is not a whole URL"),
        ("ftp://hc.example/secret", "begins with neither"),
        ("https://me:secret@hc.example/x", "has a user name or a password"),
    ] {
        let failure = url(text).err().unwrap();
        assert!(failure.message.contains(words) && failure.hint.is_some(), "{failure:?}");
        assert!(!format!("{failure:?}").contains("secret") && !failure.message.contains("xx"));
    }
}

#[test]
fn a_response_proves_a_report_only_if_it_is_a_success_that_was_not_ignored() {
    let of = |status, body: &str| judge(StatusCode::from_u16(status).unwrap(), body.as_bytes());
    assert_eq!([of(200, "OK"), of(200, ""), of(204, "")], [Ok(()), Ok(()), Ok(())]);
    for (status, body) in
        [(200, "OK (not found)"), (200, "OK (rate limited)"), (404, ""), (302, ""), (401, "")]
    {
        assert!(!of(status, body).unwrap_err().may_pass, "{status} {body}");
    }
    for status in [500, 502, 503, 429, 408] {
        assert!(of(status, "OK").unwrap_err().may_pass, "{status}");
    }
}

#[test]
fn a_text_that_is_too_long_is_cut_where_a_character_ends_and_says_so() {
    assert_eq!(cut("12345678901234567890", 20), "12345678901234567890");
    assert_eq!(cut("€€€€€€€€€€€€€€", 29), format!("€€€{CUT}"));
    for more in 0..4 {
        let cut = cut(&("€".repeat(40_000) + &"x".repeat(more)), BODY);
        assert!((BODY - 2..=BODY).contains(&cut.len()) && cut.ends_with(CUT));
    }
}

/// A service that waits for this signal, counts a request and then answers it.
fn service(signal: Receiver<()>, response: &'static str) -> (PingUrl, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, seen) = (listener.local_addr().unwrap(), Arc::<AtomicUsize>::default());
    let count = Arc::clone(&seen);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let _ = signal.recv();
            let (mut stream, mut head) = (BufReader::new(stream), String::new());
            while stream.read_line(&mut head).is_ok_and(|count| count > 2) {}
            count.fetch_add(1, Ordering::Relaxed);
            drop(stream.get_mut().write_all(response.as_bytes()));
        }
    });
    (url(&format!("http://{address}/5ec7e7")).ok().unwrap(), seen)
}

/// A signal that was given, for all requests.
fn given() -> Receiver<()> {
    mpsc::channel().1
}

fn connector() -> Connector {
    Connector::try_from(Config::default()).unwrap()
}

const GOOD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
const BROKEN: &str = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";

fn ending_in(time: Duration) -> End {
    End { code: 0, body: String::new(), deadline: Instant::now() + time }
}

#[test]
fn there_is_one_more_attempt_if_two_seconds_are_left_and_none_otherwise() {
    for (time, attempts) in [(Duration::from_secs(3600), 2..=2), (2 * PAUSE, 0..=1)] {
        let (url, seen) = service(given(), BROKEN);
        assert!(url.post_end(&connector(), &ending_in(time)).unwrap_err().words.contains("service"));
        assert!(attempts.contains(&seen.load(Ordering::Relaxed)), "{time:?}: {seen:?}");
    }
}

#[test]
fn an_attempt_has_only_the_time_that_is_left() {
    let problem = service(given(), GOOD).0.post_end(&connector(), &ending_in(Duration::ZERO)).unwrap_err();
    assert!(problem.words.contains("time"), "{}", problem.words);
}

#[test]
fn the_report_of_the_end_has_ten_seconds_with_what_says_that_it_failed() {
    let ((end, ends), (sender, problems)) = (mpsc::channel(), mpsc::channel());
    sender.send(None).unwrap();
    let before = Instant::now();
    assert_eq!(Ping { end, problems }.end(0, ""), None);
    let most = Duration::from_millis(9_500);
    assert!((before + most..=Instant::now() + most).contains(&ends.recv().unwrap().deadline));
}

#[test]
fn a_report_that_never_ends_is_not_waited_for() {
    let ((end, _ends), (_sender, problems)) = (mpsc::channel(), mpsc::channel());
    let (ended, words) = mpsc::channel();
    thread::spawn(move || ended.send(Ping { end, problems }.end(0, "")));
    let words = words.recv_timeout(Duration::from_secs(300)).expect("it is waited for").unwrap();
    assert_eq!(words, not_informed("end", "the service did not answer in time"));
}

#[test]
fn a_run_begins_before_the_service_has_answered() {
    let (began, signal) = mpsc::channel();
    let (url, seen) = service(signal, GOOD);
    let ping = Ping::start(url, connector());
    assert_eq!(seen.load(Ordering::Relaxed), 0);
    drop(began);
    assert_eq!((ping.end(0, ""), seen.load(Ordering::Relaxed)), (None, 2));
}
