//! Names for files and folders, made from names that a server or a user chose.

use percent_encoding::percent_encode_byte;
use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;

/// The longest name of a file in bytes on common file systems.
const LONGEST: usize = 255;

/// Device names that Windows reserves with any extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// Encodes a name as the name of a file or folder, followed by `extension`, such as `.dtable`. Two names never become the same.
///
/// `%` and characters that a file system may reject (`/ \ : * ? " < > |`, control characters, a dot or space at the end, the
/// first character of a device name) are percent-encoded. If the result is longer than 255 bytes, the name is cut, and `%-`
/// and a hash of the whole name follow. An empty name becomes `%-`.
pub fn encode_name(name: &str, extension: &str) -> String {
    let last = name.char_indices().next_back().map(|(at, _)| at);
    let is_device = is_device(name);
    let parts: Vec<String> = name
        .char_indices()
        .map(|(at, c)| {
            let reserved = c == '%' || is_reserved(c) || (at == 0 && is_device);
            let trailing = Some(at) == last && (c == '.' || c == ' ');
            if reserved || trailing { percent(c) } else { c.to_string() }
        })
        .collect();
    let len: usize = parts.iter().map(String::len).sum();
    let room = LONGEST.saturating_sub(extension.len());
    let mark = match len {
        0 => "%-".to_owned(),
        len if len > room => format!("%-{}", hash(name)),
        _ => String::new(),
    };
    let room = room.saturating_sub(mark.len());
    let mut file = String::new();
    for part in &parts {
        if file.len().saturating_add(part.len()) > room {
            break;
        }
        file.push_str(part);
    }
    file + &mark + extension
}

/// Returns whether every file system accepts this name unchanged.
pub(crate) fn is_safe(name: &str) -> bool {
    (1..=LONGEST).contains(&name.len())
        && !name.contains(is_reserved)
        && !name.ends_with(['.', ' '])
        && !is_device(name)
}

fn is_reserved(c: char) -> bool {
    c.is_control() || r#"/\:*?"<>|"#.contains(c)
}

/// Returns the same text for all names that some file system considers the same: regardless of case, and of how accents are
/// written. (The text of some names is the same although every file system distinguishes them.)
pub(crate) fn folded(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let upper: String = name.nfd().flat_map(char::to_uppercase).collect();
    upper.chars().flat_map(char::to_lowercase).nfd().collect()
}

fn percent(c: char) -> String {
    c.encode_utf8(&mut [0; 4]).bytes().map(percent_encode_byte).collect()
}

/// Returns 128 bits of the SHA-256.
pub(crate) fn hash(name: &str) -> String {
    let bytes = Sha256::digest(name);
    let bits = bytes.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    format!("{bits:032x}")
}

fn is_device(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = first.strip_prefix("com").or_else(|| first.strip_prefix("lpt"));
    DEVICES.contains(&first.as_str())
        || numbered.is_some_and(|rest| {
            matches!(rest.chars().next(), Some('0'..='9' | '¹' | '²' | '³')) && rest.chars().count() == 1
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{encode_name, folded};

    fn name(base: &str) -> String {
        encode_name(base, ".dtable")
    }

    #[test]
    fn ordinary_names_stay() {
        for base in ["projects", "Größe 2026", "项目", "a & b's (50)", "v1.2", "😀", "#1", ".hidden", " a"]
        {
            assert_eq!(name(base), format!("{base}.dtable"));
        }
    }

    #[test]
    fn characters_that_a_file_system_may_reject_are_percent_encoded() {
        for (base, file) in [
            ("a/b\\c", "a%2Fb%5Cc.dtable"),
            ("a:*?\"<>|b", "a%3A%2A%3F%22%3C%3E%7Cb.dtable"),
            ("a\0b\nc\u{7f}\u{85}", "a%00b%0Ac%7F%C2%85.dtable"),
            ("50%", "50%25.dtable"),
            ("a%2Fb", "a%252Fb.dtable"),
            ("..", ".%2E.dtable"),
            ("../../etc/passwd", "..%2F..%2Fetc%2Fpasswd.dtable"),
            ("end. .", "end. %2E.dtable"),
            (" ", "%20.dtable"),
        ] {
            assert_eq!(name(base), file);
        }
    }

    #[test]
    fn a_folder_is_never_empty_and_never_a_dot() {
        assert_eq!(["", ".", ".."].map(|name| encode_name(name, "")), ["%-", "%2E", ".%2E"]);
    }

    #[test]
    fn windows_device_names_are_percent_encoded() {
        for (base, file) in [
            ("CON", "%43ON.dtable"),
            ("nul", "%6Eul.dtable"),
            ("LPT9.x", "%4CPT9.x.dtable"),
            ("aux .b", "%61ux .b.dtable"),
            ("com¹", "%63om¹.dtable"),
            ("COM10", "COM10.dtable"),
            ("console", "console.dtable"),
        ] {
            assert_eq!(name(base), file);
        }
    }

    #[test]
    fn a_name_is_cut_between_characters_if_it_is_too_long() {
        assert_eq!(name(&"a".repeat(248)).len(), 255);
        for (character, len) in [("a", 255), ("项", 254), ("😀", 253), ("/", 254)] {
            let file = name(&character.repeat(249));
            let (start, hash) = file.strip_suffix(".dtable").unwrap().rsplit_once("%-").unwrap();
            assert_eq!((file.len(), hash.len()), (len, 32), "{file}");
            assert!(start.replace("%2F", "/").chars().all(|c| character.contains(c)), "{file}");
        }
    }

    /// Names of the characters that matter, often nearly the same.
    fn names() -> impl Strategy<Value = (String, String)> {
        let text = || {
            let chars = prop::sample::select("aA%2F-. /:conCON\u{85}ü😀".chars().collect::<Vec<_>>());
            (prop::collection::vec(chars, 0..5), 0..260_usize)
        };
        (text(), text(), any::<bool>()).prop_map(|(one, other, alike)| {
            let fill = if alike { one.1 } else { other.1 };
            let make = |chars: Vec<char>, fill| "b".repeat(fill) + &chars.into_iter().collect::<String>();
            (make(one.0, one.1), make(other.0, fill))
        })
    }

    #[test]
    fn names_that_some_file_system_considers_the_same_are_folded_alike() {
        for (one, other) in
            [("Sales/A", "sales/a"), ("\u{e4}", "A\u{308}"), ("ſ", "s"), ("straße", "STRASSE"), ("ς", "Σ")]
        {
            assert_eq!(folded(one), folded(other));
        }
        assert_ne!(folded("a"), folded("ä"));
    }

    proptest! {
        #[test]
        fn two_names_never_become_one_file((one, other) in names()) {
            prop_assert_eq!(one == other, name(&one) == name(&other));
        }

        #[test]
        fn any_name_becomes_a_file_name_that_every_system_accepts(base in "\\PC{0,260}|.{0,20}") {
            let file = name(&base);
            prop_assert!(file.len() <= 255 && !file.chars().any(|c| c.is_control() || r#"/\:*?"<>|"#.contains(c)));
            prop_assert!(!super::is_device(&file) && !encode_name(&base, "").ends_with(['.', ' ']));
        }

        #[test]
        fn the_name_can_be_read_again(base in "\\PC{0,60}|.{0,20}") {
            prop_assume!(!base.is_empty());
            let file = encode_name(&base, "");
            let decoded = percent_decoded(&file);
            prop_assert!(decoded == base.as_bytes() || file.contains("%-"));
        }
    }

    fn percent_decoded(text: &str) -> Vec<u8> {
        let mut parts = text.split('%');
        let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
        for part in parts {
            bytes.extend(u8::from_str_radix(&part[..2], 16));
            bytes.extend(&part.as_bytes()[2..]);
        }
        bytes
    }
}
