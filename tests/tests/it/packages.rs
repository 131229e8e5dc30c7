//! The packages that are published: what they say of themselves, and what is inside.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::layering::cargo;

const LIBRARIES: [&str; 9] =
    ["backup", "conformance", "driver", "dtable", "hyper", "proto", "sandbox", "task", "ureq"];

/// Returns what cargo says of each package that is published.
pub(crate) fn published() -> Vec<Value> {
    let metadata = cargo(&["metadata", "--format-version=1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages").clone();
    packages.into_iter().filter(|package| package["publish"] != Value::Array(Vec::new())).collect()
}

fn name(package: &Value) -> &str {
    package["name"].as_str().expect("a name")
}

fn folder(package: &Value) -> PathBuf {
    Path::new(package["manifest_path"].as_str().expect("a path")).parent().expect("a folder").to_owned()
}

/// Returns the files of a package as cargo would pack them.
fn files(package: &Value) -> Vec<String> {
    let list = cargo(&["package", "--list", "--allow-dirty", "--package", name(package)]);
    list.lines().map(|line| line.replace('\\', "/")).collect()
}

#[test]
fn the_libraries_and_the_command_are_published_and_nothing_else() {
    let expected = LIBRARIES.iter().chain(["cli"].iter()).map(|name| format!("seatable-io-{name}"));
    let found = published().iter().map(|package| name(package).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(found, expected.collect());
}

#[test]
fn a_registry_is_told_what_each_package_is_and_the_same_addresses() {
    let published = published();
    for package in &published {
        let words = |key: &str| package[key].as_array().expect(key).len();
        assert!(package["description"].as_str().is_some_and(|text| text.ends_with('.')), "{package}");
        assert!((1..=5).contains(&words("keywords")) && (1..=5).contains(&words("categories")), "{package}");
        for key in ["license", "rust_version", "version", "repository", "homepage", "documentation"] {
            assert_eq!(package[key], published[0][key], "{}: {key}", name(package));
        }
    }
    assert_eq!(published[0]["license"], "MIT OR Apache-2.0");
}

#[test]
fn each_readme_begins_with_the_name_of_its_package() {
    for package in published() {
        assert_eq!(package["readme"], "README.md");
        let text = fs::read_to_string(folder(&package).join("README.md")).expect("a README");
        assert!(text.starts_with(&format!("# {}\n", name(&package))), "{text}");
        assert!(text.lines().count() < 45, "{text}");
    }
}

#[test]
fn a_package_has_its_sources_and_licences_and_no_test_data_but_that_of_its_documentation() {
    for package in published() {
        let files = files(&package);
        for expected in ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"] {
            assert!(files.iter().any(|file| file == expected), "{}: no {expected}", name(&package));
        }
        let root =
            ["Cargo.lock", "Cargo.toml.orig", "Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];
        let generated = ".cargo_vcs_info.json";
        let documented = match name(&package) {
            "seatable-io-backup" => "tests/backup.jsonl",
            "seatable-io-dtable" => "tests/bugs.dtable",
            _ => generated,
        };
        let permitted = |file: &String| {
            let source = file.starts_with("src/") || file.starts_with("examples/");
            source || root.contains(&&file[..]) || [generated, documented].contains(&&file[..])
        };
        assert_eq!(files.iter().find(|file| !permitted(file)), None, "{}", name(&package));
        assert!(
            files.iter().any(|file| file == documented || !documented.starts_with("tests")),
            "{documented}"
        );
    }
}

#[test]
fn the_licences_of_each_package_are_those_of_the_repository() {
    for package in published() {
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            let read = |path: PathBuf| fs::read_to_string(path.join(licence)).expect(licence);
            let root = [env!("CARGO_MANIFEST_DIR"), ".."].iter().collect();
            assert!(read(folder(&package)) == read(root), "{}: {licence}", name(&package));
        }
    }
}

#[cfg(unix)]
#[test]
fn a_release_needs_the_tag_of_its_version_and_a_dated_entry_that_says_something() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let copy = tempfile::tempdir().expect("a folder");
    fs::create_dir(copy.path().join(".ci")).expect("a folder");
    for file in [".ci/release", "Cargo.toml"] {
        fs::copy(root.join(file), copy.path().join(file)).expect(file);
    }
    let version = env!("CARGO_PKG_VERSION");
    let passes = |tag: &str, entry: &str| {
        let log = format!("# Changelog\n\n{entry}\n## [0.0.9] - 2026-01-02\n\n- Old\n");
        fs::write(copy.path().join("CHANGELOG.md"), log).expect("a file");
        let mut check = std::process::Command::new(copy.path().join(".ci/release"));
        check.args(["check", tag]).output().expect("bash").status.success()
    };
    let (tag, dated) = (format!("v{version}"), format!("## [{version}] - 2026-12-24\n"));
    assert!(passes(&tag, &format!("{dated}\n- New\n")));
    for tag in ["v0.0.9", version, "v", ""] {
        assert!(!passes(tag, &format!("{dated}\n- New\n")), "{tag}");
    }
    for entry in
        ["", &dated, &format!("## [{version}] - Unreleased\n\n- New\n"), "## [Unreleased]\n\n- New\n"]
    {
        assert!(!passes(&tag, entry), "{entry}");
    }
}
