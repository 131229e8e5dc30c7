//! The ways in which an exchange fails.

use serde::{Deserialize, Serialize};

/// Why an exchange failed, as far as the operation needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Failure {
    /// Not one byte of the request can have reached the server: the name was not resolved, or there was no connection or
    /// no TLS session.
    NotSent,
    /// The deadline passed before the driver sent the request, which waited for a connection of its own or for the file. Not
    /// one byte was sent.
    NotSentInTime,
    /// The server's certificate is not trusted, or is for another host. Nothing was sent.
    Untrusted,
    /// The connection broke, or the driver gave up.
    Interrupted,
    /// The deadline passed, or the server was silent for longer than the idle timeout.
    TimedOut,
    /// The file to send could not be read or changed, or the file received could not be written.
    LocalFile,
    /// The deadline passed while the local file was read, written or checked: the delay was not the server's.
    LocalTimedOut,
    /// The driver's own check found that the file is damaged. The operation decides itself whether it was received whole.
    Damaged,
    /// The driver's own check found that the file is not a base. This counts only if the file was received whole.
    NotABase,
    /// The driver's own check found that the file unpacks to more than the driver allows. This counts only if the file was
    /// received whole.
    TooLarge,
}
