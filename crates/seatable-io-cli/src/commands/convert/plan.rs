//! The tables and links that are converted, and their names in the output.

use std::fmt;

use seatable_io_backup::encode_name;
use seatable_io_ureq::dtable::{Base, Field, Link, Table};

use super::sqlite;
use super::target::Format;
use crate::failure::{Failure, Kind};
use crate::ui::count;

pub(super) struct Plan<'b> {
    pub(super) base: &'b Base,
    /// The chosen ones, by their places in the base.
    tables: Vec<Option<Sheet<'b>>>,
    links: Vec<Option<Join>>,
    pub(super) left_out: Vec<LeftOut>,
}

/// A table that is converted.
pub(super) struct Sheet<'b> {
    pub(super) place: usize,
    pub(super) name: String,
    /// The name of its own file, if it has one.
    pub(super) file: Option<String>,
    pub(super) fields: Vec<Field<'b>>,
    pub(super) rows: u64,
}

/// A link that is converted.
pub(super) struct Join {
    pub(super) place: usize,
    pub(super) name: String,
    pub(super) file: Option<String>,
    /// The places of its tables in the base.
    pub(super) tables: [usize; 2],
    pub(super) pairs: u64,
}

/// A link that is not converted.
pub(super) struct LeftOut {
    pub(super) name: String,
    pairs: u64,
    why: &'static str,
}

impl<'b> Plan<'b> {
    /// `chosen` names tables; if it names none, all are converted.
    pub(super) fn new(base: &'b Base, chosen: &[String], format: Format) -> Result<Plan<'b>, Failure> {
        let names = match format {
            Format::Sqlite => {
                let reserved = sqlite::reserved(base);
                base.names(&reserved.iter().map(String::as_str).collect::<Vec<_>>(), sqlite::table_name)
            }
            Format::Csv | Format::Jsonl => base.names(&[], |name| name),
        };
        check_chosen(base, &names.tables, chosen)?;
        let file = |name: &String| (format == Format::Csv).then(|| encode_name(name, ".csv"));
        let with_ids = format == Format::Sqlite;
        let sheet = |(place, (table, name)): (usize, (&'b Table, String))| {
            let is_chosen = chosen.is_empty() || chosen.contains(&table.name) || chosen.contains(&name);
            let (file, fields) = (file(&name), table.fields(with_ids));
            is_chosen.then_some(Sheet { place, name, file, fields, rows: table.rows })
        };
        let tables = base.tables.iter().zip(names.tables).enumerate().map(sheet).collect();
        let mut plan = Plan { base, tables, links: Vec::new(), left_out: Vec::new() };
        for (place, (link, name)) in base.links.iter().zip(names.links).enumerate() {
            let pairs = link.pairs();
            let join = match plan.linked(link) {
                Ok(tables) => Some(Join { place, file: file(&name), name, tables, pairs }),
                Err(why) => {
                    plan.left_out.push(LeftOut { name, pairs, why });
                    None
                }
            };
            plan.links.push(join);
        }
        Ok(plan)
    }

    /// Returns the places of the tables of a link, or why it is left out.
    fn linked(&self, link: &Link) -> Result<[usize; 2], &'static str> {
        match self.base.linked(link) {
            [Some(one), Some(other)] if self.table(one).is_some() && self.table(other).is_some() => {
                Ok([one, other])
            }
            [Some(_), Some(_)] => Err("whose tables are not both chosen"),
            _ => Err("one of whose tables the file lacks"),
        }
    }

    pub(super) fn table(&self, place: usize) -> Option<&Sheet<'b>> {
        self.tables.get(place)?.as_ref()
    }

    pub(super) fn link(&self, place: usize) -> Option<&Join> {
        self.links.get(place)?.as_ref()
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = &Sheet<'b>> {
        self.tables.iter().flatten()
    }

    pub(super) fn links(&self) -> impl Iterator<Item = &Join> {
        self.links.iter().flatten()
    }
}

/// Checks that there is a table of each name.
fn check_chosen(base: &Base, names: &[String], chosen: &[String]) -> Result<(), Failure> {
    let exists =
        |name: &&String| base.tables.iter().any(|table| table.name == **name) || names.contains(name);
    let Some(unknown) = chosen.iter().find(|name| !exists(name)) else { return Ok(()) };
    let failure = Failure::new(Kind::NotFound, format!("there is no table {unknown}"));
    Err(failure.hint(match names {
        [] => "the base has no tables".to_owned(),
        names => format!("its tables: {}", names.join(", ")),
    }))
}

/// `the link A - B (3 pairs), whose tables are not both chosen,`.
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the link {} ({}), {},", self.name, count(self.pairs, "pair"), self.why)
    }
}
