//! The job of an operation, and the events around its requests.

use std::time::Duration;

use seatable_io_proto::TaskKind;
use seatable_io_sandbox::{FaultKind, Generation};
use seatable_io_task::{Route, Scope};

/// The file that an import sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum File {
    Dtable,
    /// A `.dtable` that is not a zip.
    Broken,
    Csv,
    Xlsx,
    /// An `.xlsx` that is not a zip.
    BrokenXlsx,
}

impl File {
    /// Returns whether it is a table.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Csv | Self::Xlsx | Self::BrokenXlsx)
    }
}

/// The base of an export, and its options.
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
    /// A base with a password, by its UUID.
    ByUuid,
}

/// The history of a task before it is resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// It is queued, running or over, and was never polled.
    Open,
    /// It has finished, and its end was reported.
    Reported,
    /// Someone cancelled it.
    Cancelled,
    /// The server never knew it.
    Never,
}

/// The job of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Job {
    Import { file: File, wait: bool, folder: bool },
    Export { target: Target, wait: bool, route: Option<Route>, pipe: bool },
    Resume { kind: TaskKind, past: Past, place: bool, route: Option<Route>, pipe: bool },
    PollOnce { kind: TaskKind, past: Past },
    CancelExisting { kind: TaskKind, past: Past },
    List { scope: Scope },
}

impl Job {
    /// Returns whether it imports a base, which must not happen twice.
    pub fn imports(self) -> bool {
        matches!(self, Self::Import { .. } | Self::Resume { kind: TaskKind::Import, .. })
    }

    /// Returns whether it is about an import, which may create a base.
    pub fn is_about_import(self) -> bool {
        self.imports() || matches!(self, Self::CancelExisting { kind: TaskKind::Import, .. })
    }

    /// Returns whether the sink accepts only one file.
    pub fn is_to_pipe(self) -> bool {
        matches!(self, Self::Export { pipe: true, .. } | Self::Resume { pipe: true, .. })
    }
}

/// The server of an operation, its job and its policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Scene {
    pub generation: Generation,
    pub job: Job,
    /// The time that a task needs on the server.
    pub task_time: Duration,
    /// The message of tasks if they fail; an empty one is an internal error.
    pub failure: Option<&'static str>,
    pub timeout: Duration,
    pub cancel_on_timeout: bool,
    pub seed: u64,
}

/// The fate of one request in the network and on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Net {
    /// Delivers the request and the response.
    Deliver,
    /// No connection.
    NotSent,
    /// A connection to a server that is not trusted.
    Untrusted,
    /// Loses the request.
    LoseRequest,
    /// Loses the response.
    LoseResponse,
    /// Stays silent until the idle timeout; the server acts.
    Silence,
    /// Cuts the response's body after this many bytes.
    Cut(usize),
    /// The server, or a gateway in front of it, has this fault.
    Server(FaultKind),
    /// Delivers a response outside the protocol.
    Odd(Odd),
}

/// A response outside the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Odd {
    /// Its status, 100 to 599.
    pub status: u16,
    /// Its headers, as indices into a list.
    pub headers: [u8; 2],
    /// Its body, as an index into a list.
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
    /// In the middle of the file; the rest is still sent.
    DuringAll,
    /// After the whole request, without an effect.
    After,
    /// After the whole request, in place of the server's own response.
    Acted,
}

/// An action of others on the server before one request.
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

/// An action of the caller around one request.
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
    /// Steps repeatedly while it should wait, first with a clock that runs backwards.
    StepsEarly,
    /// Steps late.
    StepsLate,
    /// Goes on after the deadline.
    Overruns,
    /// Ends the exchange without reporting a response.
    EndsWithoutHead,
    /// Reports the body, but no head.
    BodyWithoutHead,
    /// Reports the head, and then another of this status.
    TwoHeads(u16),
    /// Reports more of the body after it was asked to stop.
    ChunksAfterStop,
    /// Reports more bytes of the file than there are.
    SentTooMuch,
    /// Reports no byte of the file.
    SentNever,
    /// Reports that nothing was sent, whatever it reported before.
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

/// The events around one request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Act {
    pub net: Net,
    pub others: Others,
    pub caller: Caller,
    pub driver: Driver,
    /// The time that passes before the response.
    pub delay: Duration,
}

impl Act {
    /// An act in which nothing goes wrong.
    pub const PLAIN: Self = Self {
        net: Net::Deliver,
        others: Others::Rest,
        caller: Caller::Waits,
        driver: Driver::Plain,
        delay: Duration::ZERO,
    };

    /// Creates an act in which only the network or the server does something.
    pub fn of(net: Net) -> Self {
        Self { net, ..Self::PLAIN }
    }

    /// Returns whether network, server, driver and caller all behave well.
    pub fn is_plain(&self) -> bool {
        let good = matches!(self.driver, Driver::Plain | Driver::Interim | Driver::StepsEarly);
        let quiet = self.others == Others::Rest && self.delay.is_zero();
        good && quiet && self.net == Net::Deliver && self.caller == Caller::Waits
    }
}

/// A scene, and the events around its first requests.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Story {
    pub scene: Scene,
    pub acts: Vec<Act>,
    /// Whether the last act is repeated forever; otherwise, everything goes well after it.
    pub forever: bool,
}
