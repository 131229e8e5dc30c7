//! Workers that are killed.

use std::process::{Child, Command};
use std::time::Duration;

use job_queue::State;
use seatable_io_sandbox::{Call, SandboxServer, sample_dtable};

use crate::databases::{Place, places, sandbox};

/// A worker in a process of its own, which is killed when it is dropped.
struct Process(Child);

impl Process {
    fn start(place: &Place, sandbox: &SandboxServer) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_job-queue"));
        command.arg("work").env("DATABASE_URL", &place.url).env("LEASE_SECONDS", "2");
        command.env("SEATABLE_SERVER", sandbox.url()).env("SEATABLE_TOKEN", sandbox.token());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test]
async fn another_worker_goes_on_with_the_export_of_one_that_was_killed() {
    for place in places().await {
        let sandbox = SandboxServer::start(sandbox(Duration::from_secs(2))).unwrap();
        place.queue.push(place.export("stock")).await.unwrap();
        let killed = Process::start(&place, &sandbox);
        place.until(|states| matches!(states, [State::Accepted(_)])).await;
        let _other = Process::start(&place, &sandbox);
        drop(killed);
        place.until(|states| matches!(states, [State::Ended(Ok(_))])).await;
        assert_eq!(sandbox.state().count(Call::StartExport), 1, "{}", place.url);
        let file = std::fs::read(place.folder.path().join("stock.dtable")).unwrap();
        assert_eq!(file, sample_dtable(5000));
    }
}

#[tokio::test]
async fn an_import_whose_worker_is_killed_before_the_answer_is_unknown_and_sent_once() {
    for place in places().await {
        let sandbox = sandbox(Duration::ZERO).with_fault("import:silent".parse().unwrap());
        let sandbox = SandboxServer::start(sandbox).unwrap();
        place.queue.push(place.import("new")).await.unwrap();
        let killed = Process::start(&place, &sandbox);
        while sandbox.state().count(Call::StartImport) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(killed);
        let _other = Process::start(&place, &sandbox);
        let states = place.until(|states| matches!(states, [State::Ended(_)])).await;
        assert!(matches!(&states[..], [State::Ended(Err(words))] if words.contains("unknown")), "{states:?}");
        assert_eq!(sandbox.state().count(Call::StartImport), 1, "{}", place.url);
    }
}

#[tokio::test]
async fn after_twenty_kills_every_base_is_exported_and_none_imported_twice_or_lost() {
    const EXPORTS: usize = 30;
    const IMPORTS: usize = 20;
    for place in places().await {
        let mut sandbox = sandbox(Duration::from_millis(500));
        // A kill within this time leaves an import of which nobody knows.
        sandbox.add_fault("import:slow@200*always".parse().unwrap());
        for number in 0..EXPORTS {
            sandbox.add_base(1, &format!("base {number}"), sample_dtable(2000 + number));
        }
        let sandbox = SandboxServer::start(sandbox).unwrap();
        for number in 0..EXPORTS {
            if number < IMPORTS {
                place.queue.push(place.import(&format!("new {number}"))).await.unwrap();
            }
            place.queue.push(place.export(&format!("base {number}"))).await.unwrap();
        }
        for _ in 0..20 {
            let requests = sandbox.state().log.len();
            let _killed = Process::start(&place, &sandbox);
            // A moment when it is at work, unless all jobs are those of workers that were killed a moment ago.
            for _ in 0..200 {
                if sandbox.state().log.len() == requests {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            let moment = seatable_io_hyper::seed().unwrap() % 500;
            tokio::time::sleep(Duration::from_millis(moment.try_into().unwrap())).await;
        }
        let _last = Process::start(&place, &sandbox);
        let all = EXPORTS + IMPORTS;
        let has_ended = |state: &State| matches!(state, State::Ended(_));
        let states = place.until(|states| states.len() == all && states.iter().all(has_ended)).await;
        for number in 0..EXPORTS {
            let file = place.folder.path().join(format!("base {number}.dtable"));
            assert_eq!(std::fs::read(file).unwrap(), sample_dtable(2000 + number), "{number}");
        }
        let is_unknown =
            |state: &&State| matches!(state, State::Ended(Err(words)) if words.starts_with("unknown"));
        let unknown = states.iter().filter(is_unknown).count();
        let succeeded = states.iter().filter(|state| matches!(state, State::Ended(Ok(_)))).count();
        assert_eq!(unknown + succeeded, all, "{states:?}");
        let state = sandbox.state();
        let imported = state.bases.values().filter(|base| base.name.starts_with("new "));
        let mut names: Vec<_> = imported.map(|base| base.name.clone()).collect();
        let bases = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), bases, "a base was imported twice");
        assert!(state.count(Call::StartImport) <= IMPORTS && bases + unknown >= IMPORTS);
        println!(
            "{bases} of {IMPORTS} imported, {} unknown, {} exports started",
            unknown,
            state.count(Call::StartExport)
        );
    }
}
