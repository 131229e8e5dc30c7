//! The data that is kept in files and logs, as JSON.

use std::fmt::Debug;

use seatable_io_proto::{Listing, TaskKind};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::scene::*;
use super::table::CALLS;
use crate::{Allowance, Call, ErrorKind, Exchange, Operation, OperationError, Outcome, Pace, Route};

/// The text of a value, which is read back as the same value.
fn json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> String {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), *value);
    text
}

#[test]
fn names_are_in_snake_case() {
    for call in CALLS {
        assert_eq!(json(&call), format!("\"{}\"", call.to_string().replace(' ', "_")));
    }
    assert_eq!(json(&ErrorKind::BadAnswer), r#""bad_answer""#);
    assert_eq!(json(&Route::Synchronous), r#""synchronous""#);
}

#[test]
fn outcomes_are_read_back() {
    let mut scene = Scene::import();
    scene.task_finishes(Call::StartImport);
    let text = json(&scene.ends_well());
    assert!(text.starts_with(r#"{"imported":{"base":{"uuid":"d09b6bcc-"#), "{text}");

    let mut scene = Scene::exporting(export_of("."));
    scene.requests(Call::SynchronousExport).file(ZIP, None);
    let text = json(&scene.ends_well());
    assert_eq!(
        text,
        r#"{"exported":{"bytes":100,"base":null,"name":null,"renamed_from":null,"task":null,"route":"synchronous"}}"#
    );

    let mut listing = Listing::default();
    listing.workspaces.insert(7, "personal".into());
    json(&Outcome::Listed(listing));
    assert_eq!(json(&Outcome::Cancelled), r#""cancelled""#);
    json(&resume_of(TaskKind::Export));
}

#[test]
fn an_allowance_has_no_unknown_field() {
    let allowance: Allowance = serde_json::from_str(r#"{"requests": 300}"#).unwrap();
    assert_eq!(allowance, Allowance::default().requests(300.try_into().unwrap()));
    assert!(serde_json::from_str::<Allowance>(r#"{"request": 300}"#).is_err());
}

#[test]
fn operations_can_be_moved_to_and_shared_by_threads() {
    fn both<T: Send + Sync + 'static>() {}
    both::<(Operation, Exchange, OperationError, Outcome, Pace)>();
}
