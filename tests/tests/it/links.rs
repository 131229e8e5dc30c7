//! The links of the Markdown files lead somewhere. Addresses of web pages and names of Rust items are not followed.

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
fn root() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), ".."].iter().collect::<PathBuf>().canonicalize().unwrap()
}

/// Adds the Markdown files of a folder and of those below it.
fn markdown(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            markdown(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
}

/// The text without blocks of code.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// The targets of the links in the text.
fn links(text: &str) -> Vec<String> {
    let text = prose(text);
    let inline = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let named = text.lines().filter(|line| line.starts_with('['));
    let named = named.filter_map(|line| line.split_once("]: "));
    inline.map(|(link, _)| link.to_owned()).chain(named.map(|(_, link)| link.to_owned())).collect()
}

/// The anchors of the headings, as forges and mdBook make them.
fn anchors(text: &str) -> Vec<String> {
    let prose = prose(text);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let anchor = |line: &str| line.trim_start_matches('#').trim().chars().filter(kept).collect::<String>();
    headings.map(|line| anchor(line).to_lowercase().replace(' ', "-")).collect()
}

/// Returns whether the link, found in this file, leads to a file and, where it names one, to a heading there.
fn leads_somewhere(file: &Path, link: &str) -> bool {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() { file.to_owned() } else { file.with_file_name("").join(path) };
    let has_anchor = |text: String| anchors(&text).iter().any(|other| other == anchor);
    target.exists() && (anchor.is_empty() || fs::read_to_string(target).is_ok_and(has_anchor))
}

/// Returns whether this is a path or an anchor, rather than an address or the name of a Rust item.
fn is_relative(link: &str) -> bool {
    let is_file = [".md", ".svg"].iter().any(|end| link.ends_with(end));
    !link.contains("::") && !link.contains(':') && (is_file || link.contains(['#', '/']))
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut files: Vec<_> =
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"].map(|name| root().join(name)).into();
    markdown(&root().join("docs"), &mut files);
    markdown(&root().join("crates"), &mut files);
    let mut followed = 0;
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        for link in links(&text).iter().filter(|link| is_relative(link)) {
            assert!(leads_somewhere(file, link), "{}: {link}", file.display());
            followed += 1;
        }
    }
    assert!(followed > 50, "{followed}");
}

#[test]
fn a_page_of_the_book_links_only_to_others() {
    let folder = root().join("docs/src");
    let mut pages = Vec::new();
    markdown(&folder, &mut pages);
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let outside = links(&text).into_iter().find(|link| link.starts_with("..") || link.starts_with('/'));
        assert_eq!(outside, None, "{}: the built book lacks it, so name the file instead", page.display());
    }
}

#[test]
fn the_summary_names_every_page_once() {
    let folder = root().join("docs/src");
    let named = links(&fs::read_to_string(folder.join("SUMMARY.md")).unwrap());
    let mut pages = Vec::new();
    markdown(&folder, &mut pages);
    for page in pages.iter().filter(|page| !page.ends_with("SUMMARY.md")) {
        let name = page.strip_prefix(&folder).unwrap().to_str().unwrap();
        assert_eq!(named.iter().filter(|other| *other == name).count(), 1, "{name}");
    }
}

#[test]
fn a_link_to_a_missing_file_or_heading_leads_nowhere() {
    let readme = root().join("README.md");
    assert!(leads_somewhere(&readme, "docs/src/codes.md#exit-codes") && leads_somewhere(&readme, "#get-it"));
    for link in ["docs/src/code.md", "docs/src/codes.md#exit-code", "#exit-codes"] {
        assert!(!leads_somewhere(&readme, link), "{link}");
    }
    assert_eq!(links("[a](b.md) `[c]`\n```\n[d](e.md)\n```\n[f]: g.md"), ["b.md", "g.md"]);
}
