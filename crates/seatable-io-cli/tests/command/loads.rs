//! Many bases: memory, requests, and rate limits.

use seatable_io_sandbox::{Generation::Current, RateLimits};

use super::accounts::*;
use super::crashes::bases;
use super::*;

/// Runs a backup with four jobs; also returns its peak memory in KiB.
fn measured(rig: &Rig) -> (Done, u64) {
    init(rig);
    let mut child = rig.command(&["--quiet", "backup", "b", "--jobs", "4"]).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(peak);
        std::thread::sleep(Duration::from_millis(5));
    }
    (rig.end(child), peak)
}

/// The requests for 200 bases: two for the listing, and one for each base, or three (start, status, file) on older servers.
#[test]
fn two_hundred_bases_need_little_memory_and_no_superfluous_requests() {
    for (generation, requests) in
        [(Generation::Y2020, 2 + 600), (Generation::Y2021, 2 + 600), (Current, 2 + 200)]
    {
        let rig = bases(generation, 200);
        rig.server.with(|sandbox, _| sandbox.add_base(1, "big", sample_dtable(2_000_000)));
        let (done, peak) = measured(&rig);
        let asked = rig.server.state().log.len();
        println!("{generation:?}: {asked} requests, {peak} KiB");
        assert_eq!((done.code, files(&rig).len()), (Some(0), 201), "{done:?}");
        assert!((1..32 * 1024).contains(&peak), "{peak} KiB");
        assert!(asked <= requests + 20, "{asked}");
    }
}

/// The times of all requests, and of the rejected ones.
fn moments(rig: &Rig) -> (Vec<Duration>, Vec<Duration>) {
    let log = rig.server.state().log;
    let refused = log.iter().filter(|entry| entry.status == Some(429)).map(|entry| entry.at).collect();
    (log.iter().map(|entry| entry.at).collect(), refused)
}

#[test]
fn one_retry_after_pauses_all_jobs() {
    let rig = bases(Current, 12);
    let busy = Fault::new(Call::SynchronousExport, FaultKind::Busy { retry_after: 3 });
    rig.server.with(|sandbox, _| sandbox.add_fault(busy.after(5)));
    assert_eq!(backup(&rig, &["--jobs", "4"]).code, Some(0));
    let (all, refused) = moments(&rig);
    // Others may have been on their way.
    let pause = refused[0] + Duration::from_secs(1)..refused[0] + Duration::from_secs(3);
    assert_eq!((refused.len(), all.iter().filter(|at| pause.contains(at)).count()), (1, 0), "{all:?}");
}

/// Needs three minutes: a part of the long check.
#[test]
fn no_base_fails_because_of_a_rate_limit() {
    if super::crashes::kills().is_none() {
        return;
    }
    let checks = Generation::ALL.map(|generation| std::thread::spawn(move || limited(generation)));
    for check in checks {
        check.join().unwrap();
    }
}

fn limited(generation: Generation) {
    let rig = bases(generation, 50);
    let limits = RateLimits { requests: Some(300), synchronous_exports: Some(20) };
    rig.server.with(|sandbox, _| *sandbox = sandbox.clone().with_rate_limits(limits));
    let done = backup(&rig, &["--jobs", "4"]);
    let (all, refused) = moments(&rig);
    println!("{generation:?}: {} requests, {} refused, {:?}", all.len(), refused.len(), all.last());
    assert_eq!((done.code, files(&rig).len()), (Some(0), 50), "{done:?}");
    assert!(refused.len() <= 2 * 4, "{refused:?}");
}
