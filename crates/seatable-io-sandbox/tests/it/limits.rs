//! Fact 17: rate limits of the account.

use seatable_io_sandbox::{Generation, RateLimits, sample_dtable};

use crate::common::{Client, EXPORT, SYNCHRONOUS, request, secs, server};

fn limited(requests: Option<usize>, synchronous_exports: Option<usize>) -> Client {
    let limits = RateLimits { requests, synchronous_exports };
    Client::of(server(Generation::Current).with_rate_limits(limits))
}

#[test]
fn fact_17_a_request_beyond_the_limit_waits_until_the_first_is_a_minute_old() {
    let mut client = limited(Some(2), None);
    client.status("1");
    client.now = secs(10);
    client.export();
    client.now = secs(20);
    let throttled = client.status("1");
    assert_eq!((throttled.status(), throttled.header("retry-after")), (429, "40"));
    assert_eq!(throttled.error().1, "Request was throttled. Expected available in 40 seconds.");
    client.now = secs(60);
    assert_eq!([client.status("1").status(), client.status("1").status()], [404, 429]);
}

#[test]
fn fact_17_synchronous_exports_have_their_own_limit() {
    let mut client = limited(None, Some(1));
    let target = format!("{SYNCHRONOUS}?dtable_name=t");
    assert_eq!([client.get(&target).status(), client.get(&target).status()], [200, 429]);
    assert_eq!(
        [client.export().status(), client.export().status(), client.status("1").status()],
        [200, 200, 404]
    );
    client.now = secs(60);
    assert_eq!(client.get(&target).status(), 200);
}

#[test]
fn fact_17_the_start_of_a_task_counts_like_any_request() {
    let mut client = limited(Some(3), Some(1));
    assert_eq!([client.export().status(), client.status("1").status()], [200, 404]);
    assert_eq!(client.get(&format!("{SYNCHRONOUS}?dtable_name=t")).status(), 200);
    assert_eq!(client.import("a.dtable", &sample_dtable(0)).status(), 429);
    assert!(client.base("a").is_none());
}

#[test]
fn a_synchronous_export_counts_with_any_method() {
    let mut client = limited(None, Some(1));
    assert_eq!([client.post(SYNCHRONOUS).status(), client.post(SYNCHRONOUS).status()], [405, 429]);
}

#[test]
fn requests_without_a_valid_token_are_not_counted() {
    let mut client = limited(Some(1), None);
    client.send(request("GET", EXPORT, "wrong"));
    assert_eq!([client.status("1").status(), client.status("1").status()], [404, 429]);
}
