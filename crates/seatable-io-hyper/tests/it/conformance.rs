use seatable_io_conformance::Kit;
use seatable_io_hyper::{Config, Hyper};

#[tokio::test]
async fn the_adapter_keeps_all_promises() {
    let report = Kit::new().asynchronous(Hyper::try_from(Config::default()).unwrap()).await.unwrap();
    assert!(report.scenarios > 1000, "{report:?}");
}
