//! The token and a base's password: from a file, standard input or the environment, never from an argument.

use std::env;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use seatable_io_proto::{Password, Token};

use crate::failure::Failure;

/// More than any secret has, in bytes.
const LIMIT: u64 = 64 * 1024;

const NO_TOKEN: &str = "there is no token; put it into the variable SEATABLE_TOKEN, or into a file and name that with `--token-file`";

/// The token from `--token-file`, else from `SEATABLE_TOKEN`.
pub(crate) fn token(file: Option<&Path>) -> Result<Token, Failure> {
    let text = match file {
        Some(file) => read("the token", file)?,
        None => env::var("SEATABLE_TOKEN").unwrap_or_default(),
    };
    if text.is_empty() {
        return Err(Failure::usage(NO_TOKEN));
    }
    Ok(Token::new(&text)?)
}

/// The password from `--password-file`.
pub(crate) fn password(file: &Path) -> Result<Password, Failure> {
    Ok(Password::new(read("the password", file)?)?)
}

/// The first line's end at the end of a file is not part of the secret.
fn read(what: &str, file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = match file {
        file if file == Path::new("-") => io::stdin().lock().take(LIMIT).read_to_string(&mut text),
        file => File::open(file).and_then(|file| file.take(LIMIT).read_to_string(&mut text)),
    };
    read.map_err(|error| Failure::io(format!("cannot read {what} from {}: {error}", file.display())))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}
