//! The JSON of servers of all generations, which parsers accept.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::string::string_regex;
use serde_json::{Value, json};

const ODD_NAMES: [&str; 18] = [
    "..",
    ".",
    "a/b",
    "a\\b",
    "50%",
    "%2e%2e",
    "a?b#c",
    "\"a\"; b",
    "a&amp;b",
    " a",
    "a ",
    "u\u{308}bung",
    "Übung",
    "表格",
    "👩\u{200d}💻",
    "stock.dtable",
    "nul",
    "a\u{200b}b",
];

pub(super) fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => texts("[A-Za-z][A-Za-z0-9 _-]{0,20}"),
        2 => select(&ODD_NAMES[..]).prop_map(str::to_owned),
        2 => texts("\\PC{1,40}"),
        1 => select(vec!["x", "ü", "表", "🦀"]).prop_map(|letter| letter.repeat(255)),
    ]
}

/// Texts that match a pattern, which is read once.
pub(super) fn texts(pattern: &str) -> impl Strategy<Value = String> {
    string_regex(pattern).expect("a pattern")
}

/// Milliseconds before 2025, a UUID since then.
pub(super) fn task_ids() -> impl Strategy<Value = String> {
    prop_oneof![texts("1[56][0-9]{11,12}"), uuids()]
}

/// The last shape is that of a published sample, which is not a UUID.
pub(super) fn uuids() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => texts("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        1 => texts("[0-9a-f]{2}n[0-9a-f]{5}-[0-9a-f]{4}"),
    ]
}

fn times() -> impl Strategy<Value = String> {
    (2020..2027_u16, 1..=12_u8, 1..=28_u8, 0..24_u8, 0..60_u8).prop_map(|(year, month, day, hour, minute)| {
        format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00+00:00")
    })
}

fn optional_texts() -> impl Strategy<Value = Value> {
    prop::option::of(texts("#?[a-z0-9-]{1,12}")).prop_map(Value::from)
}

/// Bases, as in the listings and replies of the three generations.
pub(super) fn bases() -> impl Strategy<Value = Value> {
    let old = (uuids(), names(), 1..100_000_u32, 1..1_000_u32, texts("[a-z]{2,8}"), times(), times());
    let old = old.prop_map(|(uuid, name, id, workspace, user, created, updated)| {
        json!({"id": id, "workspace_id": workspace, "uuid": uuid, "name": name, "creator": user, "modifier": user,
            "created_at": created, "updated_at": updated})
    });
    let color = (optional_texts(), optional_texts(), optional_texts())
        .prop_map(|(color, text, icon)| json!({"color": color, "text_color": text, "icon": icon}));
    let current = (any::<bool>(), any::<bool>(), any::<bool>(), optional_texts()).prop_map(|(encrypted, storage, starred, group)| {
        json!({"is_encrypted": encrypted, "in_storage": storage, "starred": starred, "group": {"id": group}})
    });
    let minimal = (uuids(), names()).prop_map(|(uuid, name)| json!({"uuid": uuid, "name": name}));
    (prop_oneof![4 => old, 1 => minimal], prop::option::of((color, prop::option::of(current)))).prop_map(
        |(base, later)| {
            let later =
                later.map(|(color, current)| merged(color, current.unwrap_or_default())).unwrap_or_default();
            merged(base, later)
        },
    )
}

/// The fields of both objects.
fn merged(mut object: Value, more: Value) -> Value {
    if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
        object.extend(more);
    }
    object
}

/// Entries of a listing; a few cannot be read.
fn tables() -> impl Strategy<Value = Vec<Value>> {
    let unreadable =
        select(vec![json!({"name": "n"}), json!({"uuid": "u", "name": null}), json!(null), json!({})]);
    vec(prop_oneof![19 => bases(), 1 => unreadable], 0..6)
}

pub(super) fn workspaces() -> impl Strategy<Value = Value> {
    let old = (1..1_000_u32, names(), any::<bool>(), tables()).prop_map(|(id, name, group, tables)| {
        let kind = if group { "Group" } else { "Personal" };
        json!({"id": id, "owner_name": name, "owner_type": kind, "table_list": tables})
    });
    let group = (1..1_000_u32, names(), any::<bool>(), tables(), tables(), tables());
    let group = group.prop_map(|(id, name, is_admin, tables, folder, shared)| {
        json!({"id": id, "name": name, "type": "group", "group_id": id + 7, "is_admin": is_admin, "table_list": tables,
            "folders": [{"id": 1, "name": "f", "items": folder}], "group_shared_dtables": shared, "group_shared_views": []})
    });
    let personal = (1..1_000_u32, tables()).prop_map(|(id, tables)| {
        json!({"id": id, "name": "personal", "type": "personal", "table_list": tables, "folders": []})
    });
    let starred = tables()
        .prop_map(|tables| json!({"id": "", "name": "starred", "type": "starred", "table_list": tables}));
    let shared = tables().prop_map(|tables| {
        json!({"id": "", "name": "shared", "type": "shared", "shared_table_list": tables,
            "shared_view_list": [{"id": 3, "dtable_name": "seen", "view_id": "0000"}]})
    });
    let current =
        (prop::option::of(starred), prop::option::of(shared), prop::option::of(personal), vec(group, 0..4));
    let current = current.prop_map(|(starred, shared, personal, groups)| {
        [starred, shared, personal].into_iter().flatten().chain(groups).collect()
    });
    prop_oneof![vec(old, 0..4), current].prop_map(|all: Vec<Value>| json!({"workspace_list": all}))
}

pub(super) fn administered() -> impl Strategy<Value = Value> {
    let group = (1..1_000_u32, names(), tables())
        .prop_map(|(id, name, tables)| json!({"group_id": id, "group_name": name, "dtables": tables}));
    (tables(), vec(group, 0..4))
        .prop_map(|(personal, groups)| json!({"personal": personal, "groups": groups}))
}

pub(super) fn server_bases() -> impl Strategy<Value = Value> {
    let owner = prop_oneof![
        (texts("[a-z0-9]{4}@auth.local"), names())
            .prop_map(|(email, owner)| json!({"email": email, "owner": owner})),
        (1..1_000_u32, names())
            .prop_map(|(group, owner)| json!({"email": "", "group_id": group.to_string(), "owner": owner})),
        Just(json!({"email": "", "owner": "", "owner_deleted": true})),
    ];
    let bases = vec((bases(), owner).prop_map(|(base, owner)| merged(base, owner)), 0..8);
    (bases, prop::option::of(any::<bool>())).prop_map(
        |(bases, next)| json!({"page_info": {"has_next_page": next, "current_page": 1}, "dtables": bases}),
    )
}

/// A task that was started, and its base.
pub(super) fn started() -> impl Strategy<Value = Value> {
    let task = prop_oneof![4 => task_ids().prop_map(Value::from), 1 => any::<u32>().prop_map(Value::from)];
    (task, bases()).prop_map(|(task, base)| json!({"task_id": task, "table": base}))
}
