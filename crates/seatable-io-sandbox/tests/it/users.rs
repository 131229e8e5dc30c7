//! Signing in and deleting bases.

use bytes::Bytes;
use http::Request;
use seatable_io_sandbox::{Call, Generation, Sandbox, sample_dtable};
use serde_json::{Value, json};

use crate::common::{Client, NOW, OLDER, Reply, error, form, request, server};

const FORM: &str = "application/x-www-form-urlencoded";

/// Signs in, without a token.
fn sign_in(client: &mut Client, kind: &str, body: impl Into<Bytes>) -> (u16, Value) {
    let request = Request::post("/api2/auth-token/").header("Accept-Language", "en");
    let request = request.header("Content-Type", kind).body(body.into()).unwrap();
    let reply = Reply::of(&client.send(request));
    (reply.status(), reply.json())
}

#[test]
fn a_user_name_and_the_password_get_the_token() {
    for generation in Generation::ALL {
        let mut client = Client::new(generation);
        let token = json!({ "token": client.sandbox.token() });
        let forms = [
            (FORM, Bytes::from("username=me%40example.com&password=sandbox")),
            ("application/json; charset=utf-8", r#"{"username": "me", "password": "sandbox"}"#.into()),
            ("multipart/form-data; boundary=BOUNDARY", multipart()),
        ];
        for (kind, body) in forms {
            assert_eq!(sign_in(&mut client, kind, body), (200, token.clone()), "{kind}");
        }
        assert_eq!(client.sandbox.state(NOW).count(Call::SignIn), 3);
        client.sandbox = client.sandbox.with_password("other");
        assert_eq!(sign_in(&mut client, FORM, "username=me&password=sandbox").0, 400);
        assert_eq!(sign_in(&mut client, FORM, "username=me&password=other").0, 200);
    }
}

fn multipart() -> Bytes {
    let name = form("form-data; name=username", b"me");
    let name = name.strip_suffix(b"--BOUNDARY--\r\n").unwrap();
    [name, &form("form-data; name=password", b"sandbox")].concat().into()
}

#[test]
fn a_wrong_password_gets_400_with_the_message_of_the_framework() {
    let mut client = Client::new(Generation::Current);
    let wrong = json!({ "non_field_errors": ["Unable to login with provided credentials."] });
    assert_eq!(sign_in(&mut client, FORM, "username=me&password=sandbox2"), (400, wrong));
    let required = json!(["This field is required."]);
    for (body, field) in
        [("password=sandbox", "username"), ("username=me&password=", "password"), ("", "username")]
    {
        assert_eq!(sign_in(&mut client, FORM, body), (400, json!({ field: required })), "{body}");
    }
    assert_eq!(sign_in(&mut client, "application/json", "{").0, 400);
    assert_eq!(client.get("/api2/auth-token/").status(), 405);
    assert_eq!(client.get("/api2/auth-token").status(), 404);
}

#[test]
fn signing_in_can_fail_alone() {
    let mut client = Client::of(server(Generation::Y2021).with_fault("auth-token:503".parse().unwrap()));
    assert_eq!(client.export().status(), 200);
    assert_eq!(client.post("/api2/auth-token/").status(), 503);
    assert_eq!(sign_in(&mut client, FORM, "username=me&password=sandbox").0, 200);
}

fn delete(client: &mut Client, workspace: u64, name: &str) -> Reply {
    let target = format!("/api/v2.1/workspace/{workspace}/dtable/");
    let mut request = request("DELETE", &target, client.sandbox.token());
    request.headers_mut().insert("Content-Type", FORM.parse().unwrap());
    *request.body_mut() = format!("name={name}").into();
    Reply::of(&client.send(request))
}

#[test]
fn a_new_base_with_the_name_of_a_deleted_one_has_another_uuid() {
    for generation in Generation::ALL {
        let mut client = Client::new(generation);
        let uuid = client.base("t").unwrap().uuid.clone();
        assert_eq!(delete(&mut client, 1, "t").json(), json!({ "success": true }));
        assert_eq!(client.export().status(), 404);
        assert!(!client.get(crate::common::WORKSPACES).text().contains(&uuid));
        assert_eq!(client.import("t.dtable", &sample_dtable(0)).status(), 200);
        assert_ne!(client.base("t").unwrap().uuid, uuid);
    }
}

#[test]
fn deleting_a_base_deletes_only_its_own_exported_file() {
    for generation in OLDER {
        let mut client = Client::of(server(generation).with_base(1, "u", sample_dtable(0)));
        client.export();
        client.get("/api/v2.1/workspace/1/dtable/u/export-dtable/");
        delete(&mut client, 1, "t");
        let state = client.sandbox.state(NOW);
        let left: Vec<_> = state.bases.values().map(|base| (base.name.as_str(), &base.uuid)).collect();
        assert_eq!(left, [("u", state.files.keys().next().unwrap())]);
        assert_eq!(state.files.len(), 1);
    }
}

#[test]
fn only_an_administrator_deletes_a_base() {
    let sandbox = Sandbox::new(Generation::Current).with_membership(2, 48, "club");
    let mut client = Client::of(sandbox.with_base(2, "t", sample_dtable(0)));
    assert_eq!(delete(&mut client, 2, "t").error(), error(403, "Permission denied."));
    assert_eq!(delete(&mut client, 1, "t").error(), error(404, "Base t not found."));
    assert_eq!(delete(&mut client, 1, "").error(), error(400, "name invalid."));
    assert_eq!(client.get("/api/v2.1/workspace/1/dtable/").status(), 405);
    assert_eq!(client.sandbox.state(NOW).bases.len(), 1);
}
