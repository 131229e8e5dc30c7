use std::fmt;

use crate::names::is_safe;
use crate::serde_text::serde_as_text;

/// The path of a copy in the backup folder: names with `/` between them, the last of which ends in `.dtable`.
///
/// Every file system accepts the names unchanged, and the path stays in the folder (unless the folder contains symbolic links).
///
/// ```
/// use seatable_io_backup::CopyPath;
///
/// assert!(CopyPath::new("204 personal/Sales/2026-11-23T020000Z.dtable").is_ok());
/// for text in ["../a.dtable", "/etc/a.dtable", r"a\..\b.dtable", "C:/a.dtable", "a//b.dtable", "backup.jsonl"] {
///     assert!(CopyPath::new(text).is_err());
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CopyPath(String);

/// The text is not the path of a copy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a copy within the backup folder")]
pub struct NotAPath;

impl CopyPath {
    /// Checks a path.
    ///
    /// # Errors
    ///
    /// If the path is not relative, does not end in `.dtable`, or contains a name that some file system changes or rejects.
    pub fn new(text: impl Into<String>) -> Result<CopyPath, NotAPath> {
        let text = text.into();
        let is_path = text.ends_with(".dtable") && text.split('/').all(is_safe);
        if is_path { Ok(CopyPath(text)) } else { Err(NotAPath) }
    }

    /// Joins a folder and a name that are known to be safe.
    pub(crate) fn within(folder: &str, name: &str) -> CopyPath {
        CopyPath(if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") })
    }

    /// Returns the path as text, with `/` between the names on every system.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the names of the folders and of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// Returns the names of the folders, beginning with the outermost one.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.folder().split_terminator('/')
    }

    /// Returns the name of the file.
    pub fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
    }

    /// Returns the path of another copy in the same folder.
    ///
    /// # Errors
    ///
    /// If this is not the name of a copy.
    pub fn beside(&self, name: &str) -> Result<CopyPath, NotAPath> {
        CopyPath::new(CopyPath::within(self.folder(), name).0)
    }

    /// Returns the names of the folders, with `/` between them.
    pub fn folder(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

impl fmt::Display for CopyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

serde_as_text!(CopyPath, CopyPath::new);

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_stays_in_its_folder() {
        for text in [
            "",
            ".",
            "..",
            "/",
            ".dtable/",
            "a/../b.dtable",
            "a/./b.dtable",
            "a/.. /b.dtable",
            "a/... /b.dtable",
            "a/b.dtable.",
            "a.dtable\0",
            "\\\\host\\a.dtable",
            "a/CON/b.dtable",
            "nul.dtable",
            "a:b.dtable",
            "~/\n.dtable",
            "a/b.DTABLE",
        ] {
            assert_eq!(CopyPath::new(text), Err(NotAPath), "{text:?}");
        }
        assert_eq!(CopyPath::new(format!("{}.dtable", "a".repeat(249))), Err(NotAPath));
        assert!(CopyPath::new(format!("{}/b.dtable", "a".repeat(255))).is_ok());
    }

    #[test]
    fn a_path_has_names() {
        let path = CopyPath::new("204 personal/Sales/a.dtable").unwrap();
        assert_eq!(path.names().collect::<Vec<_>>(), ["204 personal", "Sales", "a.dtable"]);
        assert_eq!(path.to_string(), path.as_str());
    }

    proptest! {
        #[test]
        fn a_path_has_only_plain_components(text in "[./\\\\a: ]{0,12}[.]dtable") {
            if let Ok(path) = CopyPath::new(text) {
                let parts = Path::new(path.as_str()).components();
                prop_assert!(parts.into_iter().all(|part| matches!(part, Component::Normal(_))));
                prop_assert!(!path.as_str().contains(['\\', ':']));
            }
        }
    }
}
