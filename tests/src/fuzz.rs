//! The assertions of every fuzz target, on any bytes. The fuzzer runs these functions, and so do the ordinary tests, on the
//! corpus in `fuzz/corpus`.

#![allow(clippy::missing_panics_doc, reason = "a panic is how they fail")]

mod dtable;

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use http::{HeaderValue, Response, response};
use seatable_io_backup::{
    Action, BaseEvent, Catalogue, CatalogueReader, CopyPath, Ending, Options, RestoreOptions, SkipReason,
    Timestamp, changes, plan, restore,
};
use seatable_io_proto::{
    ArchiveWatch, BaseName, BaseUuid, Body, CancelTask, Endpoint, ExportByUuid, ExportContent, FileHead,
    FileName, Format, ImportFile, ListAdministered, ListServerBases, ListWorkspaces, Listing, QueryStatus,
    Refusal, Secrets, Server, StartExport, StartImport, SynchronousExport, TaskId, Token,
};
use seatable_io_task::{Operation, Policy, Resume, Step};
use url::Url;

pub use self::dtable::{dtable_content, dtable_zip};
use crate::{Story, live, transcript};

/// A target: its name and its function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 13] = [
    ("replies", replies),
    ("listing", listing),
    ("multipart", multipart),
    ("urls", urls),
    ("content_disposition", content_disposition),
    ("archive", archive),
    ("retry_after", retry_after),
    ("resume", resume),
    ("task", task),
    ("catalogue", catalogue),
    ("secrets", secrets),
    ("dtable_zip", dtable_zip),
    ("dtable_content", dtable_content),
];

fn server() -> Server {
    Token::new("geheim")
        .and_then(|token| Server::new("https://seatable.example/prefix", token))
        .expect("a server")
}

fn head(status: u8, headers: &[(&'static str, &[u8])]) -> response::Parts {
    let mut head = Response::new(()).into_parts().0;
    head.status = http::StatusCode::from_u16(100 + u16::from(status) * 2).unwrap_or_default();
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            head.headers.insert(*name, value);
        }
    }
    head
}

fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

/// No response causes a panic. A refusal keeps its status, and its message is safe to show.
pub fn replies(data: &[u8]) {
    let [status, kind, body @ ..] = data else { return };
    let kind = ["application/json", "text/html", "text/plain", "application/zip", ""][usize::from(*kind) % 5];
    let head = head(*status, &[("content-type", kind.as_bytes())]);
    let errors = [
        StartImport::reply(&head, body).err(),
        StartExport::reply(&head, body).err(),
        SynchronousExport::reply(&head, body).err(),
        QueryStatus::reply(&head, body).err(),
        ExportContent::reply(&head, body).err(),
        CancelTask::reply(&head, body).err(),
        ExportByUuid::reply(&head, body).err(),
        ListServerBases::reply(&head, body).err(),
    ];
    for error in errors.into_iter().flatten() {
        assert_eq!(error.status(), head.status);
        assert_eq!(error.refusal().is_none(), head.status.is_success());
        let words = error.message().unwrap_or("-");
        assert!(!words.is_empty() && !words.starts_with('<') && words.chars().count() <= 501);
        assert!(!error.to_string().contains(char::is_control));
    }
}

/// A listing names each base once, in order, and joining it with itself adds nothing.
pub fn listing(data: &[u8]) {
    let head = head(50, &[("content-type", b"application/json")]);
    let listings = [
        ListWorkspaces::reply(&head, data).ok(),
        ListAdministered::reply(&head, data).ok().map(|listing| listing.expect("the address is there")),
        ListServerBases::reply(&head, data).ok().map(|page| {
            let understood = page.listing.bases.len() + page.listing.not_understood;
            assert!(understood <= page.entries);
            page.listing
        }),
    ];
    for listing in listings.into_iter().flatten() {
        let order =
            listing.bases.iter().map(|listed| (listed.workspace, &listed.base.name, &listed.base.uuid));
        assert!(order.is_sorted_by(|one, next| one < next));
        let twice = listing.clone().and(listing.clone());
        assert_eq!((&twice.bases, &twice.workspaces), (&listing.bases, &listing.workspaces));
        let of_owners = listing.bases.iter().filter_map(|listed| Some((listed, listed.owner.as_ref()?)));
        assert!(of_owners.into_iter().all(|(listed, owner)| {
            let names = listing.workspaces.get(&listed.workspace) == Some(&listed.workspace_name);
            names && !owner.id.is_empty() && !owner.name.trim().is_empty()
        }));
        let shared = listing.bases.iter().filter(|listed| listed.access.is_shared());
        assert!(shared.into_iter().all(|listed| listed.base.workspace_id == Some(listed.workspace)));
    }
}

/// An independent parser reads the name and the file in a multipart form as they were given.
pub fn multipart(data: &[u8]) {
    let (name, file) = data.split_at(data.len() / 2);
    let Ok(name) = FileName::new(&text(name), Format::Dtable) else { return };
    let boundary = uuid::Uuid::from_u128(0x5ea7_ab1e);
    let import = ImportFile::new(1, name.clone(), file.len() as u64, boundary).expect("a short file");
    let request = StartImport::new(import).request(&server());
    let body = request.body();
    let sent = [body.head(), file, body.tail()].concat();
    assert_eq!(request.headers()["content-length"], sent.len().to_string());
    let boundary =
        multer::parse_boundary(request.headers()["content-type"].to_str().expect("ASCII")).expect("one");
    let sent = stream::iter([Ok::<_, Infallible>(Bytes::from(sent))]);
    let read = async {
        let mut parts = multer::Multipart::new(sent, boundary);
        let part = parts.next_field().await.expect("multipart").expect("a part");
        let arrived = part.file_name().map(str::to_owned);
        (arrived, part.bytes().await.expect("the file"))
    };
    let (arrived, content) = read.now_or_never().expect("no waiting");
    let arrived = arrived.unwrap_or_default().replace("&quot;", "\"").replace("&amp;", "&");
    assert_eq!(arrived, name.as_str());
    assert_eq!(content, file);
}

/// Whatever it contains, the name of a base is one segment of the path, and an ID is one value of the query.
pub fn urls(data: &[u8]) {
    if let Ok(server) = Token::new("geheim").and_then(|token| Server::new(&text(data), token)) {
        let url = Url::parse(server.url()).expect("a URL");
        assert!(url.path().ends_with('/') && url.query().is_none() && url.username().is_empty());
    }
    let parse = |request: http::Request<Body>| Url::parse(&request.uri().to_string()).expect("a URL");
    let decoded = |encoded: &str| {
        let bytes = url::form_urlencoded::parse(encoded.as_bytes()).next();
        bytes.map_or_else(String::new, |(key, _)| key.into_owned())
    };
    if let Some(start) = BaseName::new(text(data)).ok().and_then(|name| StartExport::new(1, name).ok()) {
        let url = parse(start.request(&server()));
        let segments: Vec<_> = url.path_segments().expect("a path").collect();
        assert_eq!(segments.len(), 9, "{url}");
        assert_eq!(decoded(segments[6]), text(data));
    }
    if let Some(export) = BaseUuid::new(text(data)).ok().and_then(|uuid| ExportByUuid::new(uuid).ok()) {
        let url = parse(export.request(&server()));
        let segments: Vec<_> = url.path_segments().expect("a path").collect();
        assert_eq!((segments.len(), decoded(segments[5])), (9, text(data)), "{url}");
    }
    if let Ok(task) = TaskId::new(text(data)) {
        let url = parse(QueryStatus::new(task).request(&server()));
        assert_eq!(url.query_pairs().collect::<Vec<_>>(), [("task_id".into(), text(data).into())]);
    }
}

/// No header causes a panic, and the head of a file is recognised whatever name it contains.
pub fn content_disposition(data: &[u8]) {
    let head = head(50, &[("content-type", b"application/zip"), ("content-disposition", data)]);
    let file = FileHead::read(&head).expect("a file");
    assert!(file.base_name.is_none_or(|name| name.len() <= data.len()));
}

/// The verdict on a file does not depend on its chunks, and a file that is called whole begins and ends like a zip.
pub fn archive(data: &[u8]) {
    let [size, bytes @ ..] = data else { return };
    let mut whole = ArchiveWatch::new(None);
    let _ = whole.chunk(bytes);
    let mut pieces = ArchiveWatch::new(None);
    bytes.chunks(usize::from(*size).max(1)).for_each(|piece| _ = pieces.chunk(piece));
    assert_eq!(whole.finish(), pieces.finish());
    assert_eq!(whole.seen(), bytes.len() as u64);
    if whole.finish().is_ok() {
        assert!(bytes.starts_with(b"PK") && bytes.len() >= 22);
        assert!(!ends_well(&bytes[..bytes.len() - 1]), "a byte shorter, and still whole");
    }
}

fn ends_well(bytes: &[u8]) -> bool {
    let mut watch = ArchiveWatch::new(None);
    let _ = watch.chunk(bytes);
    watch.finish().is_ok()
}

/// Seconds are read exactly, dates relative to the date of the response, and nothing causes a panic.
pub fn retry_after(data: &[u8]) {
    let head = head(164, &[("retry-after", data), ("date", b"Sun, 22 Nov 2026 02:12:09 GMT")]);
    let read = Refusal::read(&head, b"").retry_after();
    let digits = data.iter().all(u8::is_ascii_digit).then(|| text(data).parse::<u64>());
    if let Some(Ok(seconds)) = digits {
        assert_eq!(read, Some(Duration::from_secs(seconds)));
    }
}

/// Any data that can be read as a task to resume is written unchanged, and is resumed with a poll.
pub fn resume(data: &[u8]) {
    let Ok(resume) = serde_json::from_slice::<Resume>(data) else { return };
    let text = serde_json::to_string(&resume).expect("JSON");
    assert_eq!(serde_json::from_str::<Resume>(&text).expect("JSON"), resume);
    let operation = Operation::resume(server(), resume, Policy::default(), 7);
    let Step::Send(exchange) = operation.step(Duration::ZERO) else { panic!("a poll") };
    assert_eq!(exchange.request().method(), http::Method::GET);
}

/// No story breaks a promise.
pub fn task(data: &[u8]) {
    let story = Story::from_bytes(data);
    if let Err(violation) = live(&story) {
        panic!("{}\n{}", violation.0, transcript(&story));
    }
}

/// A secret is hidden in any text; without secrets, the text is unchanged.
pub fn secrets(data: &[u8]) {
    let (secret, text) = data.split_at(data.len() / 3);
    let (secret, text) = (self::text(secret), self::text(text));
    let secrets = Secrets::new([secret.as_str()]);
    let shown = secrets.hide(&format!("{text}{secret}{text}"));
    if !secret.is_empty() && !secret.contains(['*', ' ', '+']) && secret.chars().all(|c| c.is_ascii_graphic())
    {
        assert!(!shown.contains(&secret), "{secret:?} in {shown:?}");
        assert!(shown.contains("***"));
    }
    assert_eq!(Secrets::default().hide(&text), text);
}

/// Copies that are read can be written and read again, their paths stay in the folder, and plans agree with them.
pub fn catalogue(data: &[u8]) {
    let read = Catalogue::read(data);
    let mut reader = CatalogueReader::default();
    data.chunks(7).for_each(|chunk| reader.chunk(chunk));
    let in_parts = reader.finish();
    assert!(in_parts.copies().eq(read.copies()) && in_parts.removed().eq(read.removed()));
    assert!(in_parts.events().eq(read.events()));
    assert_eq!((in_parts.broken(), in_parts.ending()), (read.broken(), read.ending()));
    let mut whole = data.to_vec();
    match read.ending() {
        Ending::Torn(end) => whole.truncate(usize::try_from(end).expect("a short file")),
        Ending::NoLineFeed => whole.push(b'\n'),
        Ending::LineFeed => {}
    }
    assert!(Catalogue::read(&whole).copies().eq(read.copies()));
    let lines = read.copies().map(|copy| copy.line()).chain(read.events().map(BaseEvent::line));
    let again = Catalogue::read(lines.collect::<String>().as_bytes());
    assert!(again.copies().eq(read.copies()) && again.events().eq(read.events()));
    for copy in read.copies() {
        assert!(CopyPath::new(copy.file.as_str()).is_ok());
        assert!(copy.file.names().all(|name| !["", ".", ".."].contains(&name)));
    }
    let options = RestoreOptions::default();
    let mut all = restore(&read, &options, |_| None).into_iter().flatten();
    assert!(all.all(|restored| read.copies().any(|copy| copy == restored.copy)));
    let now: Timestamp = "2026-11-24T02:00:00Z".parse().expect("a time");
    let options = Options::default().max_age(Duration::from_secs(86_400)).changed(true);
    let size_of = |file: &CopyPath| read.copies().find(|copy| copy.file == *file).map(|copy| copy.bytes);
    let plans = plan(&account(), &read, size_of, &options, now).expect("nothing is chosen");
    let mut after = read.clone();
    for event in changes(&account(), &plans, &read, &options, now) {
        after.note(&event);
    }
    assert!(changes(&account(), &plans, &after, &options, now).is_empty(), "each change is recorded once");
    assert!(after.copies().eq(read.copies()), "an event changes no copy");
    let server_wide = plan(&whole_server(), &read, size_of, &options, now).expect("nothing is chosen");
    for base in plans.iter().chain(&server_wide) {
        let file = base.file(now, |_| false);
        assert!(CopyPath::new(file.as_str()).is_ok());
        let mut others = read.copies().filter(|copy| copy.base.uuid != base.listed.base.uuid);
        let folder =
            |file: &CopyPath| file.as_str().rsplit_once('/').map(|(folder, _)| folder.to_lowercase());
        assert!(others.all(|copy| folder(&copy.file) != folder(&file)));
        if let Action::Skip(SkipReason::Recent(copy) | SkipReason::Unchanged(copy)) = &base.action {
            assert!(copy.base.uuid == base.listed.base.uuid && read.copies().any(|other| other == *copy));
        }
    }
}

/// A server with the same bases, and owners who differ only in case.
fn whole_server() -> Listing {
    let json = r#"{"dtables": [{"uuid": "u1", "name": "Sales", "workspace_id": 204, "email": "a@b", "owner": "personal"},
        {"uuid": "u2", "name": "sales", "workspace_id": 205, "email": "A@b", "owner": "Personal"}]}"#;
    ListServerBases::parse(Response::new(json)).expect("a page").listing
}

/// An account with two bases whose names some file systems cannot distinguish.
fn account() -> Listing {
    let json = r#"{"workspace_list": [{"id": 204, "name": "personal", "type": "personal", "table_list": [
        {"uuid": "u1", "name": "Sales", "updated_at": "2026-11-22T02:00:00Z"}, {"uuid": "u2", "name": "sales"}]}]}"#;
    ListWorkspaces::parse(Response::new(json)).expect("a listing")
}
