use seatable_io_conformance::Kit;
use smol_async::transport;

#[test]
fn the_transport_keeps_all_promises() {
    let report = smol::block_on(Kit::new().asynchronous(transport())).unwrap();
    assert!(report.scenarios > 1000, "{report:?}");
}
