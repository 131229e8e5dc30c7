use std::fmt;

use serde::{Deserialize, Serialize};

use crate::names::is_safe;

/// The path of a copy in its backup folder: names with `/` between them, ending in `.dtable`, that every file system takes as
/// they are. It never leads out of the folder (unless the folder contains symbolic links).
///
/// ```
/// use seatable_io_backup::CopyPath;
///
/// assert!(CopyPath::new("204 personal/Sales/2026-11-23T020000Z.dtable").is_ok());
/// for text in ["../a.dtable", "/etc/a.dtable", r"a\..\b.dtable", "C:/a.dtable", "a//b.dtable", "backup.jsonl"] {
///     assert!(CopyPath::new(text).is_err());
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CopyPath(String);

/// The text is not the path of a copy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a copy within the backup folder")]
pub struct NotAPath;

impl CopyPath {
    /// Takes a relative path of safe names; anything else is [`NotAPath`].
    pub fn new(text: impl Into<String>) -> Result<CopyPath, NotAPath> {
        let text = text.into();
        let is_path = text.ends_with(".dtable") && text.split('/').all(is_safe);
        if is_path { Ok(CopyPath(text)) } else { Err(NotAPath) }
    }

    /// A path of names that are safe already.
    pub(crate) fn within(folder: &str, name: &str) -> CopyPath {
        CopyPath(if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") })
    }

    /// The path as text, with `/` between the names on every system.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names of the folders and of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// The names of the folders, from the outermost on.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.folder().split_terminator('/')
    }

    /// The name of the file.
    pub fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
    }

    /// The path of another copy in the same folder; [`NotAPath`] if its name is not safe.
    pub fn beside(&self, name: &str) -> Result<CopyPath, NotAPath> {
        let folder = self.0.len().saturating_sub(self.name().len());
        CopyPath::new([self.0.get(..folder).unwrap_or_default(), name].concat())
    }

    /// The names of the folders, with `/` between them.
    pub fn folder(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

impl fmt::Display for CopyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for CopyPath {
    type Error = NotAPath;

    fn try_from(text: String) -> Result<CopyPath, NotAPath> {
        CopyPath::new(text)
    }
}

impl From<CopyPath> for String {
    fn from(path: CopyPath) -> String {
        path.0
    }
}

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
        fn whatever_is_a_path_has_only_plain_components(text in "[./\\\\a: ]{0,12}[.]dtable") {
            if let Ok(path) = CopyPath::new(text) {
                let parts = Path::new(path.as_str()).components();
                prop_assert!(parts.into_iter().all(|part| matches!(part, Component::Normal(_))));
                prop_assert!(!path.as_str().contains(['\\', ':']));
            }
        }
    }
}
