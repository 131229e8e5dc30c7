use std::fmt;

/// What a transport must do, and must not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Promise {
    /// The method, the target, the headers and the body arrive as they are in the request, and there is one `Host`.
    SendsAsBuilt,
    /// No request is sent a second time by the transport itself, nor by its HTTP client. Only the operation knows what may be
    /// repeated.
    SendsOnce,
    /// An import is the first request on its connection. On a kept connection that the server is just closing, nobody can tell
    /// whether the server has received it.
    SendsImportsOverNewConnections,
    /// A response that arrives while the file is being sent is read, also if the server then resets the connection.
    ReadsEarlyResponses,
    /// [`NotSent`](seatable_io_driver::task::Failure::NotSent) is reported if there was no connection, and only then.
    KnowsWhatWasSent,
    /// Informational responses, with or without headers, are not the response.
    SkipsInformationalResponses,
    /// A redirect is a response like any other.
    FollowsNoRedirects,
    /// The body of a response is passed on as it is, even if its headers say that it is compressed.
    DecodesNothing,
    /// A response that ends before its announced end is an error.
    NoticesIncompleteResponses,
    /// A server that is silent for longer than the idle timeout is given up.
    KeepsIdleTimeout,
    /// An exchange ends at the deadline, also if bytes still arrive.
    KeepsDeadline,
    /// No error of the transport shows a token, a password or a URL.
    KeepsSecrets,
    /// Every operation ends as over a transport without faults of its own: with the same result, after the same requests, with the
    /// same bytes in the sink and on the server.
    EndsAlike,
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SendsAsBuilt => "sends each request as it was built",
            Self::SendsOnce => "sends each request once",
            Self::SendsImportsOverNewConnections => "sends each import over a new connection",
            Self::ReadsEarlyResponses => "reads a response that arrives while the file is being sent",
            Self::KnowsWhatWasSent => "knows whether anything was sent",
            Self::SkipsInformationalResponses => "skips informational responses",
            Self::FollowsNoRedirects => "follows no redirects",
            Self::DecodesNothing => "decodes no bodies",
            Self::NoticesIncompleteResponses => "notices that a response is incomplete",
            Self::KeepsIdleTimeout => "gives up a silent server after the idle timeout",
            Self::KeepsDeadline => "ends an exchange at its deadline",
            Self::KeepsSecrets => "shows no secret and no URL in an error",
            Self::EndsAlike => "ends like a transport without faults",
        })
    }
}
