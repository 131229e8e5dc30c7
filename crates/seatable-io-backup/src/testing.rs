//! Helpers for the tests of several modules.

use http::Response;
use jiff::civil::date;
use seatable_io_proto::{BaseUuid, Endpoint as _, ListServerBases, ListWorkspaces, Listing};
use serde_json::{Value, json};

use crate::names::encode_name;
use crate::{Catalogue, Checksum, CopyPath, SavedBase, SavedCopy, Timestamp};

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

/// A copy of 100 bytes in workspace 204.
pub(crate) fn copy(uuid: &str, name: &str, started: i64) -> SavedCopy {
    copy_in(204, uuid, name, started)
}

pub(crate) fn copy_in(workspace_id: u64, uuid: &str, name: &str, started: i64) -> SavedCopy {
    let started = at(started);
    let folder = format!("{workspace_id} personal/{}", encode_name(name, ""));
    SavedCopy {
        file: CopyPath::new(format!("{folder}/{}.dtable", started.in_file_name())).unwrap(),
        server: "https://seatable.example/".to_owned(),
        workspace_id,
        workspace: "personal".to_owned(),
        owner: None,
        base: SavedBase { uuid: BaseUuid::new(uuid).unwrap(), name: name.to_owned(), updated_at: None },
        started,
        bytes: 100,
        sha256: Checksum::new([7; 32]),
        assets_missing: 0,
    }
}

pub(crate) fn catalogue(copies: &[SavedCopy]) -> Catalogue {
    let lines: String = copies.iter().map(SavedCopy::line).collect();
    Catalogue::read(lines.as_bytes())
}

/// The offset of Central European local time from UTC, in the European rules since 1996: summer time from 01:00 UTC of the last
/// Sunday in March to that of the last Sunday in October.
pub(crate) fn in_berlin(time: Timestamp) -> i32 {
    let year = time.to_string()[..4].parse().unwrap();
    let last_sunday = |month| {
        let last = date(year, month, 31);
        let sunday = last.day() - last.weekday().to_sunday_zero_offset();
        format!("{year:04}-{month:02}-{sunday:02}T01:00:00Z").parse::<Timestamp>().unwrap()
    };
    if (last_sunday(3)..last_sunday(10)).contains(&time) { 7200 } else { 3600 }
}

/// The size of every copy that was made.
pub(crate) fn there(file: &CopyPath) -> Option<u64> {
    file.as_str().ends_with(".dtable").then_some(100)
}

/// The listing of an account with these workspaces.
pub(crate) fn listing(workspaces: &Value) -> Listing {
    let body = json!({ "workspace_list": workspaces }).to_string();
    ListWorkspaces::parse(Response::new(body)).unwrap()
}

/// The listing of a whole server with these bases: workspace, e-mail address and name of the owner, uuid, name.
pub(crate) fn server(bases: &[(u64, &str, &str, &str, &str)]) -> Listing {
    let base = |&(workspace, email, owner, uuid, name): &(u64, &str, &str, &str, &str)| json!({"workspace_id": workspace, "email": email, "owner": owner, "uuid": uuid, "name": name});
    let bases: Vec<_> = bases.iter().map(base).collect();
    let body = json!({ "dtables": bases }).to_string();
    ListServerBases::parse(Response::new(body)).unwrap().listing
}

/// A personal workspace with these bases: uuid, name.
pub(crate) fn personal(id: u64, bases: &[(&str, &str)]) -> Value {
    let bases: Vec<_> = bases.iter().map(|(uuid, name)| json!({"uuid": uuid, "name": name})).collect();
    json!({"id": id, "name": "personal", "type": "personal", "table_list": bases})
}
