//! What the published crates contain besides their code.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::layering::cargo;

#[test]
fn every_published_crate_has_what_its_page_shows_and_the_texts_of_its_licences() {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version=1"])).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let published: Vec<_> = packages.iter().filter(|package| package["publish"].is_null()).collect();
    assert_eq!(published.len(), 10);
    for package in published {
        for field in ["description", "license", "readme", "rust_version"] {
            assert!(
                package[field].as_str().is_some_and(|text| !text.is_empty()),
                "{field} of {}",
                package["name"]
            );
        }
        for field in ["categories", "keywords"] {
            assert!(
                package[field].as_array().is_some_and(|words| !words.is_empty()),
                "{field} of {}",
                package["name"]
            );
        }
        let folder = Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap();
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            let text = |folder: &Path| fs::read_to_string(folder.join(licence)).unwrap();
            assert_eq!(text(folder), text(&folder.join("../..")), "{licence} of {}", package["name"]);
        }
    }
}
