use seatable_io_conformance::Kit;
use seatable_io_driver::Config;
use seatable_io_ureq::{Connector, Proxies};

#[test]
fn the_adapter_keeps_all_promises() {
    let connector = Connector::try_from(Config::default().proxies(Proxies::None)).unwrap();
    let report = Kit::new().blocking(connector).unwrap();
    assert!(report.scenarios > 1000, "{report:?}");
}
