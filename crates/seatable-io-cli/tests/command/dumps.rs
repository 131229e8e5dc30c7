//! No core dump contains the token.

use std::os::unix::process::ExitStatusExt as _;

use super::crashes::has_strace;
use super::*;

/// The same command with core dumps enabled, if this system has them.
fn dumping(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "ulimit -c unlimited && exec \"$@\"", "sh"])
        .arg(command.get_program())
        .args(command.get_args());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(command.get_current_dir().unwrap()).stdout(Stdio::null()).stderr(Stdio::null());
    shell
}

/// Returns whether SIGABRT, which ends a process with a dump, left one. SIGQUIT does so, too, but shells ignore it in the background.
fn dumps(mut child: Child) -> bool {
    signal(&child, "ABRT");
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(6));
    status.core_dumped()
}

#[test]
fn a_command_that_waits_for_a_server_leaves_no_dump() {
    let rig = Rig::new(Sandbox::new(Generation::Y2021).with_task_time(Duration::from_secs(60))).base("a");
    let child = dumping(&rig.command(&["export", "a", "--workspace", "1"])).spawn().unwrap();
    until(|| rig.asked(Call::QueryStatus) > 0);
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    assert_eq!(limit.split_whitespace().collect::<Vec<_>>(), ["0", "0", "bytes"]);
    assert!(!dumps(child));
    let mut sleep = Command::new("sleep");
    let sleeping = dumping(sleep.arg("60").current_dir(rig.dir.path())).spawn().unwrap();
    let stat = format!("/proc/{}/comm", sleeping.id());
    until(|| fs::read_to_string(&stat).unwrap() == "sleep\n");
    if !dumps(sleeping) {
        eprintln!("only the limit is tested: on this system no process leaves a dump");
    }
}

#[test]
fn dumps_are_off_before_the_token_is_read() {
    if !has_strace() {
        return;
    }
    let rig = rig(Generation::Current);
    rig.file("token", rig.server.token().as_bytes());
    let mut strace = Command::new("strace");
    strace.args([
        "-f",
        "-qq",
        "-o",
        "trace",
        "-e",
        "trace=prlimit64,prctl,openat",
        env!("CARGO_BIN_EXE_seatable-io"),
    ]);
    strace.args(["list", "--server", &rig.server.url(), "--token-file", "token"]).current_dir(rig.dir.path());
    let done = rig.done(strace.output().unwrap());
    assert_eq!(done.code, Some(0), "{done:?}");
    let trace = fs::read_to_string(rig.dir.path().join("trace")).unwrap();
    let at = |call: &str| trace.find(call).unwrap_or_else(|| panic!("{call}: {trace}"));
    let token = at("\"token\"");
    assert!(at("RLIMIT_CORE, {rlim_cur=0, rlim_max=0}") < token, "{trace}");
    assert!(at("prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)") < token, "{trace}");
}
