//! The real program, killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use seatable_io_sandbox::{Call, Generation, Sandbox, SandboxServer, sample_dtable};
use tempfile::TempDir;

struct Scene {
    server: SandboxServer,
    folder: TempDir,
}

impl Scene {
    fn new(task_time: u64, fault: &str) -> Self {
        let sandbox = Sandbox::new(Generation::Y2021)
            .with_base(1, "stock", sample_dtable(50_000))
            .with_base(1, "staff", sample_dtable(60_000))
            .with_task_time(Duration::from_millis(task_time));
        let faults = fault.split_whitespace().map(|fault| fault.parse().unwrap());
        let sandbox = faults.fold(sandbox, Sandbox::with_fault);
        Self { server: SandboxServer::start(sandbox).unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("stock.dtable")
    }

    fn state_file(&self) -> PathBuf {
        self.folder.path().join("stock.dtable.task")
    }

    fn start(&self) -> Child {
        Command::new(env!("CARGO_BIN_EXE_resume"))
            .args([&self.server.url(), "1", "stock", "stock.dtable"])
            .current_dir(self.folder.path())
            .env("SEATABLE_TOKEN", self.server.token())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn run(&self) -> bool {
        self.start().wait().unwrap().success()
    }

    /// Starts a run, and kills it while it waits for the answer to this poll, counted from 1 over all runs.
    fn kill_at_poll(&self, number: usize) {
        let mut program = self.start();
        while self.server.state().count(Call::QueryStatus) < number {
            assert_eq!(program.try_wait().unwrap(), None, "the program ended by itself");
            thread::sleep(Duration::from_millis(1));
        }
        assert!(self.state_file().exists() && !self.path().exists());
        program.kill().unwrap(); // SIGKILL
        program.wait().unwrap();
    }

    fn assert_complete(&self) {
        assert!(fs::read(self.path()).unwrap() == sample_dtable(50_000));
        assert!(!self.state_file().exists());
    }

    fn starts(&self) -> usize {
        self.server.state().count(Call::StartExport)
    }
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_killed_export_goes_on_with_its_task_in_another_process() {
    let scene = Scene::new(300, "status:silent");
    scene.kill_at_poll(1);
    assert!(scene.run());
    scene.assert_complete();
    assert_eq!((scene.starts(), scene.server.state().tasks.len()), (1, 1));
    assert_eq!(names(scene.folder.path()), ["stock.dtable"]);
}

#[test]
fn a_new_task_that_replaces_one_whose_file_was_lost_is_kept_too() {
    // The third poll is the first one of the new task.
    let scene = Scene::new(0, "status:silent content:cut status:silent+2");
    scene.kill_at_poll(1);
    let first = fs::read(scene.state_file()).unwrap();
    scene.kill_at_poll(3);
    assert_ne!(fs::read(scene.state_file()).unwrap(), first);
    assert!(scene.run());
    scene.assert_complete();
    assert_eq!(scene.starts(), 2);
}

#[test]
fn killed_at_any_moment_it_is_completed_by_the_next_start() {
    thread::scope(|scope| {
        for moment in 0..20 {
            scope.spawn(move || {
                let scene = Scene::new(300, "");
                let mut program = scene.start();
                thread::sleep(Duration::from_millis(moment * 47));
                program.kill().unwrap();
                program.wait().unwrap();
                if !scene.path().exists() || scene.state_file().exists() {
                    assert!(scene.run(), "killed after {} ms", moment * 47);
                }
                scene.assert_complete();
                assert!(scene.starts() <= 2);
            });
        }
    });
}

#[test]
fn a_run_that_was_killed_after_its_file_was_complete_makes_no_request() {
    let scene = Scene::new(0, "status:silent");
    scene.kill_at_poll(1);
    fs::write(scene.path(), sample_dtable(50_000)).unwrap();
    let before = scene.server.state().log.len();
    assert!(scene.run());
    scene.assert_complete();
    assert_eq!(scene.server.state().log.len(), before);
}

#[test]
fn the_task_is_kept_before_the_run_goes_on() {
    let scene = Scene::new(0, "");
    fs::create_dir(scene.folder.path().join("stock.dtable.task-new")).unwrap();
    assert!(!scene.run());
    assert_eq!((scene.starts(), scene.server.state().count(Call::QueryStatus)), (1, 0));
}

#[test]
fn a_file_that_is_not_from_this_export_is_never_replaced() {
    let scene = Scene::new(0, "");
    fs::write(scene.path(), "precious").unwrap();
    assert!(!scene.run());
    assert_eq!(fs::read(scene.path()).unwrap(), b"precious");
    assert!(scene.server.state().log.is_empty());
}
