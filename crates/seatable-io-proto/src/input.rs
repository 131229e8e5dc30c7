/// What the caller gave cannot be sent; nothing was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The server's URL is longer than 2048 bytes.
    #[error("the server's URL is longer than 2048 bytes; give the address of its start page")]
    UrlTooLong,
    /// The server's URL cannot be read as one.
    #[error("the server's URL cannot be read; write it like https://cloud.seatable.io")]
    UrlNotUnderstood,
    /// The server's URL is neither `http` nor `https`.
    #[error("the server's URL must begin with https:// or http://")]
    UrlScheme,
    /// The server's URL holds a user name or a password.
    #[error("the server's URL must not hold a user name or a password; give the API token apart from it")]
    UrlUserInfo,
    /// The server's URL has a query or a fragment.
    #[error("the server's URL must end before any `?` or `#`")]
    UrlQuery,
    /// The token is empty, longer than 1024 bytes, or holds something else than visible ASCII.
    #[error("the token must be 1 to 1024 visible ASCII characters without spaces; check how it was copied")]
    Token,
    /// The task id is empty, longer than 255 bytes, or holds control characters.
    #[error("a task id has 1 to 255 bytes and no control characters; copy it from what started the task")]
    TaskId,
    /// The uuid is empty, longer than 255 bytes, or holds control characters.
    #[error("a base's uuid has 1 to 255 bytes and no control characters; copy it from the server's answer")]
    BaseUuid,
    /// A kind of task that is neither `import` nor `export`.
    #[error("the kind of a task is `import` or `export`")]
    TaskKind,
    /// The base's name is empty or longer than 255 characters.
    #[error("the name of a base has 1 to 255 characters")]
    BaseName,
    /// A base named `.` or `..` cannot be a segment of a URL's path.
    #[error("a base named `.` or `..` cannot be addressed this way; rename it, or use a synchronous export")]
    DotsInPath,
    /// The base to import has no name.
    #[error("the name of the new base is empty; give it one")]
    FileNameEmpty,
    /// The name of the base to import holds a character after which, or at which, a server cuts it.
    #[error(
        "the name of the new base must not hold {0:?}: a server would cut the name there; choose another"
    )]
    FileNameCharacter(char),
    /// The name of the base to import is longer than 255 characters, dot and extension counted.
    #[error("the name of the new base has {0} characters with its extension, and 255 arrive; shorten it")]
    FileNameTooLong(usize),
    /// The part header that carries the name is longer than the 1022 bytes that a server reads.
    #[error("the name of the new base makes a part header of {0} bytes, and a server reads 1022; shorten it")]
    FileNameHeader(usize),
    /// The file to import is longer than 2^62 bytes.
    #[error("the file to import is longer than 2^62 bytes")]
    FileTooLong,
    /// The password is empty or longer than 1024 bytes.
    #[error("the password of a base has 1 to 1024 bytes; leave it out where there is none")]
    Password,
}
