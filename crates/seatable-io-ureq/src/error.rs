use std::io;

use seatable_io_driver::task::Failure;
use seatable_io_driver::{TransportError, causes};
use ureq::{Error, Timeout};

/// `sent`: bytes of the request may have been sent.
pub(crate) fn transport_error(error: &Error, sent: bool) -> TransportError {
    let reason: &(dyn std::error::Error + 'static) = match error {
        Error::Io(reason) => reason,
        Error::Rustls(reason) => reason,
        error => error,
    };
    let failure = match error {
        _ if !sent && causes(reason).any(is_certificate) => Failure::Untrusted,
        _ if !sent => Failure::NotSent,
        Error::Timeout(_) => Failure::TimedOut,
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Failure::TimedOut,
        _ => Failure::Interrupted,
    };
    TransportError::explain(failure, reason, words(error, sent))
}

/// The plain words for an error, unless an error inside it has better ones.
fn words(error: &Error, sent: bool) -> &'static str {
    match error {
        Error::Timeout(timeout) => of_timeout(*timeout),
        Error::HostNotFound => "the host name could not be looked up",
        Error::BadUri(_) | Error::Http(_) => "the address cannot be used",
        Error::InvalidProxyUrl => "the address of the proxy cannot be used",
        Error::ConnectProxyFailed(_) => "the proxy did not connect to the server",
        Error::LargeResponseHeader(..) => "the head of the response is too long",
        Error::Protocol(_) => "the response is not valid HTTP",
        _ if sent => "the connection broke",
        _ => "no connection could be made",
    }
}

fn of_timeout(timeout: Timeout) -> &'static str {
    match timeout {
        Timeout::Resolve => "looking up the host name took too long",
        Timeout::Connect => "connecting to the server took too long",
        Timeout::PerWrite | Timeout::SendRequest | Timeout::SendBody => "nothing could be sent for too long",
        Timeout::PerRead | Timeout::RecvResponse | Timeout::RecvBody => "nothing was received for too long",
        _ => "the time for the request is over",
    }
}

fn is_certificate(error: &(dyn std::error::Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_timeout_names_its_cause() {
        for (timeout, words) in [
            (Timeout::Resolve, "looking up the host name took too long"),
            (Timeout::Connect, "connecting to the server took too long"),
            (Timeout::PerWrite, "nothing could be sent for too long"),
            (Timeout::SendBody, "nothing could be sent for too long"),
            (Timeout::PerRead, "nothing was received for too long"),
            (Timeout::RecvResponse, "nothing was received for too long"),
            (Timeout::Global, "the time for the request is over"),
        ] {
            let error = transport_error(&Error::Timeout(timeout), true);
            assert_eq!((error.failure(), error.to_string().as_str()), (Failure::TimedOut, words));
        }
    }

    #[test]
    fn no_word_of_ureq_is_shown() {
        let broken = || Error::Io(io::Error::other("no acceptable auth methods"));
        for (error, sent, words) in [
            (Error::HostNotFound, false, "the host name could not be looked up"),
            (Error::BadUri("no host".to_owned()), false, "the address cannot be used"),
            (Error::InvalidProxyUrl, false, "the address of the proxy cannot be used"),
            (Error::ConnectProxyFailed("no".to_owned()), false, "the proxy did not connect to the server"),
            (Error::LargeResponseHeader(9, 8), true, "the head of the response is too long"),
            (broken(), false, "no connection could be made"),
            (broken(), true, "the connection broke"),
            (Error::Rustls(rustls::Error::DecryptError), false, "the TLS connection failed"),
        ] {
            assert_eq!(transport_error(&error, sent).to_string(), words);
        }
    }

    #[test]
    fn a_certificate_is_not_trusted_wherever_its_error_is() {
        let untrusted = || rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        for error in [Error::Rustls(untrusted()), Error::Io(io::Error::other(untrusted()))] {
            let error = transport_error(&error, false);
            assert_eq!(error.failure(), Failure::Untrusted);
            assert_eq!(error.to_string(), "the issuer of the server's certificate is not trusted");
        }
    }
}
