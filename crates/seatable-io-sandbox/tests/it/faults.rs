//! Faults on demand: their grammar and their effects.

use proptest::prelude::*;
use seatable_io_sandbox::{Call, Delivery, Fault, FaultKind, Generation, Sandbox, Wire, sample_dtable};

use crate::common::{Client, EXPORT, NOW, OLDER, Reply, SYNCHRONOUS, secs, server, upload, with_token};

fn client(generation: Generation, faults: &[&str]) -> Client {
    let add = |sandbox: Sandbox, text: &&str| sandbox.with_fault(text.parse().unwrap());
    Client::of(faults.iter().fold(server(generation), add))
}

fn faulty_export(fault: &str) -> (Client, Delivery) {
    let mut client = client(Generation::Y2021, &[fault]);
    let delivery = client.request("GET", EXPORT);
    (client, delivery)
}

#[test]
fn every_kind_is_parsed_from_its_text() {
    for kind in FaultKind::all() {
        let fault = Fault::any(kind.clone()).times(3).after(2);
        assert_eq!(fault.to_string().parse(), Ok(fault));
    }
}

proptest! {
    #[test]
    fn any_fault_is_parsed_from_its_text(words in ".*", times in any::<u32>(), skip in any::<u32>()) {
        let fault = Fault::new(Call::QueryStatus, FaultKind::Fail { message: words }).times(times).after(skip);
        prop_assert_eq!(fault.to_string().parse(), Ok(fault));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "(any|status):[a-z0-9-]*[@*+0-9%a-f]*") {
        let _ = text.parse::<Fault>();
    }
}

#[test]
fn an_invalid_fault_is_refused_with_the_reason() {
    let why = |text: &str| text.parse::<Fault>().unwrap_err().to_string();
    assert!(why("lost").contains("no `:`"));
    assert!(why("statsu:lost").contains("no call `statsu`; there are import, export, status, content"));
    assert!(why("status:lots").contains("no fault `lots`; there are lost, silent"));
    assert!(why("status:cut@x").contains("`cut` takes no value `x`"));
    assert!(why("status:lost@1").contains("`lost` takes no value `1`"));
    assert!(why("status:lost*x").contains("after `*`"));
    assert!(why("status:lost+x").contains("`x` after `+` is not a number"));
}

#[test]
fn faults_skip_some_requests_hit_some_and_are_spent() {
    let mut client = client(Generation::Y2021, &["status:502*2+1", "any:503"]);
    let statuses: Vec<_> = (0..5).map(|_| client.status("1").status()).collect();
    assert_eq!(statuses, [503, 502, 502, 400, 400]);
    client.sandbox.add_fault(Fault::any(FaultKind::BadGateway { acted: false }).always());
    assert_eq!(client.export().status(), 502);
    assert_eq!(client.status("1").status(), 502);
}

#[test]
fn each_fault_acts_or_does_not() {
    let acts = "lost silent cut cut-chunked chunked 500-acted 502-acted 503-acted 504-acted fail fail-413 fail-empty forget slow no-assets fewer-assets retry-header truncated \
                html empty-object empty odd-finished lose-rows shift";
    for kind in FaultKind::all() {
        let (mut client, _) = faulty_export(&format!("export:{}", kind.name()));
        let acted = !client.sandbox.state(NOW).tasks.is_empty();
        assert_eq!(acted, acts.split_whitespace().any(|name| name == kind.name()), "{kind:?}");
    }
}

#[test]
fn faults_break_the_connection() {
    let wire = |fault: &str| faulty_export(fault).1.wire;
    assert_eq!(wire("export:lost"), Wire::Lost);
    assert_eq!(wire("export:silent"), Wire::Silent);
    assert_eq!(wire("export:refused"), Wire::Refused);
    assert_eq!(wire("export:upload-cut@7"), Wire::UploadCut { after: 7 });
    assert_eq!(wire("export:cut@7"), Wire::Cut { after: 7 });
    assert_eq!(wire("export:502"), Wire::Delivered);
}

#[test]
fn an_upload_is_cut_in_the_middle() {
    let mut client = client(Generation::Y2020, &["import:upload-cut"]);
    let mut request = with_token(upload("form-data", b""), client.sandbox.token());
    request.headers_mut().insert("Content-Length", 600.into());
    assert_eq!(client.send(request).wire, Wire::UploadCut { after: 300 });
}

#[test]
fn a_cut_response_is_never_complete() {
    let (_, delivery) = faulty_export("export:cut@99999");
    let reply = Reply::of(&delivery);
    let announced: usize = reply.header("content-length").parse().unwrap();
    assert_eq!(reply.response.body().len(), announced - 1);
    assert_eq!(Reply::of(&faulty_export("export:cut-chunked").1).header("content-length"), "");
}

#[test]
fn a_retry_after_is_a_number_a_date_or_missing() {
    let (_, busy) = faulty_export("export:429@3");
    assert_eq!(Reply::of(&busy).header("retry-after"), "3");
    let mut client = client(Generation::Y2021, &["export:429-date@90", "export:429-empty"]);
    client.now = secs(10);
    let dated = client.export();
    assert_eq!(dated.header("date"), "Sat, 29 Feb 2020 09:58:33 GMT");
    assert_eq!(dated.header("retry-after"), "Sat, 29 Feb 2020 10:00:03 GMT");
    let empty = client.export();
    assert!(
        empty.status() == 429 && empty.response.body().is_empty() && empty.header("retry-after").is_empty()
    );
    let (_, unavailable) = faulty_export("export:503-retry@3");
    assert_eq!(Reply::of(&unavailable).header("retry-after"), "3");
}

#[test]
fn a_gateway_responds_with_pages() {
    for name in [
        "502",
        "502-acted",
        "503",
        "504",
        "504-acted",
        "413",
        "500-html",
        "403-html",
        "520",
        "login",
        "html",
        "restart",
    ] {
        assert!(Reply::of(&faulty_export(&format!("export:{name}")).1).is_page(), "{name}");
    }
}

#[test]
fn fact_23_a_cdn_responds_with_its_own_statuses() {
    let status = |fault: &str| faulty_export(fault).1.response.status().as_u16();
    let faults = ["export:520", "export:520@525", "export:520@527", "export:403-html"];
    assert_eq!(faults.map(status), [520, 525, 527, 403]);
    for wrong in ["export:520@519", "export:520@528", "export:520@x"] {
        assert!(wrong.parse::<Fault>().is_err(), "{wrong}");
    }
}

#[test]
fn fact_23_maintenance_is_a_short_text_and_its_header_can_come_with_success() {
    let down = Reply::of(&faulty_export("export:503-maintenance").1);
    assert_eq!((down.status(), down.header("retry-after"), down.is_page()), (503, "3600", false));
    let (_, admitted) = faulty_export("export:retry-header@60");
    let admitted = Reply::of(&admitted);
    assert_eq!((admitted.status(), admitted.header("retry-after")), (200, "60"));
    assert!(admitted.task().len() >= 13);
}

#[test]
fn fact_7_the_token_of_an_inactive_user_looks_like_a_missing_one() {
    let refused = Reply::of(&faulty_export("export:403-credentials").1);
    assert_eq!(refused.error(), (403, "Authentication credentials were not provided.".to_owned()));
}

#[test]
fn a_task_can_fail_with_a_message() {
    let mut client =
        client(Generation::Current, &["export:fail@too%2Bbig, really", "export:fail", "export:fail-413@x"]);
    let mut reported = || {
        let task = client.export().task();
        client.status(&task).error()
    };
    assert_eq!(reported(), (400, "too+big, really".to_owned()));
    assert_eq!(reported(), (500, "Internal Server Error".to_owned()));
    assert_eq!(reported(), (413, "x".to_owned()));
}

#[test]
fn a_task_can_be_slow() {
    let mut client = client(Generation::Y2020, &["export:slow@5000"]);
    let task = client.export().task();
    client.now = secs(4);
    assert_eq!(client.status(&task).json()["is_finished"], false);
    client.now = secs(5);
    assert_eq!(client.status(&task).json()["is_finished"], true);
}

#[test]
fn an_import_refused_by_a_full_queue_occupies_its_name() {
    let mut client = client(Generation::Y2021, &["any:queue-full*2"]);
    assert_eq!(client.export().status(), 500);
    assert_eq!(client.import("n.dtable", &sample_dtable(0)).status(), 500);
    assert!(client.base("n").is_some() && client.sandbox.state(NOW).tasks.is_empty());
}

#[test]
fn a_truncated_zip_announces_its_own_length() {
    for generation in OLDER {
        let mut client = client(generation, &["content:truncated"]);
        let started = client.export();
        let file = client.content(&started.task(), &started.uuid());
        assert_eq!(file.response.body(), &sample_dtable(2000).slice(..1000));
        assert_eq!(file.header("content-length"), "1000");
    }
}

#[test]
fn nonsense_comes_with_status_200() {
    for (name, body) in [("empty-object", "{}"), ("empty", "")] {
        let (_, delivery) = faulty_export(&format!("export:{name}"));
        let reply = Reply::of(&delivery);
        assert_eq!((reply.status(), reply.text().as_str()), (200, body));
    }
}

#[test]
fn is_finished_can_be_a_string() {
    let mut client = client(Generation::Y2021, &["status:odd-finished"]);
    let task = client.export().task();
    assert_eq!(client.status(&task).json()["is_finished"], "true");
}

#[test]
fn an_error_can_be_huge_and_a_redirect_can_lead_to_another_host() {
    let huge = Reply::of(&faulty_export("export:huge").1);
    assert_eq!((huge.status(), huge.response.body().len()), (500, 5 << 20));
    let away = Reply::of(&faulty_export("export:redirect").1);
    assert_eq!((away.status(), away.header("location")), (302, "http://elsewhere.invalid/"));
}

#[test]
fn faults_hit_synchronous_exports_too() {
    let mut client = client(Generation::Current, &["synchronous-export:504", "synchronous-export:truncated"]);
    let target = format!("{SYNCHRONOUS}?dtable_name=t");
    assert_eq!(client.get(&target).status(), 504);
    assert_eq!(client.get(&target).response.body().len(), 1000);
    assert_eq!(client.get(&target).response.body().len(), 2000);
}
