//! Certificate authorities of the caller.

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use seatable_io_driver::{Error, Roots};

fn authority() -> String {
    let mut params = CertificateParams::new(["example.com".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
}

#[test]
fn all_certificates_of_a_pem_text_are_used_and_other_text_is_ignored() {
    let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let pem = format!("# ours\n{}{key}{}", authority(), authority());
    assert_eq!(Roots::certificates(pem.as_bytes()).unwrap().len(), 2);
}

#[test]
fn a_pem_text_without_a_usable_certificate_is_refused() {
    let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let cut = "-----BEGIN CERTIFICATE-----\nAAAA\n";
    for pem in ["", "nothing", empty, cut] {
        assert!(matches!(Roots::certificates(pem.as_bytes()), Err(Error::Config(_))), "{pem}");
    }
}
