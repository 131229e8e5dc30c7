use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use crate::id::number_of;
use crate::settings::{Owner, PERSONAL};
use crate::{Base, Content, Sandbox, Share};

impl Sandbox {
    /// Adds the bases of a folder; each file is read only when its base is exported. The UUID of a base depends on the path
    /// of its file within the folder.
    ///
    /// * `DIR/<base>.dtable` and `DIR/personal/<base>.dtable` are in the personal workspace, 1.
    /// * `DIR/<group>/<base>.dtable` is in the workspace of a group with this name; these are 2, 3 and so on, by name.
    /// * `DIR/shared/<base>.dtable` is shared with the account, in the last workspace.
    ///
    /// In names, `%` with two hexadecimal digits represents a byte. Other files and folders are ignored.
    ///
    /// # Errors
    ///
    /// The folder or a file cannot be read; the message begins with its path.
    pub fn with_folder_of_bases(self, folder: &Path) -> io::Result<Self> {
        let mut sandbox = self.with_files(PERSONAL, folder, folder)?;
        let folders = sorted(folder)?.into_iter().filter(|path| path.is_dir());
        let (others, groups): (Vec<_>, Vec<_>) =
            folders.partition(|path| matches!(name(path).as_str(), "personal" | "shared"));
        let mut last = PERSONAL;
        for path in groups {
            last += 1;
            sandbox = sandbox.with_group(last, last, &name(&path)).with_files(last, folder, &path)?;
        }
        for path in others {
            sandbox = if name(&path) == "personal" {
                sandbox.with_files(PERSONAL, folder, &path)?
            } else {
                sandbox.with_owner(last + 1, Owner::Other).with_files(last + 1, folder, &path)?
            };
        }
        Ok(sandbox)
    }

    fn with_files(mut self, workspace: u64, root: &Path, dir: &Path) -> io::Result<Self> {
        let is_shared = self.settings.workspaces.get(&workspace) == Some(&Owner::Other);
        let share = is_shared.then_some(Share::Base);
        for path in sorted(dir)? {
            let is_base = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("dtable"));
            if is_base && path.is_file() {
                let content = Content::of_file(&path).map_err(|error| with_path(&path, &error))?;
                let number = number_of(path.strip_prefix(root).unwrap_or(&path));
                let (id, uuid) = (self.next_number(), self.base_uuid(number));
                let name = name(&path.with_extension(""));
                self.state.bases.add(Base { id, workspace, name, uuid, share, ..Base::default() });
                self.end_import(id, Some(content));
            }
        }
        Ok(self)
    }
}

/// Returns the entries of a folder, sorted by name.
fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).and_then(|all| all.map(|entry| Ok(entry?.path())).collect());
    let mut paths: Vec<_> = entries.map_err(|error| with_path(folder, &error))?;
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    percent_decode_str(&name).decode_utf8_lossy().into_owned()
}

fn with_path(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
