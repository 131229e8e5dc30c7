//! Plain words for errors of a connection.

use std::borrow::Cow;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter;
use std::sync::Arc;

use seatable_io_task::Failure;

use crate::TransportError;
use crate::localhost::NotThisComputer;

impl TransportError {
    /// Creates an error that explains another one in plain words: those of the system if there is an [`io::Error`] along its
    /// [`causes`], those of this crate if there is an error of rustls (with the feature `config`), and `otherwise` if there
    /// is neither. The words of other libraries are left out. The error of the system or of rustls becomes the
    /// [`source`](Error::source).
    pub fn explain(failure: Failure, error: &(dyn Error + 'static), otherwise: &str) -> Self {
        let words = causes(error).filter_map(words).last();
        let mut explained = Self::new(failure, words.as_deref().unwrap_or(otherwise));
        explained.source = causes(error).filter_map(source).last();
        explained
    }
}

/// A copy of an error of the operating system or of rustls. Errors of other libraries may contain a URL or a header.
fn source(error: &(dyn Error + 'static)) -> Option<Arc<dyn Error + Send + Sync>> {
    #[cfg(feature = "config")]
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(Arc::new(error.clone()));
    }
    let code = error.downcast_ref::<io::Error>()?.raw_os_error()?;
    Some(Arc::new(io::Error::from_raw_os_error(code)))
}

/// The error and its sources, including the error inside an [`io::Error`], which its [`source`](Error::source) skips.
pub fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>().map(io::Error::get_ref) {
        Some(Some(inner)) => Some(inner as &(dyn Error + 'static)),
        _ => error.source(),
    })
}

fn words(error: &(dyn Error + 'static)) -> Option<Cow<'static, str>> {
    #[cfg(feature = "config")]
    if let Some(error) = error.downcast_ref() {
        return Some(of_tls(error).into());
    }
    if let Some(error) = error.downcast_ref::<NotThisComputer>() {
        return Some(error.to_string().into());
    }
    of_io(error.downcast_ref()?)
}

fn of_io(error: &io::Error) -> Option<Cow<'static, str>> {
    if let Some(code) = error.raw_os_error() {
        let words = error.to_string();
        let without_code = words.strip_suffix(&format!(" (os error {code})")).unwrap_or(&words);
        // The words of Windows are sentences.
        return Some(without_code.trim_end_matches('.').to_owned().into());
    }
    match error.kind() {
        ErrorKind::UnexpectedEof => Some("the connection was closed too early".into()),
        // These say nothing, and an error inside may say more.
        ErrorKind::Other | ErrorKind::InvalidData | ErrorKind::InvalidInput => None,
        kind if kind.to_string().starts_with("uncategorized") => None,
        kind => Some(kind.to_string().into()),
    }
}

#[cfg(feature = "config")]
fn of_tls(error: &rustls::Error) -> &'static str {
    use rustls::{AlertDescription, Error as Tls};
    match error {
        Tls::InvalidCertificate(error) => of_certificate(error),
        Tls::AlertReceived(AlertDescription::CertificateRequired) => {
            "the server requires a client certificate"
        }
        Tls::AlertReceived(_) => "the server refused the TLS connection",
        Tls::InvalidMessage(_) => "the server did not answer with TLS",
        _ => "the TLS connection failed",
    }
}

#[cfg(feature = "config")]
fn of_certificate(error: &rustls::CertificateError) -> &'static str {
    use rustls::CertificateError as Certificate;
    match error {
        Certificate::UnknownIssuer => "the issuer of the server's certificate is not trusted",
        Certificate::Expired | Certificate::ExpiredContext { .. } => "the server's certificate has expired",
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet"
        }
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            "the server's certificate is for another host"
        }
        Certificate::Revoked => "the server's certificate is revoked",
        _ => "the server's certificate is not valid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(error: impl Error + 'static) -> String {
        TransportError::explain(Failure::Interrupted, &error, "otherwise").to_string()
    }

    #[test]
    fn the_source_is_the_error_of_the_system_and_of_no_other_library() {
        let explain =
            |error: &(dyn Error + 'static)| TransportError::explain(Failure::Interrupted, error, "-");
        let wrapped = io::Error::other(io::Error::from_raw_os_error(104));
        let explained = explain(&wrapped);
        let source: &io::Error = explained.source().unwrap().downcast_ref().unwrap();
        assert_eq!(source.raw_os_error(), Some(104));
        assert!(explain(&io::Error::other("https://user:secret@a.example")).source().is_none());
    }

    #[test]
    fn the_words_of_the_system_are_kept_without_their_number() {
        let error = io::Error::from_raw_os_error(2);
        let words = error.to_string();
        let end = if cfg!(windows) { ". (os error 2)" } else { " (os error 2)" };
        assert_eq!(explained(error) + end, words);
        assert_eq!(explained(io::Error::from(ErrorKind::ConnectionReset)), "connection reset");
    }

    #[test]
    fn the_words_of_a_library_are_left_out() {
        let eof = io::Error::new(ErrorKind::UnexpectedEof, "close_notify");
        assert_eq!(explained(eof), "the connection was closed too early");
        assert_eq!(explained(io::Error::new(ErrorKind::TimedOut, "[timeout]")), "timed out");
        for kind in [ErrorKind::Other, ErrorKind::InvalidData, ErrorKind::InvalidInput] {
            assert_eq!(explained(io::Error::new(kind, "invalid chunk")), "otherwise");
        }
    }

    /// On Windows, it has words of the system.
    #[cfg(unix)]
    #[test]
    fn a_host_without_an_address_has_the_words_of_the_caller() {
        let unnamed = std::net::ToSocketAddrs::to_socket_addrs("nowhere.invalid:1").unwrap_err();
        assert_eq!(explained(unnamed), "otherwise");
    }

    #[test]
    fn the_deepest_error_that_says_something_is_explained() {
        let refused = io::Error::other(io::Error::from(ErrorKind::ConnectionRefused));
        let aborted = io::Error::new(ErrorKind::ConnectionAborted, refused);
        assert_eq!(explained(aborted), "connection refused");
    }

    #[cfg(feature = "config")]
    #[test]
    fn errors_of_tls_are_explained() {
        use rustls::{AlertDescription, CertificateError, Error as Tls, InvalidMessage};
        let inside = io::Error::new(ErrorKind::InvalidData, Tls::DecryptError);
        assert_eq!(explained(inside), "the TLS connection failed");
        let alert = Tls::AlertReceived;
        for (error, words) in [
            (alert(AlertDescription::CertificateRequired), "the server requires a client certificate"),
            (alert(AlertDescription::HandshakeFailure), "the server refused the TLS connection"),
            (Tls::InvalidMessage(InvalidMessage::InvalidContentType), "the server did not answer with TLS"),
        ] {
            assert_eq!(explained(error), words);
        }
        for (error, words) in [
            (CertificateError::UnknownIssuer, "the issuer of the server's certificate is not trusted"),
            (CertificateError::Expired, "the server's certificate has expired"),
            (CertificateError::NotValidYet, "the server's certificate is not valid yet"),
            (CertificateError::NotValidForName, "the server's certificate is for another host"),
            (CertificateError::Revoked, "the server's certificate is revoked"),
            (CertificateError::BadEncoding, "the server's certificate is not valid"),
        ] {
            assert_eq!(explained(Tls::InvalidCertificate(error)), words);
        }
    }
}
