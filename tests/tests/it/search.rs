//! Every short history: all choices of network, server, clock, driver and caller for the first three requests of an operation;
//! after them, everything goes well. From the second request on, only the main choices are made. `SEATABLE_IO_SEARCH` is `wide`
//! for all choices, or `deep` for four requests.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use seatable_io_proto::TaskKind;
use seatable_io_sandbox::{FaultKind, Generation};
use seatable_io_task::Scope;
use seatable_io_tests::{
    Act, Caller, Driver, End, File, Job, Net, Odd, Others, Past, Scene, Story, Target, Violation, When,
    World, transcript,
};

#[derive(Default)]
struct Count {
    histories: u64,
    ends: BTreeMap<String, u64>,
}

/// The number of main choices, which come first: those that lead to further requests.
const MAIN: usize = 11;

fn choices() -> Vec<Act> {
    let odd = |status, body, when| Net::Odd(Odd { status, headers: [0, 0], body, when, cut: false });
    let main = [
        Net::Deliver,
        Net::LoseResponse,
        Net::Server(FaultKind::Busy { retry_after: 2 }),
        Net::Server(FaultKind::InternalError { acted: false }),
        Net::Server(FaultKind::BadGateway { acted: true }),
        odd(101, 0, When::Acted),
        odd(200, 11, When::During),
    ];
    let more_nets = [
        Net::NotSent,
        Net::Server(FaultKind::LoginPage),
        Net::LoseRequest,
        Net::Silence,
        Net::Cut(9),
        Net::Server(FaultKind::InternalErrorPage),
        Net::Server(FaultKind::GatewayTimeout { acted: false }),
        Net::Server(FaultKind::InvalidToken),
        Net::Server(FaultKind::TooLarge),
        Net::Server(FaultKind::Redirect),
        Net::Server(FaultKind::Truncated),
        odd(103, 0, When::Acted),
        odd(200, 8, When::Acted),
        odd(408, 0, When::Acted),
    ];
    let caller = |caller| Act { caller, ..Act::PLAIN };
    let driver = |driver| Act { driver, ..Act::PLAIN };
    let late = Act { delay: Duration::from_secs(4000), driver: Driver::Overruns, ..Act::PLAIN };
    let others = |others| Act { others, ..Act::PLAIN };
    let acts = [
        caller(Caller::CancelsAndWaits),
        caller(Caller::CancelsInWait),
        others(Others::Start),
        others(Others::Restart),
        driver(Driver::TwoHeads(429)),
    ];
    let more = [Caller::CancelsBefore, Caller::CancelsAndDrops].map(caller).into_iter();
    let more = more.chain([Driver::EndsWithoutHead, Driver::LiesNotSent, Driver::NotABase].map(driver));
    main.map(Act::of)
        .into_iter()
        .chain(acts)
        .chain(more_nets.map(Act::of))
        .chain(more)
        .chain([late])
        .collect()
}

fn scenes() -> Vec<Scene> {
    let mut scenes = Vec::new();
    let resume = |kind| Job::Resume { kind, past: Past::Open, place: true, route: None, pipe: false };
    let jobs = [
        Job::Import { file: File::Dtable, wait: true, folder: false },
        Job::Import { file: File::Csv, wait: true, folder: false },
        Job::Export { target: Target::Plain, wait: true, route: None, pipe: false },
        Job::Export { target: Target::Plain, wait: false, route: None, pipe: false },
        Job::Export { target: Target::Protected, wait: true, route: None, pipe: true },
        resume(TaskKind::Import),
        Job::CancelExisting { kind: TaskKind::Import, past: Past::Open },
        Job::Export { target: Target::ByUuid, wait: true, route: None, pipe: false },
        Job::List { scope: Scope::Administered },
        Job::List { scope: Scope::ServerWide },
    ];
    for generation in [Generation::Y2020, Generation::Y2021, Generation::Current] {
        for job in jobs {
            for (millis, failure) in [(300, None), (0, Some(""))] {
                let (task_time, timeout) = (Duration::from_millis(millis), Duration::from_secs(3600));
                scenes.push(Scene {
                    generation,
                    job,
                    task_time,
                    failure,
                    timeout,
                    cancel_on_timeout: false,
                    seed: 1,
                });
            }
        }
    }
    scenes
}

/// Plays every history of this many requests, each from its beginning, because an operation cannot be copied. A history that
/// ends early is played once.
fn search(scene: &Scene, choices: &[Act], depth: usize, rest: usize, count: &mut Count) {
    let many = |at| if at == 0 { choices.len() } else { rest };
    let mut picks = vec![0; depth];
    loop {
        let acts: Vec<Act> = picks.iter().map(|pick| choices[*pick].clone()).collect();
        let (used, end) = play(scene, &acts);
        let end = end.unwrap_or_else(|violation| {
            let story = Story { scene: scene.clone(), acts, forever: false };
            panic!("{violation:?}\n{}", transcript(&story))
        });
        *count.ends.entry(name(&end)).or_default() += 1;
        count.histories += 1;
        picks.truncate(used);
        let next = picks.iter().enumerate().rposition(|(at, pick)| pick + 1 < many(at));
        let Some(at) = next else { return };
        picks[at] += 1;
        picks.truncate(at + 1);
        picks.resize(depth, 0);
    }
}

/// Returns the number of acts that were used, and the end.
fn play(scene: &Scene, acts: &[Act]) -> (usize, Result<End, Violation>) {
    let mut world = World::new(scene);
    for (at, act) in acts.iter().enumerate() {
        match world.turn(act) {
            Ok(None) => {}
            Ok(Some(end)) => return (at + 1, world.judge(&end).map(|()| end)),
            Err(violation) => return (at + 1, Err(violation)),
        }
    }
    (acts.len(), world.play(&[], false))
}

fn name(end: &End) -> String {
    match end {
        Ok(outcome) => format!("{outcome:?}").split('(').next().unwrap_or_default().to_owned(),
        Err(error) => format!("{:?}", error.kind()),
    }
}

#[test]
fn no_short_history_breaks_a_promise() {
    let (depth, rest) = match std::env::var("SEATABLE_IO_SEARCH").as_deref() {
        Ok("wide") => (3, choices().len()),
        Ok("deep") => (4, MAIN),
        _ => (3, MAIN),
    };
    let (choices, scenes, next) = (choices(), scenes(), AtomicUsize::new(0));
    let total = Mutex::new(Count::default());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(scene) = scenes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut count = Count::default();
                    search(scene, &choices, depth, rest, &mut count);
                    let mut total = total.lock().expect("no panic");
                    total.histories += count.histories;
                    count
                        .ends
                        .into_iter()
                        .for_each(|(end, many)| *total.ends.entry(end).or_default() += many);
                }
            });
        }
    });
    let count = total.into_inner().expect("no panic");
    println!("{} histories of depth {depth}: {:?}", count.histories, count.ends);
    let kinds = "Imported Exported Unauthorized Rejected Unsupported BadAnswer TaskFailed UnknownOutcome Unavailable Timeout \
        Cancelled";
    for kind in kinds.split_whitespace() {
        assert!(count.ends.contains_key(kind), "no history ended as {kind}: the search is too narrow");
    }
}
