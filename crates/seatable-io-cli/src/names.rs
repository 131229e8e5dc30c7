//! The file name that a base gets if none is given.

/// The longest stem in bytes: with `.dtable`, or what a temporary name adds, it stays below the 255 of file systems.
const STEM: usize = 200;

/// Names that Windows keeps for devices, whatever extension they have.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// The base's name with what a file system cannot take replaced by `_`, plus `.dtable`.
pub(crate) fn default_file_name(base: &str) -> String {
    let replace = |c: char| if c.is_control() || r#"/\:*?"<>|"#.contains(c) { '_' } else { c };
    let mut stem: String = base.chars().map(replace).collect();
    if stem.starts_with('.') {
        stem.replace_range(..1, "_");
    }
    let end = (0..=STEM.min(stem.len())).rev().find(|end| stem.is_char_boundary(*end));
    stem.truncate(end.unwrap_or_default());
    let kept = stem.trim_end_matches(['.', ' ']).len();
    let trailing = stem.len() - kept;
    stem.replace_range(kept.., &"_".repeat(trailing));
    if is_device(&stem) {
        stem.insert(0, '_');
    }
    stem + ".dtable"
}

fn is_device(stem: &str) -> bool {
    let first = stem.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = first.strip_prefix("com").or_else(|| first.strip_prefix("lpt"));
    DEVICES.contains(&first.as_str())
        || numbered.is_some_and(|rest| {
            matches!(rest.chars().next(), Some('0'..='9' | '¹' | '²' | '³')) && rest.chars().count() == 1
        })
}

#[cfg(test)]
mod tests {
    use super::default_file_name as name;

    #[test]
    fn ordinary_names_stay() {
        for base in ["projects", "Größe 2026", "项目", "a & b's (50%)", "v1.2", "😀", "#1"] {
            assert_eq!(name(base), format!("{base}.dtable"));
        }
    }

    #[test]
    fn what_a_file_system_cannot_take_is_replaced() {
        for (base, file) in [
            ("a/b\\c", "a_b_c.dtable"),
            ("a:*?\"<>|b", "a_______b.dtable"),
            ("a\0b\nc\u{7f}", "a_b_c_.dtable"),
            ("..", "__.dtable"),
            ("../../etc/passwd", "_._.._etc_passwd.dtable"),
            (".hidden", "_hidden.dtable"),
            ("end. .", "end___.dtable"),
            (" ", "_.dtable"),
        ] {
            assert_eq!(name(base), file);
        }
    }

    #[test]
    fn devices_of_windows_get_another_name() {
        for base in ["CON", "nul", "Com1", "LPT9.x", "aux .b", "com¹"] {
            assert_eq!(name(base), format!("_{base}.dtable"));
        }
        assert_eq!(name("COM10"), "COM10.dtable");
        assert_eq!(name("console"), "console.dtable");
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        for character in ["a", "ü", "项", "😀"] {
            let file = name(&character.repeat(255));
            assert!(file.len() <= 207 && file.len() > 200, "{}", file.len());
            assert!(file.starts_with(character) && file.ends_with(&format!("{character}.dtable")));
        }
    }
}
