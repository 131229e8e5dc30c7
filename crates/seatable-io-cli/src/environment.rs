//! The variables of the environment that stand for options. An empty one counts as not set.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::failure::Failure;

pub(crate) const SERVER: &str = "SEATABLE_SERVER";
pub(crate) const TOKEN: &str = "SEATABLE_TOKEN";
pub(crate) const TOKEN_FILE: &str = "SEATABLE_TOKEN_FILE";
pub(crate) const PING_URL: &str = "SEATABLE_PING_URL";
pub(crate) const CA_FILE: &str = "SEATABLE_CA_FILE";
pub(crate) const ALLOW_HTTP: &str = "SEATABLE_ALLOW_HTTP";
pub(crate) const TIMEOUT: &str = "SEATABLE_TIMEOUT";
pub(crate) const MAX_SIZE: &str = "SEATABLE_MAX_SIZE";

fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// Returns a path.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    set(name).map(PathBuf::from)
}

/// Returns a text. The error leaves out the value, which may be secret.
pub(crate) fn text(name: &str) -> Result<Option<String>, Failure> {
    let text = set(name).map(OsString::into_string).transpose();
    text.map_err(|_| Failure::usage(format!("{name} is not UTF-8")).hint("correct it, or unset it"))
}

/// Returns a value, read as that of the option.
pub(crate) fn value<T>(
    name: &str,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, Failure> {
    let Some(text) = text(name)? else { return Ok(None) };
    let wrong = |words| Failure::usage(format!("invalid value '{text}' for {name}: {words}"));
    read(&text).map(Some).map_err(|words| wrong(words).hint("correct it, or unset it"))
}

/// Returns whether an option without a value is switched on.
pub(crate) fn is_on(name: &str) -> Result<bool, Failure> {
    Ok(value(name, switch)?.unwrap_or_default())
}

fn switch(text: &str) -> Result<bool, String> {
    match &*text.to_ascii_lowercase() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("it must be 1 or 0".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::switch;

    #[test]
    fn a_switch_is_on_or_off() {
        for (texts, is_on) in [(["1", "true", "Yes", "ON"], true), (["0", "false", "No", "OFF"], false)] {
            assert_eq!(texts.map(switch), [Ok(is_on), Ok(is_on), Ok(is_on), Ok(is_on)]);
        }
        for text in ["", "2", "y", " 1"] {
            assert_eq!(switch(text), Err("it must be 1 or 0".to_owned()), "{text}");
        }
    }
}
