//! The token, a base's password and a ping URL: from a file, standard input or the environment, never from an argument.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;

use seatable_io_ureq::proto::{Password, Token};

use crate::environment::{self, TOKEN, TOKEN_FILE};
use crate::failure::Failure;
use crate::files::{is_dash, read_limited};
use crate::global::Global;

/// The longest file that holds a secret, in bytes.
const LIMIT: u64 = 64 * 1024;

/// Keeps the memory of this process out of core dumps, before it contains a secret. An error stops nothing.
#[cfg(unix)]
pub(crate) fn keep_out_of_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    // A program that receives dumps from a pipe ignores the limit.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Other systems write no dumps by default.
#[cfg(not(unix))]
pub(crate) fn keep_out_of_dumps() {}

/// Reads the token from `--token-file`, otherwise from the file that `SEATABLE_TOKEN_FILE` names or from `SEATABLE_TOKEN`. No one
/// can know which of two variables is meant, so two tokens are an error: the wrong one would back up another account.
pub(crate) fn token(global: &Global) -> Result<Token, Failure> {
    if let Some(file) = &global.token_file {
        return Ok(Token::new(&read("the token", file)?)?);
    }
    let of_file = environment::path(TOKEN_FILE).map(|file| read("the token", &file)).transpose();
    let of_file = of_file.map_err(|failure| failure.about(TOKEN_FILE))?;
    let (name, text) = match (of_file, environment::text(TOKEN)?) {
        (Some(of_file), Some(text)) if of_file != text => {
            let failure = Failure::usage(format!("{TOKEN_FILE} and {TOKEN} have different tokens"));
            return Err(failure.hint("unset one of them, or give the file with --token-file"));
        }
        (Some(of_file), _) => (TOKEN_FILE, of_file),
        (None, Some(text)) => (TOKEN, text),
        (None, None) => {
            let hint = "set SEATABLE_TOKEN, or give a file with --token-file";
            return Err(Failure::usage("there is no token").hint(hint));
        }
    };
    Token::new(&text).map_err(|error| Failure::from(error).about(name))
}

/// Returns the file with the token, if one is named.
pub(crate) fn token_file(global: &Global) -> Option<PathBuf> {
    global.token_file.clone().or_else(|| environment::path(TOKEN_FILE))
}

/// Reads the password from `--password-file`. Standard input cannot contain the token too.
pub(crate) fn password(file: Option<&Path>, global: &Global) -> Result<Option<Password>, Failure> {
    let Some(file) = file else { return Ok(None) };
    if is_dash(file) && token_file(global).as_deref().is_some_and(is_dash) {
        return Err(Failure::usage("only one of --token-file and --password-file can be standard input"));
    }
    Ok(Some(Password::new(read("the password", file)?)?))
}

/// Reads a secret from a file, whose last line break is not part of it.
pub(crate) fn read(secret: &str, file: &Path) -> Result<String, Failure> {
    let (name, bytes) = match file {
        file if is_dash(file) => ("standard input".to_owned(), read_limited(io::stdin().lock(), LIMIT)),
        file => (file.display().to_string(), File::open(file).and_then(|file| read_limited(file, LIMIT))),
    };
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).map_err(not_utf8));
    let text = text.map_err(Failure::cannot("read", format_args!("{secret} from {name}")))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    match text.strip_suffix('\r').unwrap_or(text) {
        "" => Err(Failure::usage(format!("{name} is empty")).hint(format!("write {secret} into it"))),
        text => Ok(text.to_owned()),
    }
}

/// Leaves out the bytes, which are secret.
fn not_utf8(_: FromUtf8Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8")
}
