//! A job that is delivered more than once, at once or later.

use std::time::Duration;

use apalis::prelude::{AbortError, BoxDynError, Data, TaskId};
use job_queue::{Job, State, Worker, handle};
use seatable_io_sandbox::{Call, SandboxServer, sample_dtable};
use sqlx::AnyPool;

use crate::databases::{Place, places, sandbox};

async fn deliver(job: &Job, worker: &Worker) -> Result<String, BoxDynError> {
    handle(job.clone(), TaskId::from_string("job 1"), Data::new(worker.clone())).await
}

const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn two_deliveries_at_once_lead_to_one_run() {
    for place in places().await {
        for (job, call) in
            [(place.export("stock"), Call::StartExport), (place.import("new"), Call::StartImport)]
        {
            let sandbox = SandboxServer::start(sandbox(SHORT)).unwrap();
            let worker = place.worker(&sandbox);
            let id = TaskId::from_string(format!("{job:?}"));
            let deliveries = [(); 2].map(|()| handle(job.clone(), id.clone(), Data::new(worker.clone())));
            let [one, two] = deliveries.map(tokio::spawn);
            let (one, two) = (one.await.unwrap().unwrap(), two.await.unwrap().unwrap());
            assert_eq!(one, two);
            assert_eq!(sandbox.state().count(call), 1, "{}", place.url);
        }
    }
}

#[tokio::test]
async fn a_job_that_has_ended_is_not_run_again_and_ends_in_the_same_way() {
    for place in places().await {
        let sandbox = SandboxServer::start(sandbox(Duration::ZERO)).unwrap();
        let worker = place.worker(&sandbox);
        let first = deliver(&place.export("stock"), &worker).await.unwrap();
        assert_eq!(first, "5000 bytes");
        let requests = sandbox.state().log.len();
        assert_eq!(deliver(&place.export("stock"), &worker).await.unwrap(), first);
        assert_eq!(sandbox.state().log.len(), requests);
    }
}

#[tokio::test]
async fn a_job_that_has_failed_is_not_run_again_and_fails_in_the_same_way() {
    for place in places().await {
        let sandbox = SandboxServer::start(sandbox(Duration::ZERO)).unwrap();
        let worker = place.worker(&sandbox);
        let first = deliver(&place.export("none"), &worker).await.unwrap_err();
        let requests = sandbox.state().log.len();
        let second = deliver(&place.export("none"), &worker).await.unwrap_err();
        assert!(first.is::<AbortError>() && second.is::<AbortError>());
        assert_eq!(first.to_string(), second.to_string());
        assert_eq!(sandbox.state().log.len(), requests);
    }
}

#[tokio::test]
async fn a_job_goes_on_with_the_task_of_a_delivery_that_ended_early() {
    for place in places().await {
        for (job, call) in
            [(place.export("stock"), Call::StartExport), (place.import("new"), Call::StartImport)]
        {
            let sandbox = SandboxServer::start(sandbox(Duration::from_secs(1))).unwrap();
            let worker = place.worker(&sandbox);
            let dying = Worker { store: place.short().await, ..worker.clone() };
            let id = TaskId::from_string(format!("{job:?}"));
            let first = tokio::spawn(handle(job.clone(), id.clone(), Data::new(dying)));
            place.until(|states| states.iter().any(|state| matches!(state, State::Accepted(_)))).await;
            first.abort();
            handle(job, id, Data::new(worker)).await.unwrap();
            let state = sandbox.state();
            assert_eq!((state.count(call), state.tasks.len()), (1, 1), "{}", place.url);
        }
        let file = std::fs::read(place.folder.path().join("stock.dtable")).unwrap();
        assert_eq!(file, sample_dtable(5000));
    }
}

#[tokio::test]
async fn an_import_that_may_have_been_sent_is_unknown_and_never_sent_again() {
    for place in places().await {
        let sandbox = SandboxServer::start(sandbox(Duration::ZERO)).unwrap();
        let mut worker = place.worker(&sandbox);
        worker.store = place.short().await;
        let (lease, state) = worker.store.claim("job 1").await.unwrap();
        assert_eq!(state, State::New);
        lease.save(&State::Sending).await.unwrap();
        for _ in 0..2 {
            let error = deliver(&place.import("new"), &worker).await.unwrap_err();
            assert!(error.is::<AbortError>() && error.to_string().contains("unknown: "), "{error}");
        }
        assert_eq!(sandbox.state().log.len(), 0);
    }
}

#[tokio::test]
async fn an_import_whose_answer_is_lost_is_unknown_and_never_sent_again() {
    for place in places().await {
        let sandbox = sandbox(Duration::ZERO).with_fault("import:lost".parse().unwrap());
        let sandbox = SandboxServer::start(sandbox).unwrap();
        let worker = place.worker(&sandbox);
        for _ in 0..2 {
            let error = deliver(&place.import("new"), &worker).await.unwrap_err();
            assert!(error.is::<AbortError>() && error.to_string().contains("unknown: "), "{error}");
        }
        assert_eq!(sandbox.state().count(Call::StartImport), 1);
    }
}

#[tokio::test]
async fn that_a_file_may_have_been_sent_is_recorded_before_it_is_sent() {
    for place in places().await {
        let sandbox = sandbox(Duration::ZERO).with_fault("import:silent".parse().unwrap());
        let sandbox = SandboxServer::start(sandbox).unwrap();
        let (job, worker) = (place.import("new"), place.worker(&sandbox));
        let id = TaskId::from_string("job 1");
        let run = tokio::spawn(handle(job, id, Data::new(worker)));
        while sandbox.state().count(Call::StartImport) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(place.store.states().await.unwrap(), [State::Sending]);
        run.abort();
    }
}

#[tokio::test]
async fn a_run_whose_lease_is_lost_is_dropped_and_its_job_is_to_be_delivered_again() {
    for place in places().await {
        let sandbox = SandboxServer::start(sandbox(Duration::from_hours(1))).unwrap();
        let worker = Worker { store: place.short().await, ..place.worker(&sandbox) };
        let run = handle(place.export("stock"), TaskId::from_string("job 1"), Data::new(worker));
        let run = tokio::spawn(run);
        let states = place.until(|states| matches!(states, [State::Accepted(_)])).await;
        let pool = AnyPool::connect(&place.url).await.unwrap();
        sqlx::query("UPDATE runs SET holder = 'another'").execute(&pool).await.unwrap();
        let error = run.await.unwrap().unwrap_err();
        assert!(!error.is::<AbortError>() && error.to_string().contains("lease"), "{error}");
        assert_eq!(place.store.states().await.unwrap(), states);
    }
}

#[tokio::test]
async fn who_has_lost_a_lease_records_nothing() {
    for place in places().await {
        let store = place.short().await;
        let (lost, _) = store.claim("job 1").await.unwrap();
        let (held, _) = store.claim("job 1").await.unwrap();
        let (other, _) = store.claim("job 2").await.unwrap();
        assert!(lost.save(&State::Sending).await.is_err() && lost.end(&Ok(String::new())).await.is_err());
        assert_eq!(store.states().await.unwrap(), [State::New, State::New]);
        held.save(&State::Sending).await.unwrap();
        other.end(&Ok("other".to_owned())).await.unwrap();
        assert_eq!(store.claim("job 1").await.unwrap().1, State::Sending);
    }
}

#[tokio::test]
async fn a_lease_that_has_not_expired_is_nobody_elses() {
    for place in places().await {
        let (_lease, _) = place.store.claim("job 1").await.unwrap();
        let claim = place.store.claim("job 1");
        assert!(tokio::time::timeout(SHORT, claim).await.is_err());
        place.store.claim("job 2").await.unwrap();
    }
}

/// When the lease of job 1 expires.
async fn expires(place: &Place) -> i64 {
    let pool = AnyPool::connect(&place.url).await.unwrap();
    let expires = sqlx::query_scalar("SELECT expires FROM runs WHERE job = 'job 1'");
    expires.fetch_one(&pool).await.unwrap()
}

#[tokio::test]
async fn a_lease_that_is_kept_is_renewed() {
    for place in places().await {
        let (lease, _) = place.short().await.claim("job 1").await.unwrap();
        let before = expires(&place).await;
        let kept = tokio::spawn(async move { lease.keep().await });
        while expires(&place).await == before {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(expires(&place).await > before);
        kept.abort();
    }
}

#[tokio::test]
async fn a_state_that_is_saved_renews_the_lease_and_the_end_gives_it_back() {
    for place in places().await {
        let (lease, _) = place.store.claim("job 1").await.unwrap();
        let before = expires(&place).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        lease.save(&State::Sending).await.unwrap();
        assert!(expires(&place).await > before);
        lease.end(&Ok("1 byte".to_owned())).await.unwrap();
        assert_eq!(place.store.claim("job 1").await.unwrap().1, State::Ended(Ok("1 byte".to_owned())));
    }
}
