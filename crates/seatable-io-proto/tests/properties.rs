//! Properties of any input: no response panics, and every name arrives.

use std::collections::HashSet;
use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use http::{HeaderName, HeaderValue, Response, response};
use proptest::collection::vec;
use proptest::prelude::*;
use seatable_io_proto::*;
use serde_json::{Value, json};
use url::Url;

const REPLIES: [&str; 19] = [
    include_str!("replies/administered-current.json"),
    include_str!("replies/cancel-2020.txt"),
    include_str!("replies/cancel-2021.json"),
    include_str!("replies/export-2020.json"),
    include_str!("replies/export-2021.json"),
    include_str!("replies/import-2020.json"),
    include_str!("replies/import-2021.json"),
    include_str!("replies/import-csv-2020.json"),
    include_str!("replies/import-csv-current.json"),
    include_str!("replies/import-current.json"),
    include_str!("replies/page.html"),
    include_str!("replies/refused-name-taken.json"),
    include_str!("replies/refused-token.json"),
    include_str!("replies/refused-unknown-task.json"),
    include_str!("replies/server-bases-current.json"),
    include_str!("replies/status-finished.json"),
    include_str!("replies/status-running.json"),
    include_str!("replies/workspaces-2020.json"),
    include_str!("replies/workspaces-current.json"),
];

fn server() -> Server {
    Server::new("https://seatable.example/prefix", Token::new("geheim").unwrap()).unwrap()
}

fn url(call: &impl Endpoint) -> Url {
    call.request(&server()).uri().to_string().parse().unwrap()
}

fn decoded(encoded: &str) -> String {
    let mut pairs = url::form_urlencoded::parse(encoded.as_bytes());
    pairs.next().map_or_else(String::new, |(key, _)| key.into_owned())
}

/// Returns how many calls understand this as a successful response.
fn understood(head: &response::Parts, body: &[u8]) -> usize {
    let understood = [
        StartImport::reply(head, body).is_ok(),
        StartExport::reply(head, body).is_ok(),
        SynchronousExport::reply(head, body).is_ok(),
        QueryStatus::reply(head, body).is_ok(),
        ExportContent::reply(head, body).is_ok(),
        CancelTask::reply(head, body).is_ok(),
        ImportTable::reply(head, body).is_ok(),
        ListWorkspaces::reply(head, body).is_ok(),
        ListAdministered::reply(head, body).is_ok_and(|listing| listing.is_some()),
        ListServerBases::reply(head, body).is_ok(),
        ExportByUuid::reply(head, body).is_ok(),
    ];
    understood.into_iter().filter(|is_ok| *is_ok).count()
}

fn head(status: u16) -> response::Parts {
    Response::builder().status(status).body(()).unwrap().into_parts().0
}

#[test]
fn a_reply_cut_short_is_never_understood() {
    for reply in REPLIES {
        let len = reply.trim_end().len();
        for cut in 0..len {
            let (whole, short) = (reply.as_bytes(), &reply.as_bytes()[..cut]);
            assert_eq!(understood(&head(200), short), 0, "{reply}");
            assert_eq!(understood(&head(400), whole), 0, "{reply}");
            assert_eq!(Refusal::read(&head(400), short).message(), None, "{reply}");
        }
    }
}

prop_compose! {
    fn heads()(
        status in 100..1000_u16,
        headers in vec((
            prop::sample::select(vec![
                "content-type", "content-length", "content-disposition", "transfer-encoding",
                "retry-after", "date", "location",
            ]),
            prop_oneof![
                vec(any::<u8>(), 0..40),
                prop::sample::select(vec![
                    "application/json", "attachment;filename*=UTF-8''", "filename=\"\\", "-1",
                    "Sun, 06 Nov 1994 08:49:37 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
                    "Sunday, 06-Nov-94 08:49:37 GMT", "99999999999999999999",
                ]).prop_map(|text| text.as_bytes().to_vec()),
            ],
        ), 0..8),
    ) -> response::Parts {
        let mut head = head(status);
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                head.headers.append(HeaderName::from_static(name), value);
            }
        }
        head
    }
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let json = r#"\{"(task_id|table|is_finished|success|error_msg|detail|workspace_list|personal|version)": ?(true|[0-9.e-]{0,30}|"\PC*"|\[*)\}"#;
    prop_oneof![
        vec(any::<u8>(), 0..200),
        json.prop_map(String::into_bytes),
        "\\PC*".prop_map(String::into_bytes)
    ]
}

const WORDS: &[&str] = &["personal", "dtables", "uuid", "name", "workspace_id", ""];

/// Any JSON that is not a list of administered bases.
fn jsons() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from)
    ];
    let leaf = prop_oneof![leaf, prop::sample::select(WORDS).prop_map(Value::from)];
    leaf.prop_recursive(4, 20, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((prop::sample::select(WORDS).prop_map(str::to_owned), inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Lists of workspaces in shapes that are nearly right.
fn listings() -> impl Strategy<Value = Value> {
    let id = || prop::sample::select(vec![json!(1), json!("2"), json!(3), json!(""), json!(null)]);
    let table =
        (prop::sample::select(vec!["u1", "u2", "u3", ""]), prop::sample::select(vec!["a", "ä", "b"]), id());
    let table = table.prop_map(|(uuid, name, id)| json!({"uuid": uuid, "name": name, "workspace_id": id}));
    let tables = vec(prop_oneof![9 => table, 1 => jsons()], 0..4);
    let key = prop::sample::select(vec!["table_list", "shared_table_list", "group_shared_dtables"]);
    let kind = prop::sample::select(vec![json!({}), json!({"is_admin": true}), json!({"type": "personal"})]);
    let workspace = (id(), id(), kind, key, tables.clone(), tables);
    let workspace = workspace.prop_map(|(id, name, mut workspace, key, tables, items)| {
        workspace["id"] = id;
        workspace["name"] = name;
        workspace[key] = tables.into();
        workspace["folders"] = json!([{"items": items}]);
        workspace
    });
    vec(workspace, 0..5).prop_map(|list| json!({"workspace_list": list}))
}

proptest! {
    #[test]
    fn any_response_is_read_without_a_panic(head in heads(), body in bodies()) {
        let understood = understood(&head, &body);
        prop_assert!(head.status.is_success() || understood == 0);
        FileHead::read(&head);
        let found = FindTableImport::reply(&head, &body).is_ok();
        prop_assert!(!found || matches!(head.status.as_u16(), 404 | 405));
    }

    #[test]
    fn any_listing_names_each_base_once_in_order(one in listings(), other in listings()) {
        let read = |json: &Value| ListWorkspaces::parse(Response::new(json.to_string()));
        let (Ok(one), Ok(other)) = (read(&one), read(&other)) else { return Ok(()) };
        for listing in [&one, &other, &one.clone().and(other.clone())] {
            let uuids: HashSet<_> = listing.bases.iter().map(|listed| &listed.base.uuid).collect();
            prop_assert_eq!(uuids.len(), listing.bases.len());
            let order =
                |listed: &ListedBase| (listed.workspace, listed.base.name.clone(), listed.base.uuid.clone());
            prop_assert!(listing.bases.is_sorted_by_key(order));
            for listed in &listing.bases {
                let name = listing.workspaces.get(&listed.workspace);
                prop_assert!(listed.access.is_shared() || name == Some(&listed.workspace_name));
            }
        }
        let all = one.clone().and(other.clone());
        for listed in one.bases.iter().chain(&other.bases) {
            let known = all.bases.iter().find(|known| known.base.uuid == listed.base.uuid);
            prop_assert!(known.is_some_and(|known| known.access <= listed.access));
        }
    }

    #[test]
    fn any_json_is_a_listing_or_not_understood(json in jsons(), depth in 0..200_usize) {
        let text = format!("{}{json}{}", r#"{"personal":[],"groups":["#.repeat(depth), "]}".repeat(depth));
        let listing = ListAdministered::parse(Response::new(&text));
        prop_assert!(depth == 1 || listing.is_err_and(|error| error.refusal().is_none()));
        let nested = format!("{}{}", "[".repeat(depth + 1), "]".repeat(depth + 1));
        let text = format!(r#"{{"personal":[],"groups":[],"x":{nested}}}"#);
        prop_assert!(ListAdministered::parse(Response::new(&text)).is_ok());
    }

    #[test]
    fn a_message_is_always_safe_to_show(head in heads(), body in bodies()) {
        let refusal = Refusal::read(&head, &body);
        if let Some(message) = refusal.message() {
            prop_assert!(!message.is_empty() && message.chars().count() <= 501);
            prop_assert!(!message.contains(char::is_control) && !message.starts_with('<'));
        }
        prop_assert!(!(refusal.is_unknown_task() && refusal.is_wrong_address()));
    }

    #[test]
    fn a_name_is_one_path_segment(workspace: u64, name in "(?s).{1,255}") {
        let base = BaseName::new(&name).unwrap();
        prop_assume!(!base.is_dots());
        let url = url(&StartExport::new(workspace, base).unwrap());
        let segments: Vec<_> = url.path_segments().unwrap().map(decoded).collect();
        let id = workspace.to_string();
        let path = ["prefix", "api", "v2.1", "workspace", &id, "dtable", &name, "export-dtable", ""];
        prop_assert_eq!(segments, path);
    }

    #[test]
    fn query_values_arrive_unchanged(name in "(?s).{1,255}", password in "(?s).{1,255}") {
        let export = SynchronousExport::new(1, BaseName::new(&name).unwrap());
        let export = export.password(Password::new(&password).unwrap()).without_assets();
        let pairs: Vec<(String, String)> = url(&export).query_pairs().into_owned().collect();
        let sent = [("dtable_name", name.as_str()), ("password", &password), ("ignore_asset", "true")];
        prop_assert_eq!(pairs, sent.map(|(key, value)| (key.to_owned(), value.to_owned())));
        let described = describe(&export.request(&server()));
        prop_assert!(described.ends_with("&password=…&ignore_asset=true"), "{}", described);
    }

    #[test]
    fn ids_arrive_unchanged(task in "\\PC{1,60}", base in "\\PC{1,60}") {
        let (id, uuid) = (TaskId::new(&task).unwrap(), BaseUuid::new(&base).unwrap());
        let content = ExportContent::new(id.clone(), uuid.clone(), ContentAddress::Api);
        let sent = [("task_id", task.as_str()), ("dtable_uuid", &base), ("task_type", "export")];
        for (url, sent) in [
            (url(&CancelTask::new(id.clone(), uuid, TaskKind::Export)), &sent[..]),
            (url(&content), &sent[..2]),
            (url(&QueryStatus::new(id)), &sent[..1]),
        ] {
            let pairs: Vec<_> = url.query_pairs().into_owned().collect();
            let sent: Vec<_> = sent.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
            prop_assert_eq!(pairs, sent);
        }
    }

    #[test]
    fn a_multipart_form_arrives_unchanged(name in "[^/\\\\\\pC]{1,200}", file in vec(any::<u8>(), 0..100), id: u128) {
        let Ok(file_name) = FileName::new(&name, Format::Dtable) else { return Ok(()) };
        let import = ImportFile::new(1, file_name, file.len() as u64, uuid::Uuid::from_u128(id)).unwrap();
        let request = StartImport::new(import.folder(7)).request(&server());
        let (folder, field, arrived, content) = received(&request, &file);
        prop_assert_eq!((folder.as_str(), field.as_str()), ("7", "dtable"));
        prop_assert_eq!(arrived.replace("&quot;", "\"").replace("&amp;", "&"), format!("{name}.dtable"));
        prop_assert_eq!(content, file);
    }

    #[test]
    fn any_url_is_a_server_or_refused(
        url in prop_oneof!["\\PC*", "https?://[a-z0-9.:@/?#%\\[\\]|^ä\"<>{}-]{1,40}"],
    ) {
        let Ok(server) = Server::new(&url, Token::new("geheim").unwrap()) else { return Ok(()) };
        prop_assert!(server.url().ends_with('/') && !server.url().contains(['?', '#']));
        let request = QueryStatus::new(TaskId::new("1").unwrap()).request(&server);
        let sent = format!("{}api/v2.1/dtable-io-status/?task_id=1", server.url());
        prop_assert_eq!(request.uri().to_string(), sent);
        prop_assert!(!request.uri().authority().unwrap().as_str().contains('@'));
    }
}

/// The folder, the name of the file's field, the file's name and the file.
fn received(request: &http::Request<Body>, file: &[u8]) -> (String, String, String, Vec<u8>) {
    let sent = [request.body().head(), file, request.body().tail()].concat();
    assert_eq!(request.headers()["content-length"], sent.len().to_string());
    let boundary = multer::parse_boundary(request.headers()["content-type"].to_str().unwrap()).unwrap();
    let stream = stream::iter([Ok::<_, Infallible>(Bytes::from(sent))]);
    let mut form = multer::Multipart::new(stream, boundary);
    let parts = async {
        let folder = form.next_field().await.unwrap().unwrap();
        assert_eq!(folder.name(), Some("folder_id"));
        let folder = folder.text().await.unwrap();
        let part = form.next_field().await.unwrap().unwrap();
        let (field, name) = (part.name().unwrap().to_owned(), part.file_name().unwrap().to_owned());
        let content = part.bytes().await.unwrap().to_vec();
        assert!(form.next_field().await.unwrap().is_none());
        (folder, field, name, content)
    };
    parts.now_or_never().unwrap()
}
