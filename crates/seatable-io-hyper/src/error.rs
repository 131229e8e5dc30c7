use std::error::Error as StdError;
use std::io;

use seatable_io_driver::task::Failure;
use seatable_io_driver::{TransportError, causes};

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
#[derive(Debug, thiserror::Error)]
#[error("not sent")]
pub struct NotSent(#[source] BoxError);

impl NotSent {
    /// Wraps the error that prevented the request, which becomes the [`source`](StdError::source).
    pub fn new(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

/// An error in our own words, with its source if that may say more.
#[cfg(feature = "tokio")]
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Explained(pub(crate) &'static str, #[source] pub(crate) Option<BoxError>);

/// Classifies an error of the service; as `otherwise` if nothing in it says more.
pub(crate) fn transport_error(error: impl Into<BoxError>, otherwise: Failure) -> TransportError {
    let error = error.into();
    let failure = match otherwise {
        _ if causes(&*error).any(is_certificate) => Failure::Untrusted,
        _ if causes(&*error).any(is_unsent) => Failure::NotSent,
        Failure::Interrupted if causes(&*error).any(is_time_out) => Failure::TimedOut,
        otherwise => otherwise,
    };
    let unknown = match failure {
        Failure::NotSent => "the request could not be sent",
        _ => "the connection broke",
    };
    let words = causes(&*error).filter_map(|error| words(error, failure)).last();
    TransportError::explain(failure, &*error, words.unwrap_or(unknown))
}

/// The plain words for an error, unless an error inside it has better ones.
#[cfg_attr(not(feature = "tokio"), expect(unused_variables, reason = "only tower's time-outs depend on it"))]
fn words(error: &(dyn StdError + 'static), failure: Failure) -> Option<&'static str> {
    #[cfg(feature = "tokio")]
    if let Some(Explained(words, _)) = error.downcast_ref() {
        return Some(words);
    } else if failure == Failure::NotSent && error.is::<tower::timeout::error::Elapsed>() {
        return Some("connecting to the server took too long");
    }
    match error.downcast_ref::<hyper::Error>()? {
        error if error.is_parse() => Some("the response is not valid HTTP"),
        error if error.is_incomplete_message() => Some("the connection was closed too early"),
        _ => None,
    }
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
            assert_eq!(error.to_string(), "connection refused");
        }
        let plain = transport_error(io::Error::from(io::ErrorKind::ConnectionRefused), Failure::Interrupted);
        assert_eq!(plain.failure(), Failure::Interrupted);
    }

    #[test]
    fn no_word_of_a_service_is_shown() {
        for (failure, words) in [
            (Failure::NotSent, "the request could not be sent"),
            (Failure::Interrupted, "the connection broke"),
        ] {
            assert_eq!(transport_error("overloaded", failure).to_string(), words);
        }
    }

    #[cfg(feature = "tokio")]
    #[test]
    fn only_a_time_out_before_the_request_is_one_of_connecting() {
        let elapsed = tower::timeout::error::Elapsed::new;
        let late = transport_error(elapsed(), Failure::Interrupted);
        assert_eq!(late.to_string(), "the connection broke");
        let unsent = transport_error(NotSent::new(elapsed()), Failure::Interrupted);
        assert_eq!(unsent.to_string(), "connecting to the server took too long");
    }
}
