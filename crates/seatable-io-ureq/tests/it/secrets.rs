use std::cell::Cell;
use std::fmt::Write;
use std::sync::Mutex;

use seatable_io_sandbox::{Generation, Sandbox, sample_dtable};
use seatable_io_ureq::proto::{BaseName, Password};
use seatable_io_ureq::task::{Export, Operation};

use crate::support::*;

#[test]
fn token_and_password_stay_out_of_errors_and_of_the_log_at_every_level() {
    static LOG: Log = Log(Mutex::new(String::new()));
    log::set_logger(&LOG).unwrap();
    LISTENS.set(true);
    log::set_max_level(log::LevelFilter::Trace);
    let sandbox =
        Sandbox::new(Generation::Current).with_protected_base(1, "stock", sample_dtable(1000), PASSWORD);
    let sandbox = start(sandbox);
    for (name, good) in [("stock", true), ("none", false)] {
        let export = Export::new(1, BaseName::new(name).unwrap()).password(Password::new(PASSWORD).unwrap());
        let operation = Operation::export(server(&sandbox.url()), export, quick(), SEED);
        let result = client().run(operation).sink(&mut Memory::default()).run();
        assert_eq!(result.is_ok(), good, "{result:?}");
        let shown = format!("{result:?} {}", LOG.0.lock().unwrap());
        assert!(shown.contains("synchronous-export") && shown.contains("*****"));
        assert!(!shown.contains("hunter2") && !shown.contains(&TOKEN[..8]), "{shown}");
    }
}

/// Long enough that one row of a dump contains a part of it.
const PASSWORD: &str = "hunter2hunter2hunter2";

thread_local!(static LISTENS: Cell<bool> = const { Cell::new(false) });

/// Keeps the log lines of the thread of one test.
struct Log(Mutex<String>);

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        LISTENS.get()
    }

    fn log(&self, record: &log::Record<'_>) {
        if LISTENS.get() {
            writeln!(self.0.lock().unwrap(), "{} {}", record.target(), record.args()).unwrap();
        }
    }

    fn flush(&self) {}
}
