//! The token, a base's password and a ping URL: from a file, standard input or the environment, never from an argument.

use std::fs::File;
use std::path::Path;
use std::string::FromUtf8Error;
use std::{env, io};

use seatable_io_ureq::proto::{Password, Token};

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

/// Reads the token from `--token-file`, or from `SEATABLE_TOKEN`.
pub(crate) fn token(file: Option<&Path>) -> Result<Token, Failure> {
    let text = match file {
        Some(file) => read("the token", file)?,
        None => env::var("SEATABLE_TOKEN").unwrap_or_default(),
    };
    if text.is_empty() {
        let hint = "set SEATABLE_TOKEN, or give a file with --token-file";
        return Err(Failure::usage("there is no token").hint(hint));
    }
    Ok(Token::new(&text)?)
}

/// Reads the password from `--password-file`. Standard input cannot contain the token too.
pub(crate) fn password(file: Option<&Path>, global: &Global) -> Result<Option<Password>, Failure> {
    let Some(file) = file else { return Ok(None) };
    if is_dash(file) && global.token_file.as_deref().is_some_and(is_dash) {
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
