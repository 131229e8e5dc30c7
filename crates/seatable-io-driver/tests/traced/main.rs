//! The spans and events that a run reports to `tracing`.
//!
//! They are tried in a process of their own: a run that nobody traces can turn an event off for others that begin meanwhile.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use seatable_io_sandbox::sample_dtable;
use tracing::Level;

#[path = "../it/common.rs"]
mod common;
use common::*;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the log of an import whose first poll fails.
async fn log() -> String {
    let (log, client) = (Log::default(), client(&["status:lost"]));
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    send(&client, 1000, sample_dtable(1000)).await.unwrap_err();
    drop(guard);
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_request_is_an_event_of_its_operation() {
    let log = log().await;
    let lines: Vec<_> = log.lines().collect();
    assert!(lines[0].contains(r#"seatable_io{about="new"}"#), "{log}");
    assert!(lines[0].contains("call=start import attempt=1 status=200 milliseconds="), "{log}");
    assert!(
        lines[1].contains("task_id=") && lines[1].contains("call=query status attempt=1 milliseconds="),
        "{log}"
    );
    assert!(lines[1].contains("error=the connection broke"), "{log}");
    assert!(lines[2].contains("call=query status attempt=2 status="), "{log}");
}

#[tokio::test(start_paused = true)]
async fn no_event_shows_a_secret() {
    let token =
        seatable_io_sandbox::Sandbox::new(seatable_io_sandbox::Generation::Current).token().to_owned();
    let log = log().await;
    assert!(!log.is_empty() && !log.contains(&token), "{log}");
}
