//! Compares the files below `asset` in two zips.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use super::{Change, Comparison, Difference, Part};
use crate::assets::APPS;
use crate::{Archive, Rules};

pub(super) fn compare<A: Read + Seek, B: Read + Seek>(
    before: &Archive<A>,
    after: &Archive<B>,
    rules: &Rules,
    comparison: &mut Comparison,
) {
    let (before, after) = (before.assets(), after.assets());
    if rules.is_imported {
        let mut counts = BTreeMap::<_, i64>::new();
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        for (files, one) in [(&before, -1), (&after, 1)] {
            for (path, content) in files {
                let content = Some(*content).filter(|_| !is_rewritten(path));
                let count = counts.entry((name(path), content)).or_default();
                *count = count.saturating_add(one);
            }
        }
        for ((name, _), count) in counts {
            let change = if count < 0 { Change::Removed } else { Change::Added };
            (0..count.unsigned_abs())
                .for_each(|_| comparison.add(Difference::new(change, Part::Asset).name(&name)));
        }
        return;
    }
    for (path, content) in &before {
        match after.get(path) {
            Some(other) if other == content => {}
            Some(_) => comparison.add(Difference::new(Change::Changed, Part::Asset).name(path)),
            None => comparison.add(Difference::new(Change::Removed, Part::Asset).name(path)),
        }
    }
    for path in after.keys().filter(|path| !before.contains_key(*path)) {
        comparison.add(Difference::new(Change::Added, Part::Asset).name(path));
    }
}

/// Returns whether an import may change the content of a file: pages of apps and page designs contain URLs with the ID of the base.
fn is_rewritten(path: &str) -> bool {
    let folders = [APPS, "asset/page-design/"];
    path.rsplit_once('.').is_some_and(|(_, extension)| extension == "json")
        && folders.iter().any(|folder| path.starts_with(folder))
}
