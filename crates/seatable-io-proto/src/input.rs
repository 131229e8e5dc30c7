/// Input that cannot be sent. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The server's URL is longer than 2048 bytes.
    #[error("the URL of the server is longer than 2048 bytes; use the address of its home page")]
    UrlTooLong,
    /// The server's URL is not a URL.
    #[error("the URL of the server is invalid; write it like https://cloud.seatable.io")]
    UrlNotUnderstood,
    /// The server's URL is neither `http` nor `https`.
    #[error("the URL of the server must begin with https:// or http://")]
    UrlScheme,
    /// The server's URL is `http` and its host is not loopback.
    #[error("without https, others can read the token on its way; use https, or allow plain http explicitly")]
    UrlInsecure,
    /// The server's URL contains a user name or a password.
    #[error(
        "the URL of the server must not contain a user name or a password; pass the API token separately"
    )]
    UrlUserInfo,
    /// The server's URL has a query or a fragment.
    #[error("the URL of the server must not contain `?` or `#`")]
    UrlQuery,
    /// The token is empty, longer than 1024 bytes, or contains anything but visible ASCII.
    #[error("the token must be 1 to 1024 visible ASCII characters without spaces; check how it was copied")]
    Token,
    /// The task id is empty, longer than 255 bytes, or contains control characters.
    #[error(
        "a task id has 1 to 255 bytes and no control characters; copy it from the output of the command that started the task"
    )]
    TaskId,
    /// The uuid is empty, longer than 255 bytes, or contains control characters.
    #[error(
        "the uuid of a base has 1 to 255 bytes and no control characters; copy it from the server's answer"
    )]
    BaseUuid,
    /// The kind of task is neither `import` nor `export`.
    #[error("the kind of a task must be `import` or `export`")]
    TaskKind,
    /// The base's name is empty or longer than 255 characters.
    #[error("the name of a base has 1 to 255 characters")]
    BaseName,
    /// A base named `.` or `..` cannot be a segment of a URL's path.
    #[error("a base named `.` or `..` cannot be exported by a task; rename it, or use a synchronous export")]
    DotsInPath,
    /// The extension of the file to import is none of those that servers import.
    #[error("the name of the file must end in .dtable, .csv or .xlsx")]
    Format,
    /// The base to import has no name.
    #[error("the name of the new base is empty; give it one")]
    FileNameEmpty,
    /// The name of the base to import contains a character at which a server would cut it.
    #[error(
        "the name of the new base must not contain {0:?}, because a server would cut it there; choose another name"
    )]
    FileNameCharacter(char),
    /// The name of the base to import is longer than 255 characters, including the dot and the extension.
    #[error(
        "the name of the new base has {0} characters with its extension, and servers accept 255; shorten it"
    )]
    FileNameTooLong(usize),
    /// The part header with the name is longer than 1022 bytes, which is the limit of servers.
    #[error("the name of the new base needs a part header of {0} bytes, and servers accept 1022; shorten it")]
    FileNameHeader(usize),
    /// The file to import is longer than 2^62 bytes.
    #[error("the file to import is longer than 2^62 bytes")]
    FileTooLong,
    /// The password is empty or longer than 1024 bytes.
    #[error("the password of a base has 1 to 1024 bytes; omit it if the base has none")]
    Password,
}
