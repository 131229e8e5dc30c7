use std::error::Error as StdError;
use std::{fmt, io, iter};

use seatable_io_driver::TransportError;
use seatable_io_driver::task::Failure;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// The error of a service that has not sent one byte of a request, for example because it could not connect. The request is
/// sent again, even if it is an import.
///
/// Return it from a service for [`Hyper::new`](crate::Hyper::new), itself or in the [`source`](StdError::source) chain of
/// another error.
///
/// ```
/// use seatable_io_hyper::NotSent;
///
/// let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
/// assert_eq!(NotSent::new(refused).to_string(), "not sent");
/// ```
#[derive(Debug)]
pub struct NotSent(BoxError);

impl NotSent {
    /// Wraps the error that prevented the request, which becomes the [`source`](StdError::source).
    pub fn new(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not sent")
    }
}

impl StdError for NotSent {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

/// Classifies an error of the service; as `otherwise` if it cannot be told.
pub(crate) fn transport_error(error: impl Into<BoxError>, otherwise: Failure) -> TransportError {
    let error = error.into();
    let failure = match otherwise {
        _ if chain(&*error).any(is_certificate) => Failure::Untrusted,
        _ if chain(&*error).any(is_unsent) => Failure::NotSent,
        Failure::Interrupted if chain(&*error).any(is_time_out) => Failure::TimedOut,
        otherwise => otherwise,
    };
    let words = chain(&*error)
        .map(ToString::to_string)
        .reduce(|words, text| if words.ends_with(&text) { words } else { format!("{words}: {text}") });
    TransportError::new(failure, words.unwrap_or_default())
}

/// The error and its sources, including the error inside an [`io::Error`], which its [`source`](StdError::source) skips.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>().map(io::Error::get_ref) {
        Some(Some(inner)) => Some(inner as &(dyn StdError + 'static)),
        _ => error.source(),
    })
}

/// Whether nothing can have been written: the service says so, hyper cancelled the queued request, or there was no
/// connection.
fn is_unsent(error: &(dyn StdError + 'static)) -> bool {
    if error.is::<NotSent>() {
        return true;
    }
    #[cfg(feature = "tokio")]
    if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
        return error.is_connect();
    }
    error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled)
}

fn is_time_out(error: &(dyn StdError + 'static)) -> bool {
    error.downcast_ref().is_some_and(|error: &io::Error| error.kind() == io::ErrorKind::TimedOut)
}

fn is_certificate(error: &(dyn StdError + 'static)) -> bool {
    #[cfg(feature = "tokio")]
    return matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_)));
    #[cfg(not(feature = "tokio"))]
    return error.is::<std::convert::Infallible>();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_sent_is_found_anywhere_along_the_sources() {
        let refused = || NotSent::new(io::Error::from(io::ErrorKind::ConnectionRefused));
        for error in [Box::new(refused()) as BoxError, io::Error::other(io::Error::other(refused())).into()] {
            let error = transport_error(error, Failure::Interrupted);
            assert_eq!(error.failure(), Failure::NotSent);
            assert_eq!(error.to_string(), "not sent: connection refused");
        }
        let plain = transport_error(io::Error::from(io::ErrorKind::ConnectionRefused), Failure::Interrupted);
        assert_eq!(plain.failure(), Failure::Interrupted);
    }
}
