use std::fmt;

use http::Request;
use http::header::AUTHORIZATION;
use http::response::Parts;

use crate::body::{PASSWORD, pairs};
use crate::find::Pattern;
use crate::percent::decode;
use crate::view::View;

/// Replaces a secret.
const HIDDEN: &str = "***";

/// The shortest secret to search for in base64, in bytes. Shorter ones are found in unrelated words.
const BASE64: usize = 4;

/// How often an encoded text may be encoded again.
const DECODINGS: usize = 3;

/// Texts that must not be shown, although responses may repeat them, such as the password of a proxy, which a transport knows
/// and a request does not. `Debug` hides them.
///
/// A transport adds them to the [extensions](http::Extensions) of a response's head, and the reader of the response adds those
/// [of the request](Self::add_from); the message of a [`Refusal`](crate::Refusal) is then without them. They are replaced by `***`
///
/// - as they are;
/// - with invisible characters between theirs: control and format characters, variation selectors, fillers;
/// - percent-encoded, or escaped as in JSON, or both, up to three times, all characters or some, with `+` for a space;
/// - in base64 of either alphabet, also as a part of something longer, if they have at least 4 bytes.
///
/// ```
/// use seatable_io_proto::Secrets;
///
/// let secrets = Secrets::new(["open sesame"]);
/// assert_eq!(secrets.hide("not open%20sesame"), "not ***");
/// assert_eq!(secrets.hide("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), "Basic QWxhZGRpbj***");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// Creates secrets from texts that are not encoded.
    pub fn new(secrets: impl IntoIterator<Item = impl Into<String>>) -> Secrets {
        Secrets(secrets.into_iter().map(Into::into).collect())
    }

    /// Adds the token and the password of a request to the secrets of its response.
    pub fn add_from<B>(request: &Request<B>, response: &mut Parts) {
        // A success has no message.
        if response.status.is_success() {
            return;
        }
        let token =
            request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.split(' ').nth(1));
        let passwords = pairs(request).filter_map(|pair| pair.strip_prefix(PASSWORD));
        let passwords = passwords.map(|encoded| decode(encoded).unwrap_or_else(|| encoded.to_owned()));
        let secrets: &mut Secrets = response.extensions.get_or_insert_default();
        secrets.0.extend(token.map(str::to_owned).into_iter().chain(passwords));
    }

    /// Returns whether it contains no secret.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the text without the secrets.
    pub fn hide(&self, text: &str) -> String {
        self.hide_in(text, false)
    }

    /// Also replaces the beginning of a secret at the end of a text that was cut.
    pub(crate) fn hide_in(&self, text: &str, is_cut: bool) -> String {
        let (mut places, mut view) = (Vec::new(), Some(View::of(text)));
        for _ in 0..=DECODINGS {
            let Some(seen) = view else { break };
            self.0.iter().for_each(|secret| find(&seen, secret, is_cut, &mut places));
            view = seen.decoded();
        }
        replace(text, places)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

type Places = Vec<(usize, usize)>;

/// Adds the places of one secret in a text.
fn find(view: &View, secret: &str, is_cut: bool, places: &mut Places) {
    // Servers trim their input, and a clean message is trimmed.
    let secret = View::of(secret.trim());
    let secret = secret.bytes();
    if secret.is_empty() {
        return;
    }
    let plain = Pattern::new(secret.iter().copied().map(space).collect());
    plain.find(view.bytes().iter().copied().map(space), |start, end, is_whole| {
        places.extend(view.place(start, end).filter(|_| is_whole || is_cut));
    });
    if secret.len() < BASE64 {
        return;
    }
    let digits: Vec<_> = view.bytes().iter().copied().map(digit).collect();
    for skipped in 0..3 {
        let (pattern, begins_within, ends_within) = in_base64(secret, skipped);
        pattern.find(digits.iter().copied(), |start, end, is_whole| {
            let is_found = is_whole || is_cut && end.saturating_sub(start) >= BASE64;
            let is_digit =
                |at: Option<usize>| at.and_then(|at| digits.get(at)).is_some_and(|digit| *digit < 64);
            let start =
                if begins_within && is_digit(start.checked_sub(1)) { start.saturating_sub(1) } else { start };
            let end = if ends_within && is_digit(Some(end)) { end.saturating_add(1) } else { end };
            let padding = digits.iter().skip(end).take_while(|digit| **digit == PADDING).count();
            places.extend(view.place(start, end.saturating_add(padding)).filter(|_| is_found));
        });
    }
}

/// A form can have `+` for a space.
fn space(byte: u8) -> u8 {
    if byte == b'+' { b' ' } else { byte }
}

const PADDING: u8 = 64;

/// Returns the value of a digit of base64, in both alphabets (RFC 4648).
fn digit(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => byte.saturating_sub(b'A'),
        b'a'..=b'z' => byte.saturating_sub(b'a').saturating_add(26),
        b'0'..=b'9' => byte.saturating_sub(b'0').saturating_add(52),
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        b'=' => PADDING,
        _ => u8::MAX,
    }
}

/// Returns the digits whose bits are all those of a secret after `skipped` bytes, modulo 3; whether the digit before them has
/// some of its bits, and whether the digit after them has.
fn in_base64(secret: &[u8], skipped: usize) -> (Pattern, bool, bool) {
    let bytes = std::iter::repeat_n(&0, skipped).chain(secret);
    let bits: Vec<u8> = bytes.flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let (digits, rest) = bits.as_chunks::<6>();
    let digits = digits.iter().map(|bits| bits.iter().fold(0, |digit, bit| digit << 1 | bit));
    (
        Pattern::new(digits.skip(skipped.saturating_mul(8).div_ceil(6)).collect()),
        skipped > 0,
        !rest.is_empty(),
    )
}

/// Replaces places. Places that overlap are replaced as one.
fn replace(text: &str, mut places: Places) -> String {
    places.sort_unstable();
    let (mut shown, mut shown_to) = (String::with_capacity(text.len()), 0);
    for (start, end) in places {
        if start >= shown_to {
            shown.push_str(text.get(shown_to..start).unwrap_or_default());
            shown.push_str(HIDDEN);
        }
        shown_to = end.max(shown_to);
    }
    shown.push_str(text.get(shown_to..).unwrap_or_default());
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0303f89b-Q";

    fn hidden(secret: &str, text: &str) -> String {
        Secrets::new([secret]).hide(text)
    }

    #[test]
    fn a_secret_is_hidden_wherever_it_is() {
        assert_eq!(hidden("geheim", "geheim, geheimgeheim"), "***, ******");
        assert_eq!(hidden("geheim", "gehei Geheim g-e-h-e-i-m ge heim"), "gehei Geheim g-e-h-e-i-m ge heim");
        assert_eq!(hidden("aab", "aaab aab"), "a*** ***");
        assert_eq!(hidden("ababac", "abababac abab"), "ab*** abab");
        assert_eq!([hidden("", "a"), hidden(" ", "a b"), hidden("x", "axb")], ["a", "a b", "a***b"]);
    }

    #[test]
    fn secrets_that_overlap_are_hidden_as_one() {
        let both = |one: &str, other: &str, text: &str| Secrets::new([one, other]).hide(text);
        for (one, other) in
            [("geheim", "geheimnis"), ("geheimnis", "geheim"), ("geheim", "heimnis"), ("geheimnis", "heim")]
        {
            assert_eq!(both(one, other, "not geheimnis"), "not ***");
            assert_eq!(both(other, one, "not geheimnis"), "not ***");
        }
        assert_eq!(both("one", "other", "other, one"), "***, ***");
    }

    #[test]
    fn any_characters_may_be_percent_encoded_in_either_case_and_several_times() {
        for text in ["p%2Bw%20%c3%A4", "p%2bw+%C3%a4", "%70%2Bw ä", "p%252Bw%2520%25C3%25a4", "p+w+ä"] {
            assert_eq!(hidden("p+w ä", &format!("?a={text}&b=%20")), "?a=***&b=%20", "{text}");
        }
        assert_eq!(hidden("a%41b", "a%41b, a%2541b, aAb"), "***, ***, aAb");
        assert_eq!(hidden("ab", "%6%61%62%zz%"), "%6***%zz%");
    }

    #[test]
    fn any_characters_may_be_escaped_as_in_json() {
        assert_eq!(hidden("a\"/\\🦀b", r#"{"x": "a\"\/\\\uD83E\udd80\u0062"}"#), r#"{"x": "***"}"#);
        assert_eq!(hidden("ab", r"\u00 \ud83e\u0061b \x \"), r"\u00 \ud83e*** \x \");
    }

    #[test]
    fn characters_that_are_not_seen_may_be_anywhere_in_a_secret() {
        let invisible =
            "\u{200b}\u{ad}\u{2060}\u{feff}\u{fe0f}\u{34f}\u{7}\u{85}\n\u{202e}\u{e0101}\u{e0041}\u{3164}";
        for character in invisible.chars() {
            let mut text = String::from("no ");
            TOKEN.chars().for_each(|own| text.extend([own, character, character]));
            assert!(hidden(TOKEN, &text).starts_with("no ***"), "{character:?}");
            assert!(!hidden(TOKEN, &text).contains(['3', 'Q']), "{character:?}");
        }
        assert_eq!(hidden("ge\u{200d}heim\t", "geheim, g%E2%80%8Beheim, ge\\u200bheim"), "***, ***, ***");
        assert_eq!(hidden(TOKEN, "0303f89b\u{301}-Q"), "0303f89b\u{301}-Q");
    }

    /// Encodes as in RFC 4648, without padding.
    fn base64(text: &str, alphabet: [u8; 2]) -> String {
        let digits =
            [b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".as_slice(), &alphabet]
                .concat();
        let bits: Vec<u8> =
            text.bytes().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
        let value = |bits: &[u8]| bits.iter().fold(0, |value, bit| value << 1 | bit) << (6 - bits.len());
        bits.chunks(6).map(|bits| char::from(digits[usize::from(value(bits))])).collect()
    }

    #[test]
    fn base64_is_hidden_at_each_of_its_three_places_in_either_alphabet_with_and_without_padding() {
        assert_eq!(base64("Aladdin:open sesame", *b"+/"), "QWxhZGRpbjpvcGVuIHNlc2FtZQ");
        for secret in [TOKEN, "?>?>~~~", "abcd", "ä\u{fe0}\u{ff}ÿ?"] {
            for (before, after) in ["", "u", "us", "use", "user"].iter().zip(["", "x", "yz", "", "~"]) {
                let text = format!("{before}{secret}{after}");
                for encoded in [base64(&text, *b"+/"), base64(&text, *b"-_")] {
                    let padded = format!("{encoded}{}", "=".repeat(encoded.len().wrapping_neg() % 4));
                    for encoded in [padded.replace('/', "\\/"), padded.replace('=', "%3D"), padded, encoded] {
                        let shown = hidden(secret, &format!("Basic {encoded}, a"));
                        assert!(
                            shown.starts_with("Basic ") && shown.ends_with(", a") && shown.contains("***"),
                            "{shown}"
                        );
                        let most = before.len().div_ceil(3) * 4 + after.len().div_ceil(3) * 4;
                        assert!(shown.len() <= "Basic ***, a".len() + most, "{shown} of {encoded}");
                        assert!(after.is_empty() || !before.is_empty() || shown.len() < encoded.len() + 9);
                    }
                }
            }
        }
    }

    #[test]
    fn short_secrets_and_text_that_only_looks_like_base64_are_left_alone() {
        assert_eq!(hidden("abc", &base64("abc", *b"+/")), "YWJj");
        assert_eq!(hidden("abcd", "YWJjZA ZWJjZA YWJjYA"), "*** ZWJjZA YWJjYA");
        let words = "The base could not be exported; ask the administrator of the server to look at its log.";
        assert_eq!(hidden("Base", words), words);
        assert_eq!(hidden(TOKEN, words), words);
    }

    #[test]
    fn a_text_that_was_cut_hides_the_beginning_of_a_secret_in_every_form() {
        let cut = |text: &str| Secrets::new([TOKEN]).hide_in(text, true);
        assert_eq!(
            [cut("no 0303f"), cut("no 0"), cut("no f"), cut("0303f, a")],
            ["no ***", "no ***", "no f", "0303f, a"]
        );
        assert_eq!([cut("no %30303f"), cut("no 0\u{200b}3")], ["no ***", "no ***"]);
        assert_eq!([cut("Basic MDMwM2"), cut("Basic MDM")], ["Basic ***", "Basic MDM"]);
    }

    #[test]
    fn hiding_takes_linear_time() {
        let secrets = Secrets::new(vec![format!("{}b", "a".repeat(1000)); 6]);
        let text = "a".repeat(100_000);
        assert_eq!(secrets.hide(&text), text);
    }
}
