use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::Error;

/// The certificate authorities to trust.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Roots {
    /// The authorities that Mozilla trusts, as of the build.
    #[default]
    Bundled,
    /// The authorities that the operating system trusts. [`Error::Config`](crate::Error::Config) if the transport was built
    /// without its feature `platform-verifier`.
    Platform,
    /// The authorities in this PEM text and no others, as with `curl --cacert`. The self-signed certificate of a server works
    /// too, unless it is marked as an authority's (`CA:TRUE`, the default of `openssl req -x509`).
    Pem(Vec<u8>),
}

impl Roots {
    /// Returns the certificates in a PEM text, and ignores anything else in it.
    ///
    /// # Errors
    ///
    /// [`Error::Config`](crate::Error::Config) if there is no certificate, or if one cannot be used as an authority's.
    pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
        let certificates = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| Error::Config("the PEM text cannot be read".to_owned()))?;
        for certificate in &certificates {
            let added = RootCertStore::empty().add(certificate.clone());
            added.map_err(|_| Error::Config("a certificate cannot be used".to_owned()))?;
        }
        if certificates.is_empty() {
            return Err(Error::Config("the PEM text contains no certificate".to_owned()));
        }
        Ok(certificates)
    }
}
