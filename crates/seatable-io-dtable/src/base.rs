//! The parts of a base, except for its rows and links.

use crate::Column;
use crate::content::Side;
use crate::ids::Ids;
use crate::object::Object;

/// A base, without the rows and links, of which it has only the numbers.
#[doc(alias = "content.json")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Base {
    /// The version of the format, such as 9.
    pub format_version: Option<u64>,
    /// The tables, in the order of the file.
    pub tables: Vec<Table>,
    /// The links between tables, in the order of the file.
    pub links: Vec<Link>,
    /// The people whom the base names.
    pub collaborators: Vec<Collaborator>,
    collaborator_ids: Ids,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Table {
    /// The ID, which the base keeps when it is exported and imported.
    pub id: String,
    /// The name.
    pub name: String,
    /// The columns, in the order of the file.
    pub columns: Vec<Column>,
    /// The number of rows.
    pub rows: u64,
}

/// A link between two tables, or of a table to itself: pairs of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link {
    /// The ID, which [`Column::link`] names.
    pub id: String,
    /// The IDs of the two tables. Some files lack one ([`Base::linked`]).
    pub tables: [Option<String>; 2],
    /// The number of pairs that the rows of the first and of the second table list.
    pub(crate) pairs: [Option<u64>; 2],
}

impl Table {
    /// Returns the column that shows a link.
    pub(crate) fn column_of(&self, link: &Link) -> Option<&Column> {
        self.columns.iter().find(|column| column.link.as_ref() == Some(&link.id))
    }
}

impl Link {
    /// Returns the number of pairs.
    ///
    /// A file lists them twice: by the rows of either table. The lists of the first table count, and those of the second only if
    /// the first has none.
    pub fn pairs(&self) -> u64 {
        self.pairs_on(self.side()).unwrap_or_default()
    }

    /// Returns the number of pairs that the rows of one table list; `None` if the file has no lists of it.
    pub(crate) fn pairs_on(&self, side: Side) -> Option<u64> {
        let [first, second] = self.pairs;
        if side == Side::First { first } else { second }
    }

    /// Returns the table whose lists count.
    pub(crate) fn side(&self) -> Side {
        if let [None | Some(0), Some(_)] = self.pairs { Side::Second } else { Side::First }
    }

    pub(crate) fn pairs_of(&mut self, side: Side) -> &mut Option<u64> {
        let [first, second] = &mut self.pairs;
        match side {
            Side::First => first,
            Side::Second => second,
        }
    }
}

/// A person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collaborator {
    /// The ID, which cells contain. It looks like an email address, but is not one.
    pub id: String,
    /// The name.
    pub name: String,
    /// The email address, if the file has it.
    pub contact_email: Option<String>,
}

impl Collaborator {
    pub(crate) fn read(object: &Object<'_>) -> Self {
        let contact_email = object.get("contact_email").into_text();
        Self { id: object.text("email"), name: object.text("name"), contact_email }
    }

    fn id(&self) -> &str {
        &self.id
    }
}

impl Base {
    /// Returns the base, whose collaborators can be found from now on.
    pub(crate) fn indexed(mut self) -> Self {
        self.collaborator_ids = Ids::new(&self.collaborators, Collaborator::id);
        self
    }

    /// Returns the indices of the two tables of a link, as far as the file shows them.
    ///
    /// If a link lacks the ID of a table, it is the one whose column names the link.
    pub fn linked(&self, link: &Link) -> [Option<usize>; 2] {
        let [first, second] = &link.tables;
        let place = |id: &String| self.tables.iter().position(|table| *id == table.id);
        let beside = |known: Option<usize>| {
            let tables = self.tables.iter().enumerate().filter(|(_, table)| table.column_of(link).is_some());
            let mut places = tables.map(|(place, _)| place).filter(|place| Some(*place) != known);
            places.next().or(known)
        };
        match (first, second) {
            (Some(first), Some(second)) => [place(first), place(second)],
            (Some(first), None) => [place(first), beside(place(first))],
            (None, Some(second)) => [beside(place(second)), place(second)],
            (None, None) => [None, None],
        }
    }

    /// Returns a collaborator by the ID that cells contain.
    pub fn collaborator(&self, id: &str) -> Option<&Collaborator> {
        self.collaborator_ids.find(&self.collaborators, Collaborator::id, id)
    }
}
