//! The memory for reading a listing, whatever a server sends.

use allocation_counter::measure;
use http::Response;
use seatable_io_proto::{Endpoint, ListAdministered, ListWorkspaces, Listing, ReplyError};

const SIZE: usize = 256 * 1024;

/// A list of workspaces of about 256 KiB that repeats one text between two others.
fn bomb(start: &str, text: impl Fn(usize) -> String, end: &str) -> String {
    let mut json = format!(r#"{{"workspace_list":[{start}"#);
    for index in 0.. {
        if json.len() > SIZE {
            break;
        }
        json.extend([if index == 0 { "" } else { "," }, &text(index)]);
    }
    json + end + "]}"
}

/// The most memory for reading a response, beyond the response, as a multiple of its size.
fn peak(json: &str, status: u16) -> u64 {
    let mut read = None;
    let response = Response::builder().status(status).body(json).unwrap();
    let peak = measure(|| read = Some(ListWorkspaces::parse(response)));
    drop(read);
    peak.bytes_max / json.len() as u64
}

#[test]
fn entries_that_are_not_understood_or_not_needed_use_no_memory() {
    let bases = r#"{"id":1,"table_list":["#;
    let same = |text: &'static str| move |_| text.to_owned();
    for json in [
        bomb(bases, same("{}"), "]}"),
        bomb(bases, same("[]"), "]}"),
        bomb(bases, same(r#"{"uuid":"1"}"#), "]}"),
        bomb(bases, same(r#"{"uuid":[{},{}],"name":"a"}"#), "]}"),
        bomb(&format!(r#"{bases}{{"uuid":"1","name":""#), same(r"\u0041"), r#""}]}"#),
        bomb(&format!("{bases}{{"), |index| format!(r#""{index}":[]"#), "}]}"),
        bomb(r#"{"id":["#, same("{}"), "]}"),
        bomb(r#"{"id":1,"folders":[{"items":["#, same("{}"), "]}]}"),
        bomb(r#"{"id":1,"folders":["#, same("{}"), "]}"),
        bomb("", same("{}"), ""),
        bomb("", same(r#"{"id":1}"#), ""),
    ] {
        assert_eq!(peak(&json, 200), 0, "{}", &json[..60]);
    }
}

#[test]
fn bases_and_workspaces_use_a_few_times_the_size_of_a_response() {
    let long = format!(r#"{{"id":1,"name":"{}","table_list":["#, "ä".repeat(300));
    let own_id = |index| format!(r#"{{"uuid":"{index}","name":"","workspace_id":{index}}}"#);
    for (json, most) in [
        (bomb("", |index| format!(r#"{{"id":{index}}}"#), ""), 12),
        (bomb(&long, |index| format!(r#"{{"uuid":"{index}","name":""}}"#), "]}"), 32),
        (bomb(&long, own_id, "]}"), 32),
        (bomb(r#"{"id":1,"table_list":["#, |_| r#"{"uuid":"1","name":""}"#.to_owned(), "]}"), 32),
    ] {
        let peak = peak(&json, 200);
        assert!((1..=most).contains(&peak), "{peak} times, at most {most}");
    }
}

#[test]
fn nesting_is_limited_only_by_the_size_of_a_response() {
    let nested = format!("{}{}", "[".repeat(SIZE), "]".repeat(SIZE));
    let json = format!(r#"{{"workspace_list":[{{"id":1,"table_list":[{nested}]}}]}}"#);
    let listing = ListWorkspaces::parse(Response::new(&json)).unwrap();
    assert_eq!((listing.bases.len(), listing.not_understood), (0, 1));
    let open = format!(r#"{{"workspace_list":[{{"id":1,"table_list":{}"#, "[".repeat(SIZE));
    assert!(ListWorkspaces::parse(Response::new(&open)).is_err());
}

/// Reads this many workspaces.
fn workspaces(count: usize) -> Result<Listing, ReplyError> {
    let list = vec![r#"{"id":1}"#; count].join(",");
    ListWorkspaces::parse(Response::new(format!(r#"{{"workspace_list":[{list}]}}"#)))
}

#[test]
fn a_response_with_more_workspaces_than_the_limit_is_not_a_shorter_listing() {
    assert_eq!(workspaces(1_000_000).unwrap().workspaces.len(), 1);
    let error = workspaces(1_000_001).unwrap_err().to_string();
    assert_eq!(error, "the reply (200 OK) lists more than 1,000,000 workspaces");
    let group = r#"{"group_name":"a","dtables":[]}"#;
    let json = format!(r#"{{"personal":[],"groups":[{}]}}"#, vec![group; 1000].join(","));
    assert!(ListAdministered::parse(Response::new(json)).is_ok());
}
