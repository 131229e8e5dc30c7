use std::sync::Arc;

use rustls::crypto::CryptoProvider;

use crate::Error;

/// Returns the provider of cryptography for the adapters: `ring`, `aws-lc-rs`, or the one that the process has installed.
///
/// # Errors
///
/// [`Error::Config`] if there is none.
#[doc(hidden)]
pub fn crypto_provider() -> Result<Arc<CryptoProvider>, Error> {
    #[cfg(feature = "ring")]
    return Ok(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(all(feature = "aws-lc-rs", not(feature = "ring")))]
    return Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    #[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
    return CryptoProvider::get_default().cloned().ok_or_else(|| {
        let words =
            "there is no TLS: turn on the feature `ring` or `aws-lc-rs`, or install a provider of rustls";
        Error::Config(words.to_owned())
    });
}
