use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::Error;

/// Whose certificates are trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Roots {
    /// The authorities that Mozilla trusts, as they were when this was built.
    #[default]
    Bundled,
    /// Those that the operating system trusts; with the transport's feature `platform-verifier`, else
    /// [`Error::Config`](crate::Error::Config).
    Platform,
    /// Those in this PEM text, and no others; as `curl --cacert`. A server's self-signed certificate will do, unless
    /// it says that it is an authority's (`CA:TRUE`, as `openssl req -x509` makes them): nothing can be both here.
    Pem(Vec<u8>),
}

impl Roots {
    /// The certificates in a PEM text that can be an authority's; other things in it are passed over.
    /// [`Error::Config`](crate::Error::Config) where there is none, or one that cannot be used.
    pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
        let certificates = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| Error::Config("the PEM text cannot be read".to_owned()))?;
        for certificate in &certificates {
            let added = RootCertStore::empty().add(certificate.clone());
            added.map_err(|error| Error::Config(format!("a certificate cannot be used: {error}")))?;
        }
        if certificates.is_empty() {
            return Err(Error::Config("there is no certificate in the PEM text".to_owned()));
        }
        Ok(certificates)
    }
}
