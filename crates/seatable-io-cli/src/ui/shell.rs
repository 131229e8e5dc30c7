//! Commands that can be pasted into a shell.

use std::path::Path;
use std::str::Utf8Chunk;

use crate::ui::text::is_invisible;

/// Returns a command with its input and its options, each of which begins with a space. An input that looks like an option
/// follows `--`.
pub(crate) fn with_input(command: &str, input: &str, options: &str) -> String {
    let word = quoted(input);
    if input.starts_with('-') {
        format!("{command}{options} -- {word}")
    } else {
        format!("{command} {word}{options}")
    }
}

/// Returns an option with its value, which may look like an option itself.
pub(crate) fn option(name: &str, value: &str) -> String {
    let between = if value.starts_with('-') { '=' } else { ' ' };
    format!("{name}{between}{}", quoted(value))
}

/// Returns a path as a word that a command cannot mistake for an option or standard input.
pub(crate) fn path(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    if bytes.starts_with(b"-") { word(&[b"./", bytes].concat()) } else { word(bytes) }
}

/// Returns the text as a word for a shell.
pub(crate) fn quoted(text: &str) -> String {
    word(text.as_bytes())
}

fn word(bytes: &[u8]) -> String {
    if cfg!(windows) { for_windows(&String::from_utf8_lossy(bytes)) } else { for_posix(bytes) }
}

/// Returns the text as a word that is safe in PowerShell and in `cmd`. Both read it as it was, except for invisible characters, which
/// become `?`, and `%NAME%`, which `cmd` replaces. If it has a quote, `$` or a backtick, only PowerShell does, and a character after
/// which `cmd` could run another command becomes `?`, too.
fn for_windows(text: &str) -> String {
    let text = &text.replace(is_invisible, "?");
    let is_plain = |c: char| c.is_ascii_alphanumeric() || r"-_.:/\".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    // PowerShell takes typographic quotes for plain ones.
    if text.contains(['"', '$', '`', '\u{201c}', '\u{201d}', '\u{201e}']) {
        let within_quotes = |c: char| match c {
            '\'' | '\u{2018}'..='\u{201b}' => format!("{c}{c}"),
            '"' | '&' | '|' | '<' | '>' | '^' | '%' => "?".to_owned(),
            c => c.to_string(),
        };
        return format!("'{}'", text.chars().map(within_quotes).collect::<String>());
    }
    // Programs read a quote after a backslash as part of the word.
    let backslashes = &text[text.trim_end_matches('\\').len()..];
    format!("\"{text}{backslashes}\"")
}

/// Returns the bytes as a word for a POSIX shell, on one line. Invisible characters are escaped as `$'\n'`, which bash, zsh, ksh and
/// other POSIX.1-2024 shells understand, and fish rejects.
fn for_posix(bytes: &[u8]) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
    match str::from_utf8(bytes) {
        Ok(text) if !text.is_empty() && text.chars().all(is_plain) => text.to_owned(),
        Ok(text) if !text.contains(is_invisible) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => format!("$'{}'", bytes.utf8_chunks().map(|chunk| escaped(&chunk)).collect::<String>()),
    }
}

fn escaped(chunk: &Utf8Chunk<'_>) -> String {
    let octal = |bytes: &[u8]| bytes.iter().fold(String::new(), |text, byte| text + &format!("\\{byte:03o}"));
    let character = |c: char| match c {
        '\n' | '\r' | '\t' | '\'' | '\\' => c.escape_default().to_string(),
        c if is_invisible(c) => octal(c.encode_utf8(&mut [0; 4]).as_bytes()),
        c => c.to_string(),
    };
    chunk.valid().chars().map(character).collect::<String>() + &octal(chunk.invalid())
}

#[cfg(test)]
pub(crate) mod tests {
    #[cfg(unix)]
    use std::ffi::{OsStr, OsString};
    #[cfg(unix)]
    use std::process::Command;

    use super::*;

    #[test]
    fn an_argument_can_be_pasted_into_a_posix_shell() {
        let quoted = |text: &str| for_posix(text.as_bytes());
        assert_eq!(quoted("http://127.0.0.1:80/x"), "http://127.0.0.1:80/x");
        assert_eq!(quoted("http://[::1]:80/x"), "'http://[::1]:80/x'");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("it's\n\\1\u{85}é"), r"$'it\'s\n\\1\302\205é'");
    }

    #[test]
    fn an_argument_can_be_pasted_into_powershell_and_cmd() {
        for (text, word) in [
            (r"C:\b\x-1.dtable", r"C:\b\x-1.dtable"),
            (r"C:\my bases\", r#""C:\my bases\\""#),
            ("R&D (it's)", r#""R&D (it's)""#),
            ("", r#""""#),
            ("$HOME 'a' b", "'$HOME ''a'' b'"),
            ("100% & more", "\"100% & more\""),
            ("$(calc)\u{2019} & calc", "'$(calc)\u{2019}\u{2019} ? calc'"),
            ("a\" & calc", "'a? ? calc'"),
            ("\u{201d}; calc", "'\u{201d}; calc'"),
            ("a\nb\u{202e}", "\"a?b?\""),
        ] {
            assert_eq!(for_windows(text), word);
        }
    }

    /// The words of a line as a shell reads it; none without the shell.
    #[cfg(unix)]
    pub(crate) fn words(shell: &str, line: &str) -> Vec<OsString> {
        use std::os::unix::ffi::OsStrExt as _;
        let printf = format!("printf '%s\\0' {line}");
        let Ok(output) = Command::new(shell).args(["-c", &printf]).output() else { return Vec::new() };
        let words = output.stdout.strip_suffix(b"\0").unwrap_or_default().split(|byte| *byte == 0);
        words.map(|word| OsStr::from_bytes(word).to_owned()).collect()
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_a_quoted_word_as_it_was() {
        use std::os::unix::ffi::OsStrExt as _;
        let invisible: String = ('\u{1}'..'\u{3000}').filter(|c| is_invisible(*c)).collect();
        let texts = [
            &b"-rf"[..],
            b"a\nhint: b\n",
            b"$HOME `id` ! \\n \\ '\x1b[2J'",
            b"\xff\xfe1",
            invisible.as_bytes(),
        ];
        for shell in ["bash", "zsh"] {
            for text in texts {
                let word = for_posix(text);
                let [found] = &words(shell, &word)[..] else {
                    return eprintln!("skipped: there is no {shell}");
                };
                assert!(found.as_bytes() == text && !word.contains(is_invisible), "{shell}: {word}");
            }
        }
    }
}
