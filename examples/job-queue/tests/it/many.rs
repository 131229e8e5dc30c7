//! Many jobs.

use std::time::{Duration, Instant};

use job_queue::State;
use seatable_io_sandbox::{Call, SandboxServer, sample_dtable};

use crate::databases::{places, sandbox};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_jobs_over_four_workers_are_each_run_once() {
    const JOBS: u16 = 1000;
    for place in places().await {
        let mut sandbox = sandbox(Duration::from_millis(10)).with_workers(1000).with_queue(1000);
        for number in 0..JOBS {
            sandbox.add_base(1, &format!("base {number}"), sample_dtable(1000 + usize::from(number)));
        }
        let sandbox = SandboxServer::start(sandbox).unwrap();
        for number in 0..JOBS {
            place.queue.push(place.export(&format!("base {number}"))).await.unwrap();
        }
        let (began, worker) = (Instant::now(), place.worker(&sandbox));
        let workers = [(); 4].map(|()| {
            let (queue, worker) = (place.queue.clone(), worker.clone());
            tokio::spawn(async move {
                queue.work(worker, 8, Duration::from_mins(1), std::future::pending()).await
            })
        });
        let has_ended = |state: &State| matches!(state, State::Ended(Ok(_)));
        place
            .until(|states| states.iter().filter(|state| has_ended(state)).count() == usize::from(JOBS))
            .await;
        let seconds = began.elapsed().as_secs_f32();
        println!("{:.8}: {:.0} jobs a second", place.url, f32::from(JOBS) / seconds);
        workers.iter().for_each(tokio::task::JoinHandle::abort);
        assert_eq!(sandbox.state().count(Call::StartExport), usize::from(JOBS));
        for number in 0..JOBS {
            let file = place.folder.path().join(format!("base {number}.dtable"));
            assert_eq!(std::fs::read(file).unwrap(), sample_dtable(1000 + usize::from(number)));
        }
    }
}
