//! The real program, one process after another.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use seatable_io_sandbox::{Call, Generation, Sandbox, SandboxServer, sample_dtable};
use tempfile::TempDir;

struct Scene {
    server: SandboxServer,
    folder: TempDir,
}

fn file(name: &str) -> Bytes {
    sample_dtable(1000 + name.len())
}

impl Scene {
    fn new(generation: Generation, fault: &str) -> Self {
        let bases = ["stock", "a/b"].into_iter();
        let sandbox = Sandbox::new(generation);
        let sandbox = bases.fold(sandbox, |sandbox, name| sandbox.with_base(1, name, file(name)));
        let faults = fault.split_whitespace().map(|fault| fault.parse().unwrap());
        let sandbox = faults.fold(sandbox, Sandbox::with_fault);
        Self { server: SandboxServer::start(sandbox).unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    fn command(&self, command: &str) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_cron"));
        program.args([command, &self.server.url()]).arg(self.folder.path());
        program.env("SEATABLE_TOKEN", self.server.token());
        program
    }

    fn run(&self, command: &str) -> Output {
        self.command(command).output().unwrap()
    }

    fn succeed(&self, command: &str) -> String {
        let Output { status, stdout, stderr } = self.run(command);
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }

    /// The names of the files whose content is right.
    fn saved(&self) -> Vec<String> {
        let files: BTreeMap<_, _> =
            [("1-stock.dtable", file("stock")), ("1-a%2Fb.dtable", file("a/b"))].into();
        let right =
            |name: &&str| fs::read(self.folder.path().join(name)).is_ok_and(|read| read == files[*name]);
        files.keys().copied().filter(right).map(str::to_owned).collect()
    }

    fn starts(&self) -> usize {
        self.server.state().count(Call::StartExport)
    }
}

#[test]
fn one_process_starts_and_another_collects() {
    let scene = Scene::new(Generation::Y2021, "");
    scene.succeed("start");
    assert_eq!((scene.starts(), scene.saved().len()), (2, 0));
    scene.succeed("collect");
    assert_eq!((scene.starts(), scene.saved().len()), (2, 2));
    let before = scene.server.state().log.len();
    scene.succeed("collect");
    assert_eq!(scene.server.state().log.len(), before, "nothing is left to collect");
}

#[test]
fn a_base_is_not_started_again_before_it_is_collected() {
    let scene = Scene::new(Generation::Y2021, "");
    scene.succeed("start");
    scene.succeed("start");
    assert_eq!(scene.starts(), 2);
    scene.succeed("collect");
    scene.succeed("start");
    assert_eq!(scene.starts(), 4);
    scene.succeed("collect");
    assert_eq!(scene.saved().len(), 2, "the files of the first time are replaced");
}

#[test]
fn what_still_runs_is_left_for_a_later_process() {
    let scene = Scene::new(Generation::Y2021, "export/stock:slow@3600000");
    scene.succeed("start");
    for _ in 0..2 {
        scene.succeed("collect");
        assert_eq!(scene.saved(), ["1-a%2Fb.dtable"]);
    }
    assert_eq!((scene.starts(), scene.server.state().unfinished().count()), (2, 1));
}

#[test]
fn the_file_of_a_task_whose_end_the_server_forgot_is_still_collected() {
    let scene = Scene::new(Generation::Y2021, "export/stock:forget");
    scene.succeed("start");
    scene.succeed("collect");
    assert_eq!((scene.starts(), scene.saved().len()), (2, 2));
}

#[test]
fn a_lost_answer_loses_no_file() {
    let scene = Scene::new(Generation::Y2021, "status:lost*2 content:lost");
    scene.succeed("start");
    scene.succeed("collect");
    assert_eq!((scene.starts(), scene.saved().len()), (3, 2), "only the file that was lost needs a new task");
}

#[test]
fn after_a_restart_of_the_server_everything_is_exported_again() {
    let scene = Scene::new(Generation::Y2021, "export:slow@3600000*2");
    scene.succeed("start");
    scene.server.with(Sandbox::restart_tasks);
    scene.succeed("collect");
    assert_eq!((scene.starts(), scene.saved().len()), (4, 2));
}

#[test]
fn a_killed_collection_goes_on_with_its_new_task() {
    // The third poll, after two of a task that the server does not know, is the first one of its successor, which still runs
    // when the second collection begins.
    let scene = Scene::new(Generation::Y2021, "export:slow@3600000*3 status:silent+2");
    scene.succeed("start");
    scene.server.with(Sandbox::restart_tasks);
    let mut program = scene.command("collect").spawn().unwrap();
    while scene.server.state().count(Call::QueryStatus) < 3 {
        assert_eq!(program.try_wait().unwrap(), None, "the program ended by itself");
        thread::sleep(Duration::from_millis(1));
    }
    program.kill().unwrap();
    program.wait().unwrap();
    scene.succeed("collect");
    assert_eq!(scene.saved(), ["1-stock.dtable"]);
    assert_eq!(scene.starts(), 4, "the running task was started again");
}

#[test]
fn a_base_that_fails_holds_up_no_other_and_is_tried_again() {
    let scene = Scene::new(Generation::Y2021, "content:403");
    scene.succeed("start");
    let failed = scene.run("collect");
    assert!(!failed.status.success() && String::from_utf8_lossy(&failed.stderr).contains("failed: 1"));
    assert_eq!(scene.saved().len(), 1);
    scene.succeed("collect");
    assert_eq!(scene.saved().len(), 2);
}

#[test]
fn current_servers_export_at_once_and_the_program_says_so() {
    let scene = Scene::new(Generation::Current, "");
    assert_eq!(scene.succeed("start").matches("exports in one request").count(), 2);
    assert_eq!(scene.server.state().count(Call::SynchronousExport), 2);
    assert_eq!(scene.saved().len(), 2);
    let before = scene.server.state().log.len();
    scene.succeed("collect");
    assert_eq!(scene.server.state().log.len(), before);
}

#[test]
fn two_processes_at_once_take_turns() {
    let scene = Scene::new(Generation::Y2021, "");
    thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| scene.succeed("start")));
        let [_, _] = both.map(|run| run.join().unwrap());
    });
    assert_eq!(scene.starts(), 2);
}
