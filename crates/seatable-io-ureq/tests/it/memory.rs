//! Memory and throughput. For figures with 600 MiB:
//! `MIB=600 cargo test --release -p seatable-io-ureq --test it memory -- --nocapture`

use std::process::Command;
use std::time::Instant;

use seatable_io_sandbox::{Generation, Sandbox, sample_dtable};
use seatable_io_ureq::{FileSink, FileSource};

use crate::support::*;

const BOUND: u64 = 32 << 20;

#[test]
fn memory_does_not_depend_on_the_size_of_the_file() {
    let mib = std::env::var("MIB").map_or(40, |mib| mib.parse().unwrap());
    let sandbox = Sandbox::new(Generation::Y2021).with_base(1, "stock", sample_dtable(mib << 20));
    let sandbox = start(sandbox.with_size_limit(u64::MAX));
    let probe = ["--exact", "memory::probe", "--ignored", "--nocapture"];
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args(probe).env("URL", sandbox.url()).output().unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    println!("{words}");
    let peak = words.lines().find_map(|line| line.strip_prefix("peak ")?.parse::<u64>().ok());
    assert!(peak.unwrap() < BOUND);
}

#[test]
#[ignore = "another test runs it in its own process"]
fn probe() {
    let (url, folder) = (std::env::var("URL").unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("stock.dtable");
    let begun = Instant::now();
    export(&url, &mut FileSink::create_new(&path).unwrap()).unwrap();
    let mut source = FileSource::new(&path).unwrap();
    let mib = f64::from(u32::try_from(source.len() >> 20).unwrap());
    println!("\ndown {:.0} MiB/s, file synced", mib / begun.elapsed().as_secs_f64());

    let begun = Instant::now();
    let operation = import_of(&url, usize::try_from(source.len()).unwrap(), quick());
    client().run(operation).source(&mut source).run().unwrap();
    println!("up {:.0} MiB/s", mib / begun.elapsed().as_secs_f64());

    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    println!("peak {}", kib << 10);
}
