use std::time::Duration;

use reqwest_async::Reqwest;
use seatable_io_conformance::Kit;

#[tokio::test]
async fn the_transport_keeps_all_promises() {
    let mut reqwest = Reqwest::new().unwrap();
    reqwest.pause = Duration::from_millis(20);
    let report = Kit::new().asynchronous(reqwest).await.unwrap();
    assert!(report.scenarios > 1000, "{report:?}");
}
