use std::io;

use seatable_io_driver::TransportError;
use seatable_io_driver::task::Failure;

/// `sent`: bytes of the request may have been sent.
pub(crate) fn transport_error(error: &ureq::Error, sent: bool) -> TransportError {
    let failure = match error {
        _ if !sent && is_certificate(error) => Failure::Untrusted,
        _ if !sent => Failure::NotSent,
        ureq::Error::Timeout(_) => Failure::TimedOut,
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Failure::TimedOut,
        _ => Failure::Interrupted,
    };
    match error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
            TransportError::new(failure, "the address cannot be used")
        }
        ureq::Error::Io(error) => TransportError::new(failure, error.to_string()),
        other => TransportError::new(failure, other.to_string()),
    }
}

fn is_certificate(error: &ureq::Error) -> bool {
    let tls = match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref()),
        _ => None,
    };
    matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
}
