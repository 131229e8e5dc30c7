//! Makes servers' messages safe to show.

use crate::Secrets;

/// The maximum length of a message, in characters.
pub(crate) const MESSAGE: usize = 500;

/// Characters that change the direction of text, which could make a message look like another (Unicode UAX 9).
const DIRECTIONS: [char; 12] = [
    '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}',
    '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
];

/// The length of the part of a message that is read, in characters. A secret may be long, and its encoded form several times longer.
pub(crate) const READ: usize = 8192;

/// Returns a message that is safe to show; `None` for HTML or an empty one. The secrets are hidden before it is cut.
pub(crate) fn shown(text: &str, secrets: &Secrets) -> Option<String> {
    let read = beginning(text, READ);
    let shown = printable(&secrets.hide_in(read, read.len() < text.len()));
    let is_message = !shown.is_empty() && !shown.starts_with('<');
    is_message.then(|| cut(shown, MESSAGE))
}

/// Returns the first characters of a text, at most this many.
pub(crate) fn beginning(text: &str, len: usize) -> &str {
    text.char_indices().nth(len).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// Cuts a text after this many characters, and marks where.
pub(crate) fn cut(mut text: String, len: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(len) {
        text.replace_range(end.., "…");
    }
    text
}

/// Removes characters that control a terminal or the direction of text.
fn printable(text: &str) -> String {
    let shown = text.chars().filter(|c| !DIRECTIONS.contains(c));
    let shown: String = shown.map(|c| if c.is_control() { ' ' } else { c }).collect();
    shown.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use http::Request;

    use crate::testing::head;
    use crate::{Refusal, Secrets};

    /// Returns the visible part of these words, through a transport that knows a secret, in the response to a request with a
    /// token.
    fn shown(words: &str) -> String {
        let request = Request::get("http://a.example/x/?password=p%2Bw%20d");
        let request = request.header("authorization", "Token geheim").body(()).unwrap();
        let mut head = head(400, &[]);
        head.extensions.insert(Secrets::new(["proxy secret", "heim"]));
        Secrets::add_from(&request, &mut head);
        let body = serde_json::json!({ "error_msg": words }).to_string();
        let refusal = Refusal::read(&head, body.as_bytes());
        assert!(!format!("{refusal:?}").contains("heim"), "{refusal:?}");
        refusal.message().unwrap_or_default().to_owned()
    }

    #[test]
    fn the_token_the_password_and_the_secrets_of_the_transport_are_hidden() {
        assert_eq!(shown("task_id: Token geheim, p+w d."), "task_id: Token ***, ***.");
        assert_eq!(shown("Proxy Secret, proxy secret"), "Proxy Secret, ***");
        assert_eq!(shown("no geheim, no heim"), "no ***, no ***");
        assert_eq!(shown("Table gehei already exists."), "Table gehei already exists.");
    }

    #[test]
    fn a_message_is_cut_after_its_secrets_are_hidden() {
        let start = "a".repeat(497);
        assert_eq!(shown(&format!("{start}geheim")), format!("{start}***"));
        assert_eq!(shown(&format!("{start}%67eheimgeheim")), format!("{start}***…"));
        assert_eq!(shown(&format!("{start}b c d")), format!("{start}b c…"));
    }

    #[test]
    fn a_secret_is_hidden_where_the_read_part_of_a_long_message_ends() {
        let masked = "geheim".repeat(1365);
        assert_eq!(shown(&format!("{masked}gehei")), format!("{}…", "*".repeat(500)));
        let ending = |end: &str| shown(&format!("{}{end}", " ".repeat(8190)));
        assert_eq!([ending("ge"), ending("geheim"), ending("xy, geheim")], ["ge", "***", "xy"]);
    }

    #[test]
    fn the_meaning_of_a_response_does_not_depend_on_its_hidden_secrets() {
        let request = Request::get("/").header("authorization", "Token task_id").body(()).unwrap();
        let json = include_str!("../tests/replies/refused-unknown-task.json");
        let mut head = head(400, &[]);
        for known in ["a", "task", "task_id"] {
            head.extensions.insert(Secrets::new([known]));
            let refusal = Refusal::read(&head, json.as_bytes());
            assert!(!refusal.message().unwrap().contains(known));
            Secrets::add_from(&request, &mut head);
            let refusal = Refusal::read(&head, json.as_bytes());
            assert!(refusal.message().unwrap().starts_with("*** inv"));
            assert!(refusal.is_unknown_task());
        }
    }
}
