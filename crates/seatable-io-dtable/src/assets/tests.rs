use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::hash;

const ENTRIES: [&str; 4] =
    ["content.json", "asset/images/a b.png", "asset/files/2026/c(1).pdf", "asset/files/%E9%A1%B9.txt"];

fn url(name: &str) -> String {
    format!("file://dtable-bundle/asset/{name}")
}

fn missing_in(json: &str) -> u64 {
    let mut scan = AssetScan::new(ENTRIES);
    scan.chunk(json.as_bytes());
    scan.missing()
}

fn missing(json: &Value) -> u64 {
    missing_in(&json.to_string())
}

#[test]
fn fact_18_an_asset_is_found_percent_encoded_or_not() {
    for name in [
        "images/a b.png",
        "images/a%20b.png",
        "files/2026/c(1).pdf",
        "files/2026/c%281%29.pdf",
        "files/项.txt",
        "files/%E9%A1%B9.txt",
    ] {
        assert_eq!(
            missing(&json!([url(name), {"url": url(name)}, format!("a {}", url(&name.replace(' ', "%20")))])),
            0,
            "{name}"
        );
    }
}

#[test]
fn fact_18_an_asset_that_is_named_but_not_in_the_zip_is_missing() {
    let cells = json!([url("images/x 1.png"), url("images/x 2.png"), {"url": url("files/y%20z.pdf")}]);
    assert_eq!(missing(&cells), 3);
    assert_eq!(missing(&json!([cells.clone(), cells])), 3, "named twice");
    assert_eq!(missing(&json!("file://dtable-bundle/assets and other things")), 0);
}

#[test]
fn fact_18_assets_of_apps_are_in_a_folder_of_their_own() {
    let app = |name: &str| format!("file://dtable-bundle-external-apps/asset/{name}");
    let mut scan = AssetScan::new(["asset/external-apps/files/a.pdf", "asset/files/b.pdf"]);
    let texts = json!([
        app("files/a.pdf"),
        url("files/b.pdf"),
        app("files/b.pdf"),
        format!("see {}", url("files/a.pdf"))
    ]);
    scan.chunk(texts.to_string().as_bytes());
    assert_eq!(scan.names(), ["asset/external-apps/files/b.pdf", "asset/files/a.pdf"]);
    assert_eq!(scan.missing(), 2);
}

#[test]
fn fact_18_custom_assets_are_missing_if_their_folder_is() {
    for size in [1, 7, 16, 1000] {
        let scanned = |entry: &str, text: &str| {
            let mut scan = AssetScan::new([entry]);
            text.as_bytes().chunks(size).for_each(|chunk| scan.chunk(chunk));
            (scan.missing(), scan.names().join(" "))
        };
        let text = r#"["x", "custom-asset://0a1b.png", "custom-asset://2c.pdf"]"#;
        assert_eq!(scanned("asset/files/0a1b.png", text), (1, "asset/custom/".to_owned()));
        assert_eq!(scanned("asset/custom/7/a.png", text), (0, String::new()));
        assert_eq!(scanned("a", r#"["custom-assets"]"#), (0, String::new()));
        let mut scan = AssetScan::new(["asset/custom/7/a.png", "content.json"]);
        text.as_bytes().chunks(size).for_each(|chunk| scan.chunk(chunk));
        assert_eq!(scan.missing(), 0);
    }
}

#[test]
fn links_are_found_within_texts() {
    let there = [url("images/a%20b.png"), url("files/2026/c(1).pdf")];
    for text in [
        format!("![a]({})", there[0]),
        format!("see {}. And ({}), too", there[0], there[1]),
        format!("{} and <img src=\"{}\">", there[0], there[1]),
        format!("{},{}", there[0], there[1]),
        format!("{}\n", there[1]),
    ] {
        assert_eq!(missing(&json!([text])), 0, "{text}");
    }
    let gone = [url("images/x.png"), url("images/y.png")];
    assert_eq!(missing(&json!(format!("![x]({}) ![y]({})", gone[0], gone[1]))), 2);
    assert_eq!(
        missing(&json!([format!("{} {}", gone[0], there[0]), format!("{} {}", there[0], gone[0])])),
        1
    );
    let texts = ["see ", "for a ", "f"].map(|start| format!("{start}{} {start}", gone[0]));
    assert_eq!(missing(&json!(texts)), 1, "the text around it is no part of a name");
}

#[test]
fn the_folder_of_assets_is_not_an_asset() {
    let mut scan = AssetScan::new(["asset/"]);
    scan.chunk(json!([url(")"), format!("x {}", url("]"))]).to_string().as_bytes());
    assert_eq!(scan.missing(), 2);
}

#[test]
fn escapes_of_json_do_not_hide_a_name() {
    assert_eq!(missing_in(r#""file:\/\/dtable-bundle\/asset\/images\/\u0061\u0020b.png""#), 0);
    assert_eq!(missing_in(r#""\u0066ile:\/\/dtable-bundle\/asset\/images\/\ud83e\udd80.png""#), 1);
    assert_eq!(missing_in(r#""{\"src\": \"file://dtable-bundle/asset/images/a b.png\"}""#), 1, "a text");
    assert_eq!(missing_in(r#""ffile://dtable-bundle/asset/files/2026/c(1).pdf\\""#), 0);
    assert_eq!(missing_in("file://dtable-bundle/asset/images/x.png"), 0, "not a string");
}

#[test]
fn a_name_that_never_ends_needs_little_memory() {
    let mut scan = AssetScan::new(ENTRIES);
    scan.chunk(format!("\"{}", url("")).as_bytes());
    (0..100).for_each(|_| scan.chunk(&vec![b'a'; 60_000]));
    assert!(scan.text.capacity() < 4 * LONGEST);
    assert_eq!(format!("{scan:?}"), "AssetScan { missing: 1, .. }");
}

#[test]
fn any_text_is_scanned_in_linear_time() {
    let link = |name: &str| format!("x {} ", url(name));
    for text in [
        link(&(")".repeat(100) + &"a".repeat(60_000))),
        link(&("a".repeat(60_000) + &")".repeat(100))),
        link(&(")".repeat(65_000))),
        link(&".,".repeat(50)),
        url(&("a".repeat(60_000) + &")".repeat(200))),
        url(&(")".repeat(5000) + &url(&")".repeat(5000)))),
        url(&"%29".repeat(20_000)),
        url(&("b)".repeat(100_000) + " x")),
    ] {
        let json = json!([text]).to_string();
        let mut scan = AssetScan::new(ENTRIES);
        let before = hash::HASHED.get();
        scan.chunk(json.as_bytes());
        let hashed = hash::HASHED.get() - before;
        assert!(hashed <= 5 * json.len(), "{hashed} for {} bytes of {:.60}", json.len(), text);
    }
}

#[test]
fn no_more_than_100_000_missing_names_are_kept() {
    let mut scan = AssetScan::new(ENTRIES);
    for at in 0..AssetScan::MOST - 1 {
        scan.lacks(b"asset/", &at.to_le_bytes());
    }
    let chunk = |scan: &mut AssetScan, name: &str| scan.chunk(json!(url(name)).to_string().as_bytes());
    assert_eq!((scan.missing(), AssetScan::MOST, scan.is_cut()), (99_999, 100_000, false));
    chunk(&mut scan, "x");
    assert_eq!((scan.missing(), scan.is_cut()), (100_000, true));
    chunk(&mut scan, "y");
    assert_eq!((scan.missing(), scan.missing.len()), (100_000, 100_000));
}

#[test]
fn the_names_that_are_kept_are_limited() {
    let mut scan = AssetScan::new(ENTRIES);
    let name = |at: usize| format!("{at}{}", "x".repeat(NAMES / 64 - 7));
    (10..74).for_each(|at| scan.lacks(b"asset", name(at).as_bytes()));
    assert_eq!((scan.missing(), scan.names().len(), scan.is_cut()), (64, 64, false));
    scan.lacks(b"a", b"b");
    assert_eq!((scan.missing(), scan.is_cut(), scan.into_names().len()), (65, true, 64));
}

/// The missing assets of a string, found in the obvious way.
fn expected(text: &str, missing: &mut BTreeSet<String>) {
    const PREFIX: &str = "file://dtable-bundle/asset/";
    let Some((before, name)) = text.split_once(PREFIX) else { return };
    if before.is_empty() && is_entry(name) {
        return;
    }
    let is_whole = before.is_empty() && !name.contains(PREFIX);
    let ends = |c: char| c.is_ascii_whitespace() || c.is_ascii_control() || "\"<>`\\".contains(c);
    let (link, rest) = name.split_once(ends).unwrap_or((name, ""));
    let cuts = link.char_indices().filter(|(_, c)| ")]'*_|,;:.?!#".contains(*c)).map(|(at, _)| at);
    if !cuts.chain([link.len()]).any(|cut| is_entry(&link[..cut])) {
        let shown = if is_whole {
            name
        } else {
            link.split(')').next().unwrap().trim_end_matches(|c| ")]'*_|,;:.?!#".contains(c))
        };
        missing.insert(shown.to_owned());
    }
    // Only the beginning of a string can be nothing but a name.
    if !is_whole {
        expected(&format!(" {rest}"), missing);
    }
}

fn is_entry(name: &str) -> bool {
    let decoded = |name: &str| name.replace("%20", " ").replace("%28", "(").replace("%29", ")");
    let path = format!("asset/{name}");
    let is = |path: &str| ENTRIES.iter().any(|entry| path == *entry || path == decoded(entry));
    !name.is_empty() && (is(&path) || is(&decoded(&path)))
}

/// A list of texts in JSON, in which some characters are escaped.
fn escaped(texts: &[String], is_escaped: &[bool]) -> String {
    let mut is_escaped = is_escaped.iter().cycle();
    let mut escape = |c: char| match c {
        '/' if *is_escaped.next().unwrap() => "\\/".to_owned(),
        '"' | '\\' => format!("\\{c}"),
        c if c < ' ' || (c.is_ascii() && *is_escaped.next().unwrap()) => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    let texts = texts.iter().map(|text| format!("\"{}\"", text.chars().map(&mut escape).collect::<String>()));
    format!("[{}]", texts.collect::<Vec<_>>().join(","))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn an_obvious_search_finds_the_same_missing_assets(
        texts in prop::collection::vec(
            "(f|fil|u0066ile:|file://dtable-bundle/asset/|images/a|( |%20)b|[.]png|files/2026/c|[(]|%28|1|[)]|%29|[.]pdf|%|2|\\]| |\"|\\\\|\n|x|é){0,12}",
            1..3,
        ),
        is_escaped in prop::collection::vec(prop::bool::weighted(0.2), 1..9),
        size in 1..40_usize,
    ) {
        let mut names = BTreeSet::new();
        for text in &texts {
            expected(text, &mut names);
        }
        let mut scan = AssetScan::new(ENTRIES);
        escaped(&texts, &is_escaped).as_bytes().chunks(size).for_each(|chunk| scan.chunk(chunk));
        prop_assert_eq!(scan.missing(), names.len() as u64, "{:?}", names);
    }

    #[test]
    fn the_bytes_may_come_in_any_chunks(
        texts in prop::collection::vec("(a|[(]|f|file://dtable-bundle/asset/(images/a b[.]png|x)?|\"|\\\\| |é){0,8}", 0..4),
        size in 1..40_usize,
    ) {
        let json = json!(texts).to_string();
        let mut scan = AssetScan::new(ENTRIES);
        json.as_bytes().chunks(size).for_each(|chunk| scan.chunk(chunk));
        prop_assert_eq!(scan.missing(), missing_in(&json));
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut scan = AssetScan::new(ENTRIES);
        scan.chunk(&[b"\"file://dtable-bundle/asset/", &bytes[..], b"\""].concat());
        prop_assert!(scan.missing() <= 20);
    }
}
