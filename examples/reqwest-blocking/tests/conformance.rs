use std::time::Duration;

use reqwest_blocking::Reqwest;
use seatable_io_conformance::Kit;

#[test]
fn the_transport_keeps_all_promises() {
    let mut reqwest = Reqwest::new().unwrap();
    reqwest.pause = Duration::from_millis(20);
    let report = Kit::new().blocking(|| reqwest.clone()).unwrap();
    assert!(report.scenarios > 1000, "{report:?}");
}
