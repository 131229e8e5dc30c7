//! What a task is asked to do, and what happens to it.

use std::time::Duration;

use seatable_io_proto::TaskKind;
use seatable_io_sandbox::{FaultKind, Generation};
use seatable_io_task::Route;

/// The file that an import sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum File {
    Dtable,
    /// A `.dtable` that is no zip.
    Broken,
    Csv,
    Xlsx,
    /// An `.xlsx` that is no zip.
    BrokenXlsx,
}

impl File {
    /// Whether it is a table.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Csv | Self::Xlsx | Self::BrokenXlsx)
    }
}

/// The base that an export asks for, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Target {
    Plain,
    Missing,
    Protected,
    WithoutAssets,
    /// A base named `.`.
    Dot,
    /// A base named `..`.
    Dots,
}

/// What became of a task that was started earlier, before it is resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// It is queued, running or has ended; nobody asked.
    Open,
    /// It has finished, and its end was reported.
    Reported,
    /// Somebody cancelled it.
    Cancelled,
    /// The server never knew it.
    Never,
}

/// What the task is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Job {
    Import { file: File, wait: bool, folder: bool },
    Export { target: Target, wait: bool, route: Option<Route>, pipe: bool },
    Resume { kind: TaskKind, past: Past, place: bool, route: Option<Route>, pipe: bool },
    Look { kind: TaskKind, past: Past },
    CancelOnly { kind: TaskKind, past: Past },
    List { shared: bool },
}

impl Job {
    /// Whether a base is to be made, so that doing it twice does harm.
    pub fn imports(self) -> bool {
        matches!(self, Self::Import { .. } | Self::Resume { kind: TaskKind::Import, .. })
    }

    /// Whether it is about an import, so that a base may be made.
    pub fn is_about_import(self) -> bool {
        self.imports() || matches!(self, Self::CancelOnly { kind: TaskKind::Import, .. })
    }

    /// Whether the sink can take one file only.
    pub fn is_to_pipe(self) -> bool {
        matches!(self, Self::Export { pipe: true, .. } | Self::Resume { pipe: true, .. })
    }
}

/// Where and on what terms the task lives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Scene {
    pub generation: Generation,
    pub job: Job,
    /// How long tasks take on the server.
    pub task_time: Duration,
    /// Whether tasks fail, and with what words.
    pub failure: Option<&'static str>,
    pub timeout: Duration,
    pub cancel_on_timeout: bool,
    pub seed: u64,
}

/// What the network and the server do with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Net {
    /// Brings it there and the response back.
    Deliver,
    /// No connection.
    NotSent,
    /// A connection to someone else.
    Untrusted,
    /// Loses the request.
    LoseRequest,
    /// Loses the response.
    LoseAnswer,
    /// Says nothing until time is up; the server acts.
    Silence,
    /// Cuts the response's body after this many bytes.
    Cut(usize),
    /// The server, or a gateway before it, has this fault.
    Server(FaultKind),
    /// Something answers that has never heard of this protocol.
    Odd(Odd),
}

/// A response from outside of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Odd {
    /// Its status, 100 to 599.
    pub status: u16,
    /// Its headers, by their places in a list.
    pub headers: [u8; 2],
    /// Its body, by its place in a list.
    pub body: u8,
    /// When it comes.
    pub when: When,
    /// Whether it breaks off in the middle of its body.
    pub cut: bool,
}

/// When an odd response comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before a byte of the file was sent.
    Before,
    /// In the middle of the file; the rest is not sent.
    During,
    /// In the middle of the file; the rest is sent all the same.
    DuringAll,
    /// After the whole request, without an effect.
    After,
    /// After the whole request, in place of the server's own response.
    Acted,
}

/// What others do on the server before one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Nothing.
    Rest,
    /// Someone starts a task.
    Start,
    /// Someone polls the same task.
    Poll,
    /// The task server restarts.
    Restart,
}

/// What the caller does around one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nothing.
    Waits,
    /// Cancels before the request is made.
    CancelsBefore,
    /// Cancels half-way through the wait before the request.
    CancelsInWait,
    /// Cancels while the request is in flight, and breaks it off.
    CancelsAndDrops,
    /// Cancels while the request is in flight, and lets it finish.
    CancelsAndWaits,
}

/// How the driver reports one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// As documented.
    Plain,
    /// With the informational heads.
    Interim,
    /// Steps again and again while it should wait, at first by a clock that runs backwards.
    StepsEarly,
    /// Steps late.
    StepsLate,
    /// Goes on after the deadline.
    Overruns,
    /// Ends the exchange without a word about its response.
    EndsWithoutHead,
    /// Reports the body, but no head.
    BodyWithoutHead,
    /// Reports the head, and then another of this status.
    TwoHeads(u16),
    /// Reports more of the body after it was told to stop.
    ChunksAfterStop,
    /// Reports more bytes of the file than there are.
    SentTooMuch,
    /// Reports no byte of the file.
    SentNever,
    /// Says that nothing was sent, after all that it has reported.
    LiesNotSent,
    /// Cannot read the file it sends, or write the file it receives.
    LocalFile,
    /// Finds the file it received damaged.
    Damaged,
    /// Finds that the file it received is not a base.
    NotABase,
    /// Gives up in the middle of the response.
    GivesUp,
}

/// What happens to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Act {
    pub net: Net,
    pub others: Others,
    pub caller: Caller,
    pub driver: Driver,
    /// Time that goes by before the response.
    pub delay: Duration,
}

impl Act {
    /// Nothing goes wrong.
    pub const PLAIN: Self = Self {
        net: Net::Deliver,
        others: Others::Rest,
        caller: Caller::Waits,
        driver: Driver::Plain,
        delay: Duration::ZERO,
    };

    /// Only the network or the server does something.
    pub fn of(net: Net) -> Self {
        Self { net, ..Self::PLAIN }
    }

    /// Whether it is what a good network, server, driver and patient caller do.
    pub fn is_plain(&self) -> bool {
        let good = matches!(self.driver, Driver::Plain | Driver::Interim | Driver::StepsEarly);
        let quiet = self.others == Others::Rest && self.delay.is_zero();
        good && quiet && self.net == Net::Deliver && self.caller == Caller::Waits
    }
}

/// A scene, and what happens to the first requests.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Story {
    pub scene: Scene,
    pub acts: Vec<Act>,
    /// Whether the last act happens again and again; otherwise all goes well after it.
    pub forever: bool,
}
