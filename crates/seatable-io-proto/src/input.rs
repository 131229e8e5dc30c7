/// Input that is not sent, because it is invalid.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The server's URL is longer than 2048 bytes.
    #[error("the URL of the server is longer than 2048 bytes")]
    UrlTooLong,
    /// The server's URL is not a URL.
    #[error("the URL of the server is not a URL")]
    UrlNotUnderstood,
    /// The server's URL is neither `http` nor `https`.
    #[error("the URL of the server does not begin with https:// or http://")]
    UrlScheme,
    /// The server's URL is `http` and its host is not loopback.
    #[error("over plain http, anyone on the network path can read the token")]
    UrlInsecure,
    /// The server's URL contains a user name or a password.
    #[error("the URL of the server contains a user name or a password")]
    UrlUserInfo,
    /// The server's URL has a query or a fragment.
    #[error("the URL of the server contains `?` or `#`")]
    UrlQuery,
    /// The token is empty, longer than 1024 bytes, or contains anything but visible ASCII.
    #[error("the token is not 1 to 1024 visible ASCII characters without spaces")]
    Token,
    /// The task ID is empty, longer than 255 bytes, or contains control characters.
    #[error("the task ID is empty, longer than 255 bytes, or contains control characters")]
    TaskId,
    /// The UUID is empty, longer than 255 bytes, or contains control characters.
    #[error("the UUID of the base is empty, longer than 255 bytes, or contains control characters")]
    BaseUuid,
    /// The kind of task is neither `import` nor `export`.
    #[error("the kind of the task is neither `import` nor `export`")]
    TaskKind,
    /// The base's name is empty or longer than 255 characters.
    #[error("the name of the base is empty or longer than 255 characters")]
    BaseName,
    /// A base named `.` or `..` cannot be a segment of a URL's path.
    #[error("a base named `.` or `..` can only be exported in one request")]
    DotsInPath,
    /// A UUID that is `.` or `..` cannot be a segment of a URL's path.
    #[error("a base whose UUID is `.` or `..` cannot be exported by it")]
    DotsAsUuid,
    /// The extension of the file to import is not one that servers import.
    #[error("the name of the file does not end in .dtable, .csv or .xlsx")]
    Format,
    /// The base to import has no name.
    #[error("the name of the new base is empty")]
    FileNameEmpty,
    /// The name of the base to import contains a character at which a server would cut it.
    #[error("the name of the new base contains {0:?}, where a server would cut it")]
    FileNameCharacter(char),
    /// The name of the base to import is longer than 255 characters, including the dot and the extension.
    #[error("the name of the new base has {0} characters with its extension; servers accept 255")]
    FileNameTooLong(usize),
    /// The part header with the name is longer than 1022 bytes, which is the limit of the servers.
    #[error("the name of the new base needs a part header of {0} bytes; servers accept 1022")]
    FileNameHeader(usize),
    /// The file to import is longer than 2^62 bytes.
    #[error("the file to import is longer than 2^62 bytes")]
    FileTooLong,
    /// The password is empty or longer than 1024 bytes.
    #[error("the password is empty or longer than 1024 bytes")]
    Password,
}
