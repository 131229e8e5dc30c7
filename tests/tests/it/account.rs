//! All operations of an account keep to its rate limit, and none fails because of it: facts 3 and 17. `SEATABLE_IO_CASES` is
//! the number of random accounts (default 100).

use std::num::NonZeroU32;
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use seatable_io_proto::{BaseName, Format, Server, Token};
use seatable_io_sandbox::{Generation, RateLimits, Sandbox, SandboxServer, sample_dtable};
use seatable_io_task::{Allowance, ErrorKind, Export, Operation, Pace, Policy};
use seatable_io_tests::{Account, Report, Work};
use tokio::sync::oneshot;

const GENERATIONS: [Generation; 3] = [Generation::Y2020, Generation::Y2021, Generation::Current];

fn cases() -> u32 {
    std::env::var("SEATABLE_IO_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

fn work() -> impl Strategy<Value = Work> {
    prop_oneof![
        (0..5_u8).prop_map(Work::Export),
        (0..250_u8).prop_map(Work::Export),
        Just(Work::Import(Format::Dtable)),
        Just(Work::Import(Format::Csv)),
    ]
}

prop_compose! {
    fn accounts()(
        generation in proptest::sample::select(&GENERATIONS[..]),
        work in proptest::collection::vec(work(), 1..60),
        jobs in 1..60_usize,
        requests in proptest::option::of(10..100_usize),
        starts in proptest::option::of(2..30_usize),
        faults in proptest::collection::vec(
            proptest::sample::select(
                &["any:429@7*2", "any:429@50", "any:503-retry@20+3", "any:429-empty*3+9", "any:429@0+30",
                  "status:429-date@12", "export:503-retry@90+1"][..]),
            0..4),
        way in 0..2_000_u64,
        task_time in 0..20_u64,
        seed in any::<u64>(),
        by_uuid in any::<bool>(),
    ) -> Account {
        let by_uuid = by_uuid && generation == Generation::Current;
        let work = work.into_iter().map(|work| match work {
            Work::Export(base) if by_uuid => Work::ExportByUuid(base),
            work => work,
        });
        let work = work.collect();
        Account {
            jobs,
            limits: RateLimits { requests, synchronous_exports: starts },
            faults: faults.into_iter().map(|fault| fault.parse().expect("a fault")).collect(),
            way: Duration::from_millis(way),
            task_time: Duration::from_secs(task_time),
            seed,
            ..Account::new(generation, work)
        }
    }
}

fn checked(account: &Account) -> Result<Report, TestCaseError> {
    let report = account.run();
    prop_assert_eq!(report.too_early, 0);
    prop_assert_eq!(report.overlaps, 0);
    prop_assert_eq!(report.ends.len(), account.work.len());
    for end in &report.ends {
        // A 2020 server forgets finished tasks as soon as another task starts (fact 1).
        let forgets = account.generation == Generation::Y2020;
        let is_forgotten =
            end.as_ref().is_err_and(|error| forgets && error.kind() == ErrorKind::UnknownOutcome);
        prop_assert!(end.is_ok() || is_forgotten, "{:?}", end);
    }
    // An account finds out only once how its server exports.
    if account.generation == Generation::Current {
        prop_assert!(report.export_tasks <= 1, "{} of {:?}", report.export_tasks, account);
    }
    prop_assert!(
        report.least_gap.is_none_or(|gap| gap >= Duration::from_millis(10)),
        "{:?}",
        report.least_gap
    );
    Ok(report)
}

fn allowance(limits: RateLimits) -> Allowance {
    let a_minute = |limit: Option<usize>| limit.and_then(|limit| NonZeroU32::new(limit.try_into().ok()?));
    let (requests, starts) = (a_minute(limits.requests), a_minute(limits.synchronous_exports));
    let mut allowance = Allowance::default();
    allowance.requests = requests;
    (allowance.export_starts, allowance.import_starts) = (starts, starts);
    allowance
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fact_17_no_request_comes_too_early_and_none_fails_because_of_the_limit(account in accounts()) {
        checked(&account)?;
    }

    #[test]
    fn fact_17_no_request_comes_too_early_after_waiting_for_its_turn_in_a_driver(account in accounts(), queue in 0..30_000_u64) {
        checked(&Account { queue: Duration::from_millis(queue), ..account })?;
    }

    #[test]
    fn fact_17_an_account_that_knows_its_limit_is_never_refused(account in accounts()) {
        let way = account.way.min(Duration::from_millis(900));
        let RateLimits { requests, synchronous_exports: starts } = account.limits;
        // With both limits, requests that waited for one may use up the other in a burst.
        let limits =
            RateLimits { requests: requests.filter(|_| starts.is_none()), synchronous_exports: starts };
        let allowance = allowance(limits);
        let report = checked(&Account { limits, allowance, way, faults: Vec::new(), ..account })?;
        prop_assert_eq!(report.refused, 0);
    }
}

#[test]
fn fact_17_an_account_goes_on_as_fast_as_the_limit_allows() {
    let limits = RateLimits { requests: Some(300), synchronous_exports: Some(20) };
    for jobs in [4, 200] {
        let work = (0..200).map(Work::Export).collect();
        let report = Account { limits, jobs, ..Account::new(Generation::Current, work) }.run();
        let minutes = report.took.as_secs() / 60;
        // 20 at once, 180 at 20 a minute.
        assert!((9..=11).contains(&minutes) && report.refused <= jobs + 20, "{report:?}");
        assert_eq!(report.export_tasks, 1);
    }
}

#[test]
fn fact_17_an_account_whose_quota_is_used_up_ends_in_about_the_time_of_one_operation() {
    for (jobs, requests) in [(1, 6), (4, 30)] {
        for generation in GENERATIONS {
            let work = (0..200)
                .map(|base| if base % 2 == 0 { Work::Export(base) } else { Work::Import(Format::Csv) });
            let faults = vec!["any:429-empty*1000000".parse().expect("a fault")];
            let timeout = Duration::from_secs(5);
            let account = Account { faults, timeout, jobs, ..Account::new(generation, work.collect()) };
            let report = account.run();
            assert!(report.took <= Duration::from_secs(6), "{:?}", report.took);
            assert!(report.requests <= requests, "{} requests", report.requests);
            assert_eq!(report.ends.len(), 200);
            for end in &report.ends {
                let error = end.as_ref().expect_err("nothing is answered");
                let status = error.status().map(|status| status.as_u16());
                assert_eq!((error.kind(), status), (ErrorKind::Unavailable, Some(429)));
            }
        }
    }
}

/// A server that refuses the first export and asks for a pause of a second.
fn refusing() -> (SandboxServer, impl Fn(&str) -> Operation) {
    let sandbox = Sandbox::new(Generation::Y2021).with_fault("export:429@1".parse().expect("a fault"));
    let sandbox =
        ["a", "b"].iter().fold(sandbox, |sandbox, base| sandbox.with_base(1, base, sample_dtable(500)));
    let sandbox = SandboxServer::start(sandbox).expect("a socket");
    let token = Token::new(&sandbox.token()).expect("a token");
    let (server, pace) = (Server::new(&sandbox.url(), token).expect("a server"), Pace::default());
    let operation = move |base: &str| {
        let export = Export::new(1, BaseName::new(base).expect("a name"));
        Operation::export(server.clone(), export, Policy::default(), 7).paced(&pace)
    };
    (sandbox, operation)
}

/// Returns the time from the refusal to each later request.
fn after_the_refusal(sandbox: &SandboxServer) -> Vec<Duration> {
    let log = sandbox.state().log;
    let refusal = log.iter().position(|entry| entry.status == Some(429)).expect("a refusal");
    log[refusal + 1..].iter().map(|entry| entry.at.saturating_sub(log[refusal].at)).collect()
}

#[test]
fn fact_17_blocking_runs_pause_together() {
    use seatable_io_ureq::{Client, Config, Event, Proxies, WriterSink};
    let (sandbox, operation) = refusing();
    let client = Client::new(Config::default().proxies(Proxies::None)).expect("a client");
    let run = &|base, watch: &mut dyn FnMut(Event)| {
        client
            .run(operation(base))
            .sink(WriterSink::new(std::io::sink()))
            .watch(watch)
            .run()
            .expect("a file");
    };
    let (asking, (refused, goes_on)) = (&Barrier::new(2), mpsc::channel());
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut goes_on = Some(goes_on);
            run("a", &mut |event| {
                if let Event::Requesting { .. } = event
                    && let Some(goes_on) = goes_on.take()
                {
                    asking.wait();
                    goes_on.recv().expect("a refusal");
                }
            });
        });
        asking.wait();
        // The run that is refused begins after the other, by more than the pause.
        thread::sleep(Duration::from_millis(1100));
        run("b", &mut |event| {
            if let Event::Waiting { .. } = event {
                let _ = refused.send(());
            }
        });
        drop(refused);
    });
    let after = after_the_refusal(&sandbox);
    assert!(after.len() > 4 && after[1..].iter().all(|after| *after >= Duration::from_secs(1)), "{after:?}");
}

#[test]
fn fact_17_asynchronous_runs_pause_together() {
    use seatable_io_hyper::{Client, Config, Event, WriterSink};
    let (sandbox, operation) = refusing();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (client, (refused, goes_on)) =
            (Client::new(Config::default()).expect("a client"), oneshot::channel());
        let mut refused = Some(refused);
        let watch = |event: Event| {
            if let Event::Waiting { .. } = event
                && let Some(refused) = refused.take()
            {
                let _ = refused.send(());
            }
        };
        let first = client.run(operation("a")).sink(WriterSink::new(tokio::io::sink())).watch(watch).run();
        let second = async {
            goes_on.await.expect("a refusal");
            client.run(operation("b")).sink(WriterSink::new(tokio::io::sink())).run().await
        };
        let (first, second) = tokio::join!(first, second);
        assert!(first.is_ok() && second.is_ok());
    });
    let after = after_the_refusal(&sandbox);
    assert!(after.len() > 4 && after.iter().all(|after| *after >= Duration::from_secs(1)), "{after:?}");
}
