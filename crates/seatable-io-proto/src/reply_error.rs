use std::borrow::Cow;

use http::StatusCode;

use crate::Refusal;
use crate::headers::shown;

/// A response that is not the expected reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// The status is not 2xx.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The status is 2xx, but the body is not the expected one.
    #[error(transparent)]
    NotUnderstood(#[from] NotUnderstood),
}

impl ReplyError {
    /// Returns the status of the response.
    pub fn status(&self) -> StatusCode {
        match self {
            ReplyError::Refused(refusal) => refusal.status(),
            ReplyError::NotUnderstood(response) => response.status,
        }
    }

    /// Returns the refusal, if it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            ReplyError::Refused(refusal) => Some(refusal),
            ReplyError::NotUnderstood(_) => None,
        }
    }

    /// Returns whether the server has no such address.
    pub(crate) fn is_wrong_address(&self) -> bool {
        self.refusal().is_some_and(Refusal::is_wrong_address)
    }

    /// Returns the server's message: [`Refusal::message`].
    pub fn message(&self) -> Option<&str> {
        self.refusal().and_then(Refusal::message)
    }
}

/// A 2xx response that is not the expected reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the reply ({}) {fault}", shown(*status))]
pub struct NotUnderstood {
    status: StatusCode,
    fault: Cow<'static, str>,
}

impl NotUnderstood {
    pub(crate) fn new(status: StatusCode, fault: impl Into<Cow<'static, str>>) -> Self {
        NotUnderstood { status, fault: fault.into() }
    }

    /// Returns the status of the response.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the fault of the reply as a predicate, such as *has no `task_id`*.
    pub fn fault(&self) -> &str {
        &self.fault
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::head;

    #[test]
    fn a_reply_that_is_not_understood_says_why() {
        let response = NotUnderstood::new(StatusCode::CREATED, "is late");
        assert_eq!((response.status(), response.fault()), (StatusCode::CREATED, "is late"));
        assert_eq!(response.to_string(), "the reply (201 Created) is late");
    }

    #[test]
    fn a_status_without_a_name_is_shown_as_its_number() {
        assert_eq!(Refusal::read(&head(520, &[]), b"<html>").to_string(), "the server answered 520");
        let response = NotUnderstood::new(StatusCode::from_u16(299).unwrap(), "is late");
        assert_eq!(response.to_string(), "the reply (299) is late");
    }
}
