//! What happens to a task: decoded from any bytes, so that proptest and the fuzzer make stories alike.

use std::time::Duration;

use seatable_io_sandbox::{Generation, What};

/// What the task is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Job {
    ImportDtable,
    ImportCsv,
    ImportBroken,
    Export,
    ExportToPipe,
    ExportMissing,
    ExportProtected,
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
    pub patience: Duration,
    pub seed: u64,
}

/// What the network does with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Net {
    /// Brings it there and the answer back.
    Deliver,
    /// No connection.
    NotSent,
    /// Loses the request.
    LoseRequest,
    /// Loses the answer.
    LoseAnswer,
    /// Says nothing until time is up; the server acts.
    Silence,
    /// Cuts the answer's body after so many bytes.
    Cut(usize),
    /// The server, or what stands before it, does this to it.
    Server(What),
}

/// What the caller does around one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nothing.
    Waits,
    /// Cancels before the request is made.
    CancelsBefore,
    /// Cancels while the request is under way, and drops it.
    CancelsAndDrops,
    /// Cancels while the request is under way, and lets it go on.
    CancelsAndWaits,
    /// Feeds what answers nothing.
    Babbles,
}

/// One request's fate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Act {
    pub net: Net,
    pub caller: Caller,
    /// Time that goes by before the answer.
    pub delay: Duration,
}

impl Act {
    /// Nothing goes wrong.
    pub const PLAIN: Self = Self { net: Net::Deliver, caller: Caller::Waits, delay: Duration::ZERO };

    /// Nobody but the network, or the server, does something.
    pub fn of(net: Net) -> Self {
        Self { net, ..Self::PLAIN }
    }
}

/// A scene, and the fate of the first requests; all further ones are answered as they should be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Story {
    pub scene: Scene,
    pub acts: Vec<Act>,
}

impl Story {
    /// A story for each number.
    pub fn from_seed(seed: u64) -> Self {
        let mut state = seed;
        let bytes = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_le_bytes()[7]
        });
        Self::from_bytes(&bytes.skip(1).take(170).collect::<Vec<_>>())
    }

    /// Any bytes are a story.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut bytes = bytes.iter().copied();
        let mut next = || bytes.next().unwrap_or(0);
        let scene = Scene {
            generation: [Generation::Y2020, Generation::Y2021, Generation::Current][usize::from(next() % 3)],
            job: JOBS[usize::from(next()) % JOBS.len()],
            task_time: Duration::from_millis(
                [0, 1, 300, 2_000, 40_000, 70_000, 4_000_000][usize::from(next() % 7)],
            ),
            failure: [None, None, None, Some(""), Some("The base size exceeds the limit of 200MB.")]
                [usize::from(next() % 5)],
            patience: Duration::from_secs([3600, 3600, 60, 1, 0][usize::from(next() % 5)]),
            seed: u64::from(next()),
        };
        let acts = (0..next() % 40).map(|_| Act {
            net: net(next(), next()),
            caller: caller(next()),
            delay: delay(next()),
        });
        Self { acts: acts.collect(), scene }
    }
}

const JOBS: [Job; 10] = [
    Job::ImportDtable,
    Job::ImportDtable,
    Job::ImportDtable,
    Job::ImportCsv,
    Job::ImportBroken,
    Job::Export,
    Job::Export,
    Job::ExportToPipe,
    Job::ExportMissing,
    Job::ExportProtected,
];

fn net(kind: u8, value: u8) -> Net {
    match kind % 16 {
        0..=5 => Net::Deliver,
        6 => Net::NotSent,
        7 => Net::LoseRequest,
        8 => Net::LoseAnswer,
        9 => Net::Silence,
        10 => Net::Cut(value.into()),
        _ => Net::Server(What::ALL[usize::from(value) % What::ALL.len()].clone()),
    }
}

fn caller(kind: u8) -> Caller {
    match kind {
        0..=200 => Caller::Waits,
        201..=225 => Caller::Babbles,
        226..=235 => Caller::CancelsBefore,
        236..=245 => Caller::CancelsAndDrops,
        _ => Caller::CancelsAndWaits,
    }
}

fn delay(kind: u8) -> Duration {
    match kind {
        0..=200 => Duration::ZERO,
        201..=250 => Duration::from_millis(u64::from(kind) * 5),
        _ => Duration::from_secs(u64::from(kind)),
    }
}
