use curl_blocking::Curl;
use seatable_io_conformance::{Kit, Promise};

#[test]
fn the_transport_keeps_all_promises() {
    let report = Kit::new().blocking(Curl::default).unwrap();
    assert!(report.scenarios > 1000, "{report:?}");
}

#[test]
fn a_transport_that_lets_libcurl_use_connections_again_is_found() {
    let reusing = || {
        let mut curl = Curl::default();
        curl.reuses_connections = true;
        curl
    };
    let broken = Kit::new().blocking(reusing).unwrap_err();
    assert_eq!(broken.promise(), Promise::SendsOnce, "{broken}");
}
