//! `proto`, `task`, `backup` and `dtable` make decisions and do no I/O, as their dependencies and their sources show.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The permitted dependencies of the crates without I/O, direct and indirect.
const ALLOWED: &str = "block-buffer bytes cfg-if cpufeatures crypto-common digest form_urlencoded http httpdate hybrid-array \
    idna idna_adapter idna_mapping itoa jiff jiff-core memchr percent-encoding proc-macro2 quote seatable-io-proto serde serde_core \
    serde_derive serde_json sha2 smallvec syn thiserror thiserror-impl tinyvec typenum unicode-bidi unicode-ident \
    unicode-joining-type unicode-normalization url utf8_iter utf_types uuid zmij";

/// The dependencies of the zip crate. Its random numbers are for writing, which `dtable` does not do.
const ALLOWED_TO_DTABLE: &str = "bzip2 const-oid crc32fast equivalent flate2 getrandom hashbrown indexmap libbz2-rs-sys libc \
    lzma-rust2 typed-path zip zlib-rs";

/// The crates without I/O, and the dependencies that only they may have.
const PURE: [(&str, &str); 4] = [("proto", ""), ("task", ""), ("backup", ""), ("dtable", ALLOWED_TO_DTABLE)];

pub(crate) fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let common = ["--locked", "--offline", "--manifest-path", manifest];
    let output = Command::new(cargo).args(arguments).args(common).output().expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Returns the direct and indirect dependencies that `package` has by itself, except those of its tests.
fn closure(package: &str) -> BTreeSet<String> {
    let options = ["--edges=normal", "--prefix=none", "--format={p}", "--target=x86_64-unknown-linux-gnu"];
    let tree = cargo(&[&["tree", "--package", package], &options[..]].concat());
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    names.filter(|name| *name != package).map(str::to_owned).collect()
}

#[test]
fn the_pure_crates_depend_only_on_permitted_crates() {
    for (package, more) in PURE {
        let allowed = ALLOWED.split_whitespace().chain(more.split_whitespace()).map(str::to_owned).collect();
        let found = closure(&format!("seatable-io-{package}"));
        let more: Vec<_> = found.difference(&allowed).collect();
        assert!(found.len() > 10 && more.is_empty(), "{package} depends on {more:?}");
    }
}

#[test]
fn dependencies_go_one_way() {
    let ours = |package| closure(package).into_iter().filter(|name| name.starts_with("seatable-io"));
    assert_eq!(ours("seatable-io-proto").count(), 0);
    assert_eq!(ours("seatable-io-dtable").count(), 0);
    for package in ["seatable-io-task", "seatable-io-backup"] {
        assert_eq!(ours(package).collect::<Vec<_>>(), ["seatable-io-proto"]);
    }
    assert_eq!(ours("seatable-io-sandbox").count(), 0, "the sandbox shares no code with proto");
    let below = ["seatable-io-driver", "seatable-io-dtable", "seatable-io-proto", "seatable-io-task"];
    assert_eq!(ours("seatable-io-driver").collect::<Vec<_>>(), below[1..]);
    assert_eq!(ours("seatable-io-ureq").collect::<Vec<_>>(), below);
    assert_eq!(ours("seatable-io-hyper").collect::<Vec<_>>(), below);
    let mut kit = ours("seatable-io-conformance").filter(|name| !below.contains(&name.as_str()));
    assert_eq!((kit.next().as_deref(), kit.next()), (Some("seatable-io-sandbox"), None));
}

#[test]
fn the_command_depends_on_one_adapter_and_no_crate_below_it() {
    let metadata = cargo(&["metadata", "--format-version=1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON");
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let mut command = packages.filter(|package| package["name"] == "seatable-io-cli");
    let dependencies = command.next().and_then(|package| package["dependencies"].as_array()).into_iter();
    let named = dependencies.flatten().filter_map(|dependency| dependency["name"].as_str());
    let named: Vec<_> = named.filter(|name| name.starts_with("seatable-io")).collect();
    assert_eq!(named, ["seatable-io-backup", "seatable-io-sandbox", "seatable-io-ureq"]);
}

/// The foreign crates that the public signatures of each crate may name.
const FOREIGN: [(&str, &str, &[&str]); 8] = [
    ("proto", include_str!("../../api/proto.txt"), &["bytes", "http", "serde_core", "uuid"]),
    ("task", include_str!("../../api/task.txt"), &["http", "serde_core"]),
    ("backup", include_str!("../../api/backup.txt"), &["serde_core"]),
    ("dtable", include_str!("../../api/dtable.txt"), &["serde_core"]),
    ("driver", include_str!("../../api/driver.txt"), FOREIGN_TO_DRIVER),
    ("conformance", include_str!("../../api/conformance.txt"), &["bytes", "http", "proptest"]),
    ("ureq", include_str!("../../api/ureq.txt"), &["http", "ureq"]),
    ("hyper", include_str!("../../api/hyper.txt"), FOREIGN_TO_HYPER),
];

const FOREIGN_TO_DRIVER: &[&str] =
    &["bytes", "futures_core", "http", "rustls_pki_types", "serde_core", "tokio"];
const FOREIGN_TO_HYPER: &[&str] = &["bytes", "http", "http_body", "hyper", "hyper_util", "tower_service"];

#[test]
fn public_signatures_name_no_other_foreign_types() {
    for (name, listing, allowed) in FOREIGN {
        assert!(listing.lines().count() > 20, "{name}");
        for (at, _) in listing.match_indices("::") {
            let root = listing[..at]
                .rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
                .next()
                .unwrap_or("");
            let root = root.split("::").next().unwrap_or("");
            let ours = root.starts_with("seatable_io_") || ["core", "alloc", "std"].contains(&root);
            let generic = root.is_empty() || root.starts_with(char::is_uppercase);
            assert!(ours || generic || allowed.contains(&root), "{name} names {root} in public");
        }
    }
}

#[test]
fn the_pure_crates_name_no_clock_file_socket_or_thread() {
    for (package, _) in PURE {
        let folder = format!("{}/../crates/seatable-io-{package}/src", env!("CARGO_MANIFEST_DIR"));
        let sources = sources(Path::new(&folder));
        assert!(sources.len() > 5);
        for (path, text) in sources {
            for word in
                ["std::fs", "std::net", "std::thread", "std::env", "std::process", "Instant", "SystemTime"]
            {
                assert!(!text.contains(word), "{path} names {word}");
            }
        }
    }
}

/// Returns the code of each file below a folder, without comments and tests.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let is_test = |path: &Path| path.file_stem().is_some_and(|stem| stem == "tests");
    let (folders, files): (Vec<_>, Vec<_>) =
        entries.filter(|path| !is_test(path)).partition(|path| path.is_dir());
    let code = |text: String| {
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    };
    let files = files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let read =
        |path: &PathBuf| (path.display().to_string(), code(std::fs::read_to_string(path).expect("text")));
    files.map(read).chain(folders.iter().flat_map(|folder| sources(folder))).collect()
}
