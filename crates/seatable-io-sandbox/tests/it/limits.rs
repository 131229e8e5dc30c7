//! Fact 17: rate limits of the account.

use seatable_io_sandbox::{Generation, RateLimits, sample_dtable};

use crate::common::{Client, EXPORT, TABLE, request, secs, server};

fn limited(requests: Option<usize>, starts: Option<usize>) -> Client {
    Client::of(server(Generation::Current).with_rate_limits(RateLimits { requests, starts }))
}

#[test]
fn fact_17_a_request_too_many_waits_until_the_first_is_a_minute_old() {
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
fn fact_17_imports_and_exports_are_started_under_limits_of_their_own() {
    let mut client = limited(None, Some(1));
    assert_eq!([client.export().status(), client.post(EXPORT).status()], [200, 429]);
    assert_eq!(client.import("a.dtable", &sample_dtable(0)).status(), 200);
    assert_eq!(client.import_at(TABLE, "b.csv", b"a").status(), 429);
    assert!(client.base("b").is_none());
    assert_eq!(client.status("1").status(), 404);
}

#[test]
fn a_probe_counts_as_a_start() {
    let mut client = limited(None, Some(1));
    assert_eq!([client.get(TABLE).status(), client.get(TABLE).status()], [405, 429]);
}

#[test]
fn who_has_no_valid_token_is_not_counted() {
    let mut client = limited(Some(1), None);
    client.send(request("GET", EXPORT, "wrong"));
    assert_eq!([client.status("1").status(), client.status("1").status()], [404, 429]);
}
