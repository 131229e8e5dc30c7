use std::cmp::Reverse;

use seatable_io_proto::{FileName, Format, InputError};

use crate::catalogue::{CopyRef, Hash, Index};
use crate::{Catalogue, CopyPath, SavedCopy, Timestamp};

mod chosen;

pub use chosen::Missing;
use chosen::chosen;

/// Which copies to restore, and under which names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestoreOptions {
    /// The bases, each by its uuid, by the [label](SavedCopy::label) of its copies, or by a name that it had; all bases if this is
    /// `None`.
    pub bases: Option<Vec<String>>,
    /// Only copies from this workspace.
    pub from: Option<u64>,
    /// Only copies that began no later than this.
    pub until: Option<Timestamp>,
    /// What is appended to the names.
    pub suffix: String,
}

/// A base to restore.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restoration {
    /// The newest copy of the base: the one recorded last. The oldest one if none is old enough.
    pub copy: SavedCopy,
    /// The name to import it under. Only if all bases are restored can this be an error, so that one of them does not stop the
    /// others.
    pub name: Result<FileName, NotRestored>,
    /// The newest of the most complete earlier copies, if it has files that this copy lacks.
    pub richer: Option<SavedCopy>,
}

/// Why a base is not restored together with the others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotRestored {
    /// It cannot be imported under its name.
    #[error(transparent)]
    Name(InputError),
    /// A server's database may take its name for that of this other base, whose copy was recorded later.
    #[error("the server may not tell its name from that of {}", .0.label())]
    SameName(Box<SavedCopy>),
    /// There is no copy that is old enough; this is when the oldest one began.
    #[error("it has no copy so old; the oldest one is of {0}")]
    NotSoOld(Timestamp),
}

/// Why nothing is restored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// There are no copies of these bases.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    NoCopy(Vec<NoCopy>),
    /// Several bases have this name. They are known by the last copy of each.
    #[error("{base} is the name of {} bases: {}", .copies.len(), list(.copies))]
    Ambiguous {
        /// The name.
        base: String,
        /// The last copy of each base.
        copies: Vec<SavedCopy>,
    },
    /// A base cannot be imported under this name.
    #[error("{name}: {error}")]
    Name {
        /// The name with its suffix.
        name: String,
        /// What is wrong with it.
        #[source]
        error: InputError,
    },
    /// A server's database may take the names of these two bases for one.
    #[error("the server may not tell the names of {} and {} apart", .0.label(), .1.label())]
    SameName(Box<SavedCopy>, Box<SavedCopy>),
}

/// A base of which there is no copy, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoCopy {
    /// The base as it was given; `None` if it is any base.
    pub base: Option<String>,
    /// Why there is none.
    pub missing: Missing,
}

impl std::error::Error for NoCopy {}

fn list(copies: &[SavedCopy]) -> String {
    let one = |copy: &SavedCopy| format!("{} ({}, {})", copy.label(), copy.base.uuid, copy.started);
    copies.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What to import: the newest copy of each base, made when it is asked for. `size_of` is the size of a file, if it is there.
///
/// Bases are told apart by their uuids. They come in the order in which they were given; without that, those that cannot be
/// restored come first, and then by name. Copies are not checked here.
pub fn restore<'a, F: Fn(&CopyPath) -> Option<u64>>(
    catalogue: &'a Catalogue,
    options: &'a RestoreOptions,
    size_of: F,
) -> Result<impl Iterator<Item = Restoration> + use<'a, F>, RestoreError> {
    let choices = match &options.bases {
        None => all(catalogue, options)?,
        Some(bases) => without_obstacles(named(chosen(catalogue, bases, options)?, options), options)?,
    };
    Ok(choices.into_iter().filter_map(move |Choice { copy, obstacle }| {
        let copy = copy.to_copy()?;
        let name = match obstacle {
            None | Some(Obstacle::Name) => name_of(&copy.base.name, options).map_err(NotRestored::Name),
            Some(Obstacle::SameName(owner)) => Err(NotRestored::SameName(Box::new(owner.to_copy()?))),
            Some(Obstacle::NotSoOld) => Err(NotRestored::NotSoOld(copy.started)),
        };
        let richer = catalogue.richer_than(&copy, &size_of);
        Some(Restoration { copy, name, richer })
    }))
}

/// A [`Restoration`] in little memory.
struct Choice<'a> {
    copy: CopyRef<'a>,
    obstacle: Option<Obstacle<'a>>,
}

/// A [`NotRestored`] in little memory.
enum Obstacle<'a> {
    Name,
    SameName(CopyRef<'a>),
    NotSoOld,
}

fn without_obstacles<'a>(
    choices: Vec<Choice<'a>>,
    options: &RestoreOptions,
) -> Result<Vec<Choice<'a>>, RestoreError> {
    for Choice { copy, obstacle } in &choices {
        if let Some(Obstacle::SameName(owner)) = obstacle
            && let (Some(owner), Some(copy)) = (owner.to_copy(), copy.to_copy())
        {
            return Err(RestoreError::SameName(Box::new(owner), Box::new(copy)));
        }
        let name = copy.whose().name;
        name_of(name, options)
            .map_err(|error| RestoreError::Name { name: format!("{name}{}", options.suffix), error })?;
    }
    Ok(choices)
}

/// Every base that has a copy from the chosen workspace.
fn all<'a>(catalogue: &'a Catalogue, options: &RestoreOptions) -> Result<Vec<Choice<'a>>, RestoreError> {
    let (mut all, mut newest) = (Vec::new(), Vec::new());
    for copies in catalogue.records().bases() {
        let Some(copy) = newest_or_oldest(copies.filter(|copy| options.is_from(*copy)), options) else {
            continue;
        };
        if options.is_old_enough(copy) {
            newest.push(copy);
        } else {
            all.push(Choice { copy, obstacle: Some(Obstacle::NotSoOld) });
        }
    }
    if newest.is_empty() {
        let missing = Missing::of(catalogue.records().saved(), options);
        return Err(RestoreError::NoCopy(vec![NoCopy { base: None, missing }]));
    }
    newest.sort_unstable_by_key(|copy| Reverse(copy.place()));
    all.append(&mut named(newest, options));
    all.sort_by_key(|Choice { copy, obstacle }| {
        let whose = copy.whose();
        (obstacle.is_none(), whose.name, whose.folder)
    });
    Ok(all)
}

/// Of copies of which the last one comes first: the last one that is old enough. If none is, the oldest one.
fn newest_or_oldest<'a>(
    copies: impl Iterator<Item = CopyRef<'a>> + Clone,
    options: &RestoreOptions,
) -> Option<CopyRef<'a>> {
    let newest = copies.clone().find(|copy| options.is_old_enough(*copy));
    let older =
        |one: CopyRef<'a>, other: CopyRef<'a>| if other.started() <= one.started() { other } else { one };
    newest.or_else(|| copies.reduce(older))
}

/// These copies, the first of which keeps a name that several would have.
fn named<'a>(copies: Vec<CopyRef<'a>>, options: &RestoreOptions) -> Vec<Choice<'a>> {
    let key = |copy: CopyRef<'_>| name_of(copy.whose().name, options).map(|name| name.collation_key());
    let mut owners = Index::default();
    let mut choices: Vec<Choice<'_>> = Vec::with_capacity(copies.len());
    for (number, copy) in (0..).zip(copies) {
        let obstacle = match key(copy) {
            Err(_) => Some(Obstacle::Name),
            Ok(own) => {
                let hash = Hash::of(&own);
                let same = owners.candidates(hash).filter_map(|number| choices.get(number as usize));
                let owner = same.map(|choice| choice.copy).find(|copy| key(*copy).as_ref() == Ok(&own));
                owners.insert(hash, number);
                owner.map(Obstacle::SameName)
            }
        };
        choices.push(Choice { copy, obstacle });
    }
    choices
}

fn name_of(base: &str, options: &RestoreOptions) -> Result<FileName, InputError> {
    FileName::new(&format!("{base}{}", options.suffix), Format::Dtable)
}

impl RestoreOptions {
    fn is_from(&self, copy: CopyRef<'_>) -> bool {
        self.from.is_none_or(|id| copy.workspace_id() == id)
    }

    fn is_old_enough(&self, copy: CopyRef<'_>) -> bool {
        self.until.is_none_or(|until| copy.started() <= until)
    }
}

#[cfg(test)]
mod tests;
