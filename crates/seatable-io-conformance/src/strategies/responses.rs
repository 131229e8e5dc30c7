//! Responses: those of the server itself, and those of what is in front of it.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use seatable_io_driver::task::Call;
use seatable_io_sandbox::sample_dtable;
use serde_json::{Value, json};

use super::json;

type Headers = Vec<(&'static str, String)>;

/// Responses that a client may receive to this call: half of them [good](good_responses), the others refusals of the
/// application in JSON, pages of proxies and CDNs, redirects to a login page, and nonsense.
///
/// [`Call::FindTableImport`] is answered with a refusal in any case.
pub fn responses(call: Call) -> BoxedStrategy<Response<Bytes>> {
    prop_oneof![
        5 => good_responses(call),
        2 => refusals(),
        2 => pages(),
        1 => odd(),
    ]
    .boxed()
}

/// Responses to this call that the parser of `seatable-io-proto` accepts, as servers of all generations give them, with the
/// headers that they and proxies add.
pub fn good_responses(call: Call) -> BoxedStrategy<Response<Bytes>> {
    let success = || Just(json!({"success": true})).boxed();
    match call {
        Call::StartImport => json_responses(
            prop_oneof![
                6 => json::started(),
                1 => json::bases().prop_map(|base| json!({"table": base})),
                1 => (json::task_ids(), json::names()).prop_map(|(task, name)| json!({"task_id": task, "dtable_name": name})),
            ]
            .boxed(),
        ),
        Call::StartExport => json_responses(json::started().boxed()),
        Call::QueryStatus => json_responses(any::<bool>().prop_map(|finished| json!({"is_finished": finished})).boxed()),
        Call::CancelTask | Call::ImportTable => json_responses(success()),
        Call::ListAdministered => json_responses(json::administered().boxed()),
        Call::ListWorkspaces => json_responses(json::workspaces().boxed()),
        Call::ListServerBases => json_responses(json::server_bases().boxed()),
        Call::FindTableImport => prop_oneof![
            Just(response(405, kind("application/json"), r#"{"detail": "Method \"GET\" not allowed."}"#)),
            Just(response(404, kind("text/html"), page("404 Not Found"))),
        ]
        .boxed(),
        _ => files().boxed(),
    }
}

fn kind(kind: &str) -> Headers {
    vec![("content-type", kind.to_owned())]
}

fn response(status: u16, headers: Headers, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().append(HeaderName::from_static(name), value);
        }
    }
    response
}

fn page(title: &str) -> String {
    format!("<html>\r\n<head><title>{title}</title></head>\r\n<body><h1>{title}</h1></body>\r\n</html>\r\n")
}

/// Headers without a meaning for a client.
fn noise() -> impl Strategy<Value = Headers> {
    vec(
        select(vec![
            ("server", "nginx"),
            ("vary", "Accept, Accept-Language, Cookie"),
            ("x-frame-options", "SAMEORIGIN"),
            ("set-cookie", "sfcsrftoken=a; Path=/"),
            ("cf-ray", "8c0d1e2f3a4b5c6d-FRA"),
            ("via", "1.1 proxy"),
            ("connection", "keep-alive"),
        ])
        .prop_map(|(name, value)| (name, value.to_owned())),
        0..3,
    )
}

fn json_responses(json: BoxedStrategy<Value>) -> BoxedStrategy<Response<Bytes>> {
    let status = prop_oneof![9 => Just(200), 1 => Just(201)];
    (status, json, any::<(bool, bool)>(), noise())
        .prop_map(|(status, json, (spaces, announced), noise)| {
            let body = if spaces { format!("{json:#}\n") } else { json.to_string() };
            let mut headers = kind("application/json");
            headers.extend(announced.then(|| ("content-length", body.len().to_string())));
            headers.extend(noise);
            response(status, headers, body)
        })
        .boxed()
}

fn files() -> impl Strategy<Value = Response<Bytes>> {
    let kinds = select(vec!["application/x-zip-compressed", "application/zip", "application/octet-stream"]);
    (0..4_000_usize, kinds, prop::option::of(json::names()), any::<bool>(), noise()).prop_map(
        |(len, media, name, announced, noise)| {
            let (file, mut headers) = (sample_dtable(len), kind(media));
            headers.extend(name.map(|name| {
                let name = utf8_percent_encode(&name, NON_ALPHANUMERIC);
                ("content-disposition", format!("attachment;filename*=UTF-8''{name}.dtable"))
            }));
            headers.push(if announced {
                ("content-length", file.len().to_string())
            } else {
                ("transfer-encoding", "chunked".to_owned())
            });
            headers.extend(noise);
            response(200, headers, file)
        },
    )
}

/// Times to wait, as seconds or as a date.
fn waits() -> impl Strategy<Value = Headers> {
    let date = |seconds| {
        httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds))
    };
    prop_oneof![
        2 => (0..100_u64).prop_map(|seconds| vec![("retry-after", seconds.to_string())]),
        1 => (0..10_000_u64).prop_map(move |seconds| vec![("retry-after", date(seconds)), ("date", date(0))]),
        2 => Just(Headers::new()),
    ]
}

/// What the application and its framework refuse.
fn refusals() -> impl Strategy<Value = Response<Bytes>> {
    let words = |(status, words): (u16, &str)| (status, json!({"error_msg": words}));
    let application = select(vec![
        (400, "task_id invalid."),
        (404, "task_id not found."),
        (400, "Table stock already exists."),
        (400, "Base stock already exists."),
        (400, "File name contains illegal characters"),
        (400, "Export failed. Base size is larger than 100 mb."),
        (400, "Excel format error"),
        (400, "dtable invalid."),
        (403, "Permission denied."),
        (404, "DTable stock not found."),
        (404, "Base stock not found."),
        (404, "Workspace 7 not found."),
        (413, "The base size exceeds the limit of 200MB"),
        (500, "Internal Server Error"),
        (504, "Timeout Error."),
    ]);
    let framework = select(vec![
        (401, "Invalid token"),
        (401, "User inactive or deleted"),
        (403, "Authentication credentials were not provided."),
        (405, "Method \"GET\" not allowed."),
    ]);
    let framework = framework.prop_map(|(status, words)| (status, json!({"detail": words}), Headers::new()));
    let throttled = waits().prop_map(|wait| (429, json!({"detail": "Request was throttled."}), wait));
    let application = application.prop_map(words).prop_map(|(status, json)| (status, json, Headers::new()));
    (prop_oneof![3 => application, 1 => framework, 1 => throttled], noise()).prop_map(
        |((status, json, wait), noise)| {
            let headers = [kind("application/json"), wait, noise].concat();
            response(status, headers, json.to_string())
        },
    )
}

/// What proxies, CDNs and the site in front of the API answer.
fn pages() -> impl Strategy<Value = Response<Bytes>> {
    let statuses =
        select(vec![400, 403, 404, 408, 413, 429, 429, 500, 502, 502, 503, 503, 503, 504, 520, 522, 527]);
    let error = (statuses, waits(), any::<bool>(), noise()).prop_map(|(status, wait, empty, noise)| {
        let body = if empty { String::new() } else { page(&status.to_string()) };
        response(status, [kind("text/html"), wait, noise].concat(), body)
    });
    let to = select(vec!["/accounts/login/?next=/", "https://elsewhere.invalid/", "http://localhost/"]);
    let redirect = (select(vec![301, 302, 303, 307, 308]), to).prop_map(|(status, to)| {
        response(status, vec![("location", to.to_owned()), ("content-length", "0".to_owned())], "")
    });
    let login = Just(response(200, kind("text/html; charset=utf-8"), page("Log In")));
    prop_oneof![3 => error, 1 => redirect, 1 => login]
}

/// Responses that nothing should give: any status, contradictory headers, JSON of the wrong type, and half a response.
fn odd() -> impl Strategy<Value = Response<Bytes>> {
    let statuses =
        prop_oneof![2 => Just(200), 1 => 200..300_u16, 1 => 300..600_u16, 1 => select(vec![101, 999])];
    let headers = select(vec![
        ("retry-after", "-1"),
        ("retry-after", "99999999999999999999"),
        ("content-length", "5"),
        ("content-length", "18446744073709551615"),
        ("content-range", "bytes 0-9/100"),
        ("content-encoding", "gzip"),
        ("content-type", "application/json"),
        ("upgrade", "h2c"),
    ]);
    let headers = vec(headers.prop_map(|(name, value)| (name, value.to_owned())), 0..4);
    let keys = vec![
        "is_finished",
        "success",
        "task_id",
        "table",
        "workspace_list",
        "personal",
        "dtables",
        "error_msg",
    ];
    let values =
        select(vec![json!(null), json!("true"), json!(0), json!([]), json!({}), json!(1.5), json!(false)]);
    let wrong =
        (select(keys), values).prop_map(|(key, value)| Bytes::from(json!({ key: value }).to_string()));
    let half = prop_oneof![json::started(), json::workspaces()].prop_map(|json| {
        let text = Bytes::from(json.to_string());
        text.slice(..text.len() / 2)
    });
    let half_file = (1..2_000_usize).prop_map(|len| sample_dtable(len + 200).slice(..len));
    let bytes = vec(any::<u8>(), 0..200).prop_map(Bytes::from);
    let bodies = prop_oneof![Just(Bytes::new()), wrong, half, half_file, bytes];
    (statuses, headers, bodies).prop_map(|(status, headers, body)| response(status, headers, body))
}
