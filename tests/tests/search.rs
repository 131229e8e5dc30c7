//! Every short history: all that network, server, clock and caller can choose for the first requests of a life.
//! `SEATABLE_IO_DEPTH` is how many requests (3); after them, all goes well.

use std::collections::BTreeMap;
use std::time::Duration;

use seatable_io_sandbox::{Generation, What};
use seatable_io_task::{Outcome, TaskError};
use seatable_io_tests::{Act, Caller, Job, Net, Scene, World};

#[derive(Default)]
struct Count {
    histories: u64,
    ends: BTreeMap<String, u64>,
}

fn choices() -> Vec<Act> {
    let server = [
        What::Busy { retry_after: 2 },
        What::UnavailableFor { retry_after: 2 },
        What::InternalError { acted: false },
        What::InternalErrorPage,
        What::BadGateway { acted: true },
        What::GatewayTimeout { acted: false },
        What::InvalidToken,
        What::TooLarge,
        What::Redirect,
        What::LoginPage,
        What::Empty,
        What::Truncated,
        What::OddFinished,
    ];
    let nets = [Net::Deliver, Net::NotSent, Net::LoseRequest, Net::LoseAnswer, Net::Silence, Net::Cut(9)];
    let callers = [Caller::CancelsBefore, Caller::CancelsAndDrops, Caller::CancelsAndWaits];
    let nets = nets.into_iter().chain(server.map(Net::Server)).map(Act::of);
    let callers = callers.map(|caller| Act { caller, ..Act::PLAIN });
    nets.chain(callers).chain([Act { delay: Duration::from_secs(4000), ..Act::PLAIN }]).collect()
}

fn walk(world: &World, choices: &[Act], depth: u32, count: &mut Count) {
    for act in choices {
        let mut next = world.clone();
        match next.turn(act) {
            Ok(None) if depth > 1 => walk(&next, choices, depth - 1, count),
            Ok(None) => ended(next.play(&[]), &next, count),
            Ok(Some(end)) => ended(next.judge(&end).map(|()| end), &next, count),
            Err(violation) => panic!("{violation:?} after {act:?}\n{}", next.transcript()),
        }
    }
}

fn ended(
    end: Result<Result<Outcome, TaskError>, seatable_io_tests::Violation>,
    world: &World,
    count: &mut Count,
) {
    let end = end.unwrap_or_else(|violation| panic!("{violation:?}\n{}", world.transcript()));
    let name = match end {
        Ok(outcome) => format!("{outcome:?}").split('(').next().unwrap_or_default().to_owned(),
        Err(error) => format!("{:?}", error.kind()),
    };
    count.histories += 1;
    *count.ends.entry(name).or_default() += 1;
}

#[test]
fn no_short_history_breaks_a_promise() {
    let depth = std::env::var("SEATABLE_IO_DEPTH").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let (choices, mut count) = (choices(), Count::default());
    for generation in [Generation::Y2020, Generation::Y2021, Generation::Current] {
        for job in [Job::ImportDtable, Job::Export, Job::ExportProtected] {
            for (millis, failure) in [(0, None), (300, None), (0, Some(""))] {
                let task_time = Duration::from_millis(millis);
                let patience = Duration::from_secs(3600);
                let scene = Scene { generation, job, task_time, failure, patience, seed: 1 };
                walk(&World::new(&scene), &choices, depth, &mut count);
            }
        }
    }
    println!("{} histories of depth {depth}: {:?}", count.histories, count.ends);
    let kinds = "Imported Exported Refused Unsupported BadAnswer TaskFailed Unknown Unavailable OutOfPatience Cancelled";
    for kind in kinds.split(' ') {
        assert!(count.ends.contains_key(kind), "no history ended as {kind}: the search is too narrow");
    }
}
