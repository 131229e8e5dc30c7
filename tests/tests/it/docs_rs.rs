//! What docs.rs needs to show of the published crates.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::packages::published;

#[test]
fn docs_rs_shows_every_feature_of_a_published_crate_and_what_needs_it_and_calls_from_its_examples() {
    let packages = published();
    assert_eq!(packages.len(), 10);
    for package in &packages {
        let manifest = Path::new(package["manifest_path"].as_str().expect("a path"));
        let (name, settings) = (&package["name"], &package["metadata"]["docs"]["rs"]);
        assert_eq!(settings["all-features"], true, "{name}");
        if package["features"].as_object().is_some_and(|features| !features.is_empty()) {
            let lib = fs::read_to_string(manifest.with_file_name("src/lib.rs")).expect("lib.rs");
            assert!(lib.contains("\n#![cfg_attr(docsrs, feature(doc_cfg))]\n"), "{name}");
        }
        let targets = package["targets"].as_array().into_iter().flatten();
        let examples = targets.filter(|target| target["kind"] == json!(["example"])).count();
        let scraped = fs::read_to_string(manifest).expect("Cargo.toml");
        assert_eq!(scraped.matches("\ndoc-scrape-examples = true\n").count(), examples, "{name}");
        let arguments = json!(["-Zunstable-options", "-Zrustdoc-scrape-examples"]);
        assert_eq!(settings["cargo-args"] == arguments, examples > 0, "{name}");
    }
}
