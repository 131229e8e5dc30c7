//! Decodes any bytes to a story, so that proptest and the fuzzer create the same stories.

use std::time::Duration;

use seatable_io_proto::TaskKind;
use seatable_io_sandbox::{FaultKind, Generation};
use seatable_io_task::{Route, Scope};

use crate::story::{Act, Caller, Driver, File, Job, Net, Odd, Others, Past, Scene, Story, Target, When};

impl Story {
    /// Creates a story from any number.
    pub fn from_seed(seed: u64) -> Self {
        let mut state = seed;
        let bytes = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_le_bytes()[7]
        });
        Self::from_bytes(&bytes.skip(1).take(200).collect::<Vec<_>>())
    }

    /// Creates a story from any bytes.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut bytes = bytes.iter().copied();
        let mut next = || bytes.next().unwrap_or(0);
        let generations = [Generation::Y2020, Generation::Y2021, Generation::Current];
        let failures = [None, None, None, Some(""), Some("The base size exceeds the limit of 200MB.")];
        let times = [0, 1, 300, 2_000, 40_000, 70_000, 4_000_000];
        let [generation, sort, detail, time, failure, timeout] = std::array::from_fn(|_| next());
        let scene = Scene {
            generation: generations[usize::from(generation % 3)],
            job: job(sort, detail),
            task_time: Duration::from_millis(times[usize::from(time % 7)]),
            failure: failures[usize::from(failure % 5)],
            timeout: Duration::from_secs([3600, 3600, 3600, 3600, 60, 60, 1, 0][usize::from(timeout % 8)]),
            cancel_on_timeout: timeout >= 192,
            seed: u64::from(next()),
        };
        let length = next();
        let acts = (0..length % 32).map(|_| act(&mut next)).collect();
        Self { scene, acts, forever: length >= 224 }
    }
}

fn job(sort: u8, detail: u8) -> Job {
    let bit = |bit: u8| detail >> bit & 1 == 1;
    let routes = [None, None, Some(Route::Api), Some(Route::Site), Some(Route::Synchronous)];
    let route = routes[usize::from(detail >> 3) % routes.len()];
    let kind = if bit(0) { TaskKind::Export } else { TaskKind::Import };
    let past = [Past::Open, Past::Open, Past::Reported, Past::Cancelled, Past::Never];
    let past = past[usize::from(detail >> 1) % past.len()];
    let targets = [
        Target::Plain,
        Target::Plain,
        Target::Plain,
        Target::Missing,
        Target::Protected,
        Target::WithoutAssets,
        Target::Dot,
        Target::Dots,
        Target::ByUuid,
        Target::ByUuid,
    ];
    let scopes = [Scope::Administered, Scope::WithShared, Scope::ServerWide, Scope::ServerWide];
    match sort % 20 {
        0..=4 => Job::Import { file: File::Dtable, wait: !bit(0) || !bit(1), folder: bit(2) },
        5..=6 => Job::Import { file: File::Csv, wait: !bit(0) || !bit(1), folder: bit(2) },
        7 => {
            let files = [File::Broken, File::Xlsx, File::Xlsx, File::BrokenXlsx];
            let file = files[usize::from(detail >> 3) % files.len()];
            Job::Import { file, wait: !bit(0) || !bit(1), folder: bit(2) }
        }
        8..=13 => {
            let target = targets[usize::from(sort / 20) % targets.len()];
            Job::Export { target, wait: detail & 7 != 6, route, pipe: bit(0) && bit(1) }
        }
        14..=17 => Job::Resume { kind, past, place: !bit(5), route, pipe: bit(7) },
        18 if bit(7) => Job::List { scope: scopes[usize::from(detail & 3)] },
        18 => Job::PollOnce { kind, past },
        _ => Job::CancelExisting { kind, past },
    }
}

fn act(next: &mut impl FnMut() -> u8) -> Act {
    let (delivery, byte) = (net(next), next());
    Act {
        net: delivery,
        others: others(byte),
        caller: caller(byte),
        driver: driver(next()),
        delay: delay(next()),
    }
}

fn net(next: &mut impl FnMut() -> u8) -> Net {
    let (kind, value) = (next(), next());
    match kind % 20 {
        0..=6 => Net::Deliver,
        7 => Net::NotSent,
        8 if value % 8 == 0 => Net::Untrusted,
        8 => Net::LoseRequest,
        9 => Net::LoseResponse,
        10 => Net::Silence,
        11 => Net::Cut(value.into()),
        12..=15 => Net::Server(FaultKind::all().cycle().nth(value.into()).expect("a kind").clone()),
        _ => Net::Odd(Odd {
            status: status(kind / 20, value),
            headers: [next(), next()],
            body: next(),
            when: [When::Before, When::During, When::DuringAll, When::After, When::Acted]
                [usize::from(value >> 1) % 5],
            cut: value % 16 == 15,
        }),
    }
}

/// Returns a status that servers use, or occasionally any other.
fn status(kind: u8, value: u8) -> u16 {
    const KNOWN: [u16; 32] = [
        100, 101, 102, 103, 200, 200, 200, 200, 201, 202, 204, 206, 300, 301, 302, 303, 304, 307, 400, 401,
        403, 404, 405, 408, 409, 413, 425, 429, 500, 502, 503, 504,
    ];
    match kind {
        0..=9 => KNOWN[usize::from(value) % KNOWN.len()],
        _ => 100 + (u16::from(kind) * 256 + u16::from(value)) % 500,
    }
}

fn others(kind: u8) -> Others {
    match kind {
        161..=190 => Others::Start,
        191..=205 => Others::Poll,
        206..=215 => Others::Restart,
        _ => Others::Rest,
    }
}

fn caller(kind: u8) -> Caller {
    match kind {
        0..=220 => Caller::Waits,
        221..=228 => Caller::CancelsBefore,
        229..=236 => Caller::CancelsInWait,
        237..=246 => Caller::CancelsAndDrops,
        _ => Caller::CancelsAndWaits,
    }
}

fn driver(kind: u8) -> Driver {
    match kind {
        0..=180 => Driver::Plain,
        181..=185 => Driver::Interim,
        186..=190 => Driver::StepsEarly,
        191..=195 => Driver::StepsLate,
        196..=199 => Driver::Overruns,
        200..=205 => Driver::EndsWithoutHead,
        206..=210 => Driver::BodyWithoutHead,
        211..=215 => Driver::TwoHeads(429),
        216..=220 => Driver::TwoHeads(200),
        221..=225 => Driver::ChunksAfterStop,
        226..=230 => Driver::SentTooMuch,
        231..=235 => Driver::SentNever,
        236..=241 => Driver::LiesNotSent,
        242..=246 => Driver::LocalFile,
        247..=249 => Driver::Damaged,
        250..=251 => Driver::NotABase,
        _ => Driver::GivesUp,
    }
}

fn delay(kind: u8) -> Duration {
    match kind {
        0..=200 => Duration::ZERO,
        201..=250 => Duration::from_millis(u64::from(kind) * 5),
        _ => Duration::from_secs(u64::from(kind)),
    }
}
