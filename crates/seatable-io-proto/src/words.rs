//! Makes messages of servers safe to show.

use http::Request;
use http::header::AUTHORIZATION;

use crate::body::{PASSWORD, pairs};
use crate::percent::decode;

/// The maximum length of a message, in characters.
pub(crate) const MESSAGE: usize = 500;

/// Marks where a message was cut.
const CUT: char = '…';

/// Characters that change the direction of text, which could make a message look like another (Unicode UAX 9).
const DIRECTIONS: [char; 12] = [
    '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}',
    '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
];

/// Replaces a secret.
const HIDDEN: &str = "***";

/// A message that is safe to show; `None` for HTML or an empty one.
pub(crate) fn clean(words: &str) -> Option<String> {
    let shown = printable(words);
    if shown.is_empty() || shown.starts_with('<') {
        return None;
    }
    match shown.char_indices().nth(MESSAGE) {
        Some((end, _)) => Some(format!("{}{CUT}", shown.get(..end)?)),
        None => Some(shown),
    }
}

/// Removes what controls a terminal or the direction of text.
fn printable(words: &str) -> String {
    let shown = words.chars().filter(|c| !DIRECTIONS.contains(c));
    let shown: String = shown.map(|c| if c.is_control() { ' ' } else { c }).collect();
    shown.trim().to_owned()
}

/// Hides the secrets of a request in a clean message.
pub(crate) fn without_secrets<B>(words: &str, request: &Request<B>) -> String {
    secrets(request).iter().fold(words.to_owned(), |words, secret| hide(&words, secret))
}

/// The secrets, the longest first; a password also in the encoded form of the URI.
fn secrets<B>(request: &Request<B>) -> Vec<String> {
    let token = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.split(' ').nth(1));
    let encoded = || pairs(request).filter_map(|pair| pair.strip_prefix(PASSWORD));
    let mut secrets: Vec<_> = token.into_iter().chain(encoded()).map(str::to_owned).collect();
    secrets.extend(encoded().filter_map(decode));
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

/// Hides a secret, including the beginning of one at the end of a message that was cut.
fn hide(words: &str, secret: &str) -> String {
    let secret = printable(secret);
    if secret.is_empty() {
        return words.to_owned();
    }
    let words = words.replace(&secret, HIDDEN);
    let Some(whole) = words.strip_suffix(CUT) else { return words };
    let beginnings = secret.char_indices().rev().filter_map(|(end, _)| secret.get(..end));
    let mut kept = beginnings.filter(|begun| !begun.is_empty()).filter_map(|begun| whole.strip_suffix(begun));
    kept.next().map_or_else(|| words.clone(), |kept| format!("{kept}{HIDDEN}{CUT}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::head;
    use crate::{Refusal, ReplyError};

    fn refused(body: &str) -> ReplyError {
        Refusal::read(&head(400, &[]), body.as_bytes()).into()
    }

    fn hidden(words: &str) -> String {
        shown("geheim", "p%2Bw%20d", words)
    }

    /// What is shown of these words in the answer to a request with these secrets, the password percent-encoded.
    fn shown(token: &str, password: &str, words: &str) -> String {
        let uri = format!("http://a.example/x/?dtable_name=a&password={password}");
        let request = Request::get(uri).header("authorization", format!("Token {token}")).body(()).unwrap();
        let body = serde_json::json!({ "error_msg": words }).to_string();
        refused(&body).without_secrets(&request).message().unwrap().to_owned()
    }

    #[test]
    fn a_secret_that_the_server_repeats_is_hidden() {
        assert_eq!(hidden("task_id: Token geheim, p+w d."), "task_id: Token ***, ***.");
        assert_eq!(hidden("/x/?password=p%2Bw%20d&a=geheimgeheim"), "/x/?password=***&a=******");
        assert_eq!(hidden("p+w\n\u{202e}d of a"), "*** of a");
        assert_eq!(hidden("Table gehei already exists."), "Table gehei already exists.");
    }

    #[test]
    fn a_secret_that_begins_with_another_is_hidden_whole() {
        assert_eq!(shown("geheim", "geheimnis", "not geheimnis"), "not ***");
        assert_eq!(shown("geheimnis", "geheim", "not geheimnis"), "not ***");
    }

    #[test]
    fn a_password_is_hidden_as_a_clean_message_repeats_it() {
        assert_eq!(shown("t", "%20geheim%20", "no  geheim "), "no  ***");
        assert_eq!(shown("t", "ge%07heim", "no ge\u{7}heim"), "no ***");
    }

    #[test]
    fn a_secret_is_hidden_where_the_message_was_cut() {
        let cut = |end: &str| hidden(&format!("{}{end}", "a".repeat(496)));
        assert_eq!(cut("geheim"), format!("{}***…", "a".repeat(496)));
        assert_eq!(cut(" b geheim"), format!("{} b ***…", "a".repeat(496)));
        assert_eq!(cut(" b c d"), format!("{} b c…", "a".repeat(496)));
    }

    #[test]
    fn what_an_answer_means_does_not_depend_on_what_is_hidden_in_it() {
        let request = Request::get("/").header("authorization", "Token task_id").body(()).unwrap();
        let json = include_str!("../tests/replies/refused-unknown-task.json");
        let error = refused(json).without_secrets(&request);
        assert_eq!(error.message(), Some("*** invalid."));
        assert!(error.refusal().unwrap().is_unknown_task());
    }
}
