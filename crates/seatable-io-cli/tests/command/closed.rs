//! A server that is closed: a quota is used up, or it is under maintenance.

use seatable_io_sandbox::Generation::Current;

use super::accounts::each;
use super::*;

#[test]
fn fact_17_a_quota_that_is_used_up_ends_a_run_in_the_time_of_one_base() {
    for (jobs, least) in [("1", 1), ("4", 4)] {
        let names: Vec<_> = (0..10).map(|number| format!("b{number}")).collect();
        let rig = names.iter().fold(rig(Current), |rig, name| rig.base(name));
        let rig = rig.fault(Call::SynchronousExport, FaultKind::BusyEmpty);
        let bases = names.iter().map(String::as_str);
        let options = ["--json", "export", "--workspace", "1", "--timeout", "5s", "--jobs", jobs];
        let began = Instant::now();
        let done = rig.run(&options.into_iter().chain(bases).collect::<Vec<_>>());
        let took = began.elapsed();
        assert!(took >= Duration::from_secs(4), "{took:?}");
        assert_eq!((done.code, each(&done.lines(), "/status")), (Some(9), vec!["failed"; 10]));
        assert_eq!(each(&done.lines(), "/error/kind"), ["unavailable"; 10]);
        assert!(done.lines().iter().all(|line| line["error"]["http_status"] == 429), "{done:?}");
        assert!(done.err.matches(" was not started: ").count() >= 10 - least, "{done:?}");
        assert!(done.err.contains(" refuses more requests for now (429)"), "{done:?}");
    }
}

#[test]
fn fact_23_maintenance_ends_all_exports_at_once_in_the_servers_words() {
    let rig = rig(Current).base("a").base("b");
    rig.server.with(|sandbox, _| sandbox.add_fault("any:503-maintenance@3600*always".parse().unwrap()));
    let done = rig.run(&["--json", "export", "a", "b", "--workspace", "1"]);
    assert_eq!((done.code, each(&done.lines(), "/status")), (Some(9), vec!["failed"; 2]));
    let lines = done.lines();
    let words = lines[0]["error"]["message"].as_str().unwrap();
    assert!(words.contains("maint") && each(&lines, "/error/message") == [words; 2], "{done:?}");
    assert!(
        lines.iter().all(|line| line["error"]["http_status"] == 503) && rig.server.state().log.len() == 1
    );
}
