//! Replays the corpus of the fuzzer with stable Rust.

use std::fs;
use std::path::Path;

use seatable_io_tests::fuzz::TARGETS;

#[test]
fn every_target_passes_on_its_corpus() {
    for (name, target) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
        let files: Vec<_> =
            fs::read_dir(&folder).expect("a corpus").map(|entry| entry.expect("an entry").path()).collect();
        assert!(!files.is_empty(), "{} is empty", folder.display());
        for file in files {
            target(&fs::read(file).expect("bytes"));
        }
    }
}

#[test]
fn every_target_is_a_binary_of_the_fuzzer() {
    let manifest = include_str!("../../../fuzz/Cargo.toml");
    assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
    for (name, _) in TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}
