//! The facts about servers, one by one, in virtual time.

use seatable_io_sandbox::{Generation, Sandbox, sample_dtable};

use crate::common::{Client, IMPORT, Reply, error, request, secs, server};

#[test]
fn fact_7_tokens_are_checked_first() {
    let mut client = Client::new(Generation::Y2021);
    let mut send = |header: Option<&str>| {
        let mut request = request("DELETE", IMPORT, "");
        request.headers_mut().remove("Authorization");
        header.map(|value| request.headers_mut().insert("Authorization", value.parse().unwrap()));
        Reply::of(&client.send(request)).error()
    };
    assert_eq!(send(None), error(403, "Authentication credentials were not provided."));
    assert_eq!(send(Some("Bearer x")).0, 403);
    assert_eq!(send(Some("Token x")), error(401, "Invalid token"));
    assert_eq!(send(Some("Token")), error(401, "Invalid token header. No credentials provided."));
    assert_eq!(send(Some("Token a b")).0, 401);
}

#[test]
fn fact_7_only_current_servers_accept_bearer() {
    for generation in Generation::ALL {
        let mut client = Client::new(generation);
        let mut request = request("GET", "/api/v2.1/dtable-io-status/?task_id=1", "");
        let bearer = format!("Bearer {}", client.sandbox.token());
        request.headers_mut().insert("Authorization", bearer.parse().unwrap());
        let refused = Reply::of(&client.send(request)).status() == 403;
        assert_eq!(refused, generation != Generation::Current);
    }
}

#[test]
fn fact_7_workspaces_may_be_forbidden_or_missing() {
    let mut client = Client::of(server(Generation::Y2020).with_forbidden_workspace(2));
    let export = |workspace| format!("/api/v2.1/workspace/{workspace}/dtable/t/export-dtable/");
    assert_eq!(client.get(&export("2")).error(), error(403, "Permission denied."));
    assert_eq!(client.get(&export("3")).error(), error(404, "Workspace 3 not found."));
    assert_eq!(client.get(&export("99999999999999999999")).status(), 404);
}

#[test]
fn fact_7_a_body_over_the_limit_gets_413_from_the_proxy() {
    let mut client = Client::of(server(Generation::Y2021).with_size_limit(1000));
    let reply = client.import("n.dtable", &sample_dtable(1000));
    assert!(reply.status() == 413 && reply.is_page());
    assert!(client.base("n").is_none());
}

#[test]
fn fact_8_a_full_queue_is_a_500() {
    let sandbox = server(Generation::Y2021).with_workers(1).with_task_time(secs(1));
    let mut client = Client::of(sandbox);
    for _ in 0..11 {
        assert_eq!(client.export().status(), 200);
    }
    assert_eq!(client.export().error(), error(500, "Internal Server Error."));
    assert_eq!(client.import("n.dtable", &sample_dtable(0)).status(), 500);
    assert!(client.base("n").is_some(), "the name is occupied");
    client.now = secs(1);
    assert_eq!(client.export().status(), 200);
}

#[test]
fn fact_8_in_2020_there_are_three_processes_and_no_queue() {
    for (generation, room) in [(Generation::Y2020, 3), (Generation::Y2021, 13), (Generation::Current, 13)] {
        let mut client = Client::of(server(generation).with_task_time(secs(1)));
        let started = (0..20).take_while(|_| client.export().status() == 200).count();
        assert_eq!(started, room);
    }
}

#[test]
fn fact_9_the_site_reports_errors_on_pages_with_status_200() {
    let mut client = Client::new(Generation::Y2021);
    let uuid = client.base("t").unwrap().uuid.clone();
    let reply = client.content("1", &uuid);
    assert!(reply.status() == 200 && reply.is_page());
    let stranger = Reply::of(&client.send(request("GET", "/dtable-export-content/?task_id=1", "x")));
    assert_eq!(
        stranger.header("location"),
        "/accounts/login/?next=%2Fdtable-export-content%2F%3Ftask_id%3D1"
    );
}

#[test]
fn fact_9_download_headers() {
    let sandbox = Sandbox::new(Generation::Y2021).with_base(1, "ä b", sample_dtable(0));
    let mut client = Client::of(sandbox);
    let started = client.get("/api/v2.1/workspace/1/dtable/%C3%A4%20b/export-dtable/");
    let file = client.content(&started.task(), &started.uuid());
    assert_eq!(file.header("content-type"), "application/x-zip-compressed");
    assert_eq!(file.header("content-disposition"), "attachment;filename*=UTF-8''%C3%A4%20b.dtable");
    assert_eq!(file.header("content-length"), file.response.body().len().to_string());
}
