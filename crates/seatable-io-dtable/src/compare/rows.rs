//! Compares rows.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::{Read, Seek};
use std::ops::ControlFlow;

use super::index::{Found, INDEXED, Index};
use super::tables::Matched;
use super::{Change, CompareError, Comparison, Difference, Part, Rules, value};
use crate::hash::{Hash, Sum};
use crate::{ArchiveError, Base, Cell, Column, Dtable, Row};

/// The size of the cells that are kept to list how rows changed.
const KEPT: usize = 8 << 20;

/// The longest text of a cell in a difference, in characters.
const SHOWN: usize = 100;

/// The rows of one of the two bases.
struct Side<'d, F> {
    dtable: &'d mut Dtable<F>,
    base: Base,
    /// For each table of the base: its place among the matched tables.
    matched: Vec<Option<usize>>,
    /// For each matched table: the columns whose cells are compared, in the order of the first base.
    columns: Vec<Vec<Column>>,
    error: fn(ArchiveError) -> CompareError,
}

impl<'d, F: Read + Seek> Side<'d, F> {
    fn new(
        dtable: &'d mut Dtable<F>,
        matched: &[Matched],
        side: fn((usize, usize)) -> usize,
        error: fn(ArchiveError) -> CompareError,
    ) -> Self {
        let base = dtable.base().clone();
        let place = |table| matched.iter().position(|matched| side(matched.places) == table);
        let column = |table: usize, place: usize| base.tables.get(table)?.columns.get(place).cloned();
        let columns = matched.iter().map(|matched| {
            let places = matched.columns.iter().map(|places| side(*places));
            places.filter_map(|place| column(side(matched.places), place)).collect()
        });
        Self {
            columns: columns.collect(),
            matched: (0..base.tables.len()).map(place).collect(),
            base,
            dtable,
            error,
        }
    }

    /// Calls `each` with the rows of matched tables that `is_in` chooses.
    fn rows(
        &mut self,
        is_in: impl Fn(&View<'_>, &Row<'_>) -> bool,
        mut each: impl FnMut(&View<'_>, &Row<'_>),
    ) -> Result<(), CompareError> {
        let (base, matched, columns) = (&self.base, &self.matched, &self.columns);
        let flow = self.dtable.rows(|table, row| {
            if let (Some(table), Some(place)) =
                (base.tables.get(table), matched.get(table).copied().flatten())
                && let Some(columns) = columns.get(place)
            {
                let view = View { base, table: &table.name, first: table.columns.first(), place, columns };
                if is_in(&view, row) {
                    each(&view, row);
                }
            }
            ControlFlow::<Infallible>::Continue(())
        });
        flow.map(drop).map_err(self.error)
    }
}

/// A table as far as its rows are compared.
struct View<'b> {
    base: &'b Base,
    table: &'b str,
    first: Option<&'b Column>,
    place: usize,
    columns: &'b [Column],
}

impl View<'_> {
    fn id(&self, row: &Row<'_>) -> Hash {
        let mut hash = Hash::of(&self.place.to_le_bytes());
        hash.add(row.id().as_bytes());
        hash
    }

    fn content(&self, row: &Row<'_>, rules: &Rules) -> Hash {
        let mut hash = Hash::new();
        for (column, place) in self.columns.iter().zip(0_u64..) {
            let cell = row.cell(&column.key);
            if !cell.is_empty() {
                hash.add(&place.to_le_bytes());
                value::add(&mut hash, &cell, rules);
            }
        }
        hash
    }

    fn difference(&self, change: Change, row: &Row<'_>) -> Difference {
        let label = self.first.map(|column| short(&column.text(&row.cell(&column.key), self.base)));
        let difference = Difference::new(change, Part::Row).table(self.table);
        Difference { row: Some(row.id().into_owned()), label, ..difference }
    }

    fn cells(&self, row: &Row<'_>, rules: &Rules) -> Vec<Compared> {
        let cell = |column: &Column| {
            let (cell, mut hash) = (row.cell(&column.key), Hash::new());
            value::add(&mut hash, &cell, rules);
            let json = if let Cell::Json(json) = cell { json.to_owned() } else { String::new() };
            Compared { hash, text: column.text(&cell, self.base).into_owned(), json }
        };
        self.columns.iter().map(cell).collect()
    }
}

/// A cell that is compared with another one.
struct Compared {
    hash: Hash,
    text: String,
    /// The cell as it is in the file, if it is a list or an object.
    json: String,
}

impl Compared {
    fn size(&self) -> usize {
        size_of::<Self>().saturating_add(self.text.len()).saturating_add(self.json.len())
    }

    fn json_or_text(&self) -> &str {
        if self.json.is_empty() { &self.text } else { &self.json }
    }

    /// Returns two texts that show how the cells differ.
    fn texts(&self, other: &Self) -> [String; 2] {
        if self.text == other.text {
            excerpts(self.json_or_text(), other.json_or_text())
        } else {
            excerpts(&self.text, &other.text)
        }
    }
}

fn short(text: &str) -> String {
    excerpt(text, 0)
}

/// Returns the parts of two texts that begin shortly before they differ.
fn excerpts(text: &str, other: &str) -> [String; 2] {
    let same = text.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let from = if same > SHOWN / 2 { same.saturating_sub(SHOWN / 4) } else { 0 };
    [text, other].map(|text| excerpt(text, from))
}

fn excerpt(text: &str, from: usize) -> String {
    let mut rest = text.chars().skip(from);
    let shown: String = rest.by_ref().take(SHOWN).collect();
    let ends = [from > 0, rest.next().is_some()].map(|is_cut| if is_cut { "…" } else { "" });
    format!("{}{shown}{}", ends[0], ends[1])
}

pub(super) fn compare<A: Read + Seek, B: Read + Seek>(
    before: &mut Dtable<A>,
    after: &mut Dtable<B>,
    matched: &[Matched],
    rules: &Rules,
    comparison: &mut Comparison,
) -> Result<(), CompareError> {
    let mut before = Side::new(before, matched, |(before, _)| before, CompareError::Before);
    let mut after = Side::new(after, matched, |(_, after)| after, CompareError::After);
    let (sums, others) = (before.sums(rules)?, after.sums(rules)?);
    let differs: Vec<_> = sums.iter().zip(&others).map(|(sum, other)| sum != other).collect();
    let rows = sums.iter().zip(&differs).filter(|(_, differs)| **differs).map(|(sum, _)| sum.count());
    let rounds = rows.sum::<u64>().div_ceil(INDEXED);
    for round in 0..rounds.max(differs.contains(&true).into()) {
        let is_in = |view: &View<'_>, row: &Row<'_>| {
            differs.get(view.place) == Some(&true) && view.id(row).is_in_round(round, rounds)
        };
        let mut entries = Vec::new();
        before.rows(is_in, |view, row| entries.push((view.id(row), view.content(row, rules).short())))?;
        let index = Index::new(entries);
        let mut round = Round { index, kept: BTreeMap::new(), room: KEPT, rules, comparison };
        after.rows(is_in, |view, row| round.find(view, row))?;
        if !round.kept.is_empty() || !round.index.is_complete() {
            before.rows(is_in, |view, row| round.explain(view, row))?;
        }
    }
    Ok(())
}

impl<F: Read + Seek> Side<'_, F> {
    /// Returns the sum of the rows of each matched table.
    fn sums(&mut self, rules: &Rules) -> Result<Vec<Sum>, CompareError> {
        let mut sums = vec![Sum::default(); self.columns.len()];
        self.rows(
            |_, _| true,
            |view, row| {
                let mut hash = view.id(row);
                hash.add(&view.content(row, rules).value().to_le_bytes());
                if let Some(sum) = sums.get_mut(view.place) {
                    sum.add(hash);
                }
            },
        )?;
        Ok(sums)
    }
}

/// The comparison of the rows that are in the index together.
struct Round<'r> {
    index: Index,
    /// The cells, in the second base, of rows that changed.
    kept: BTreeMap<Hash, Vec<Compared>>,
    /// How many more bytes of such cells are kept.
    room: usize,
    rules: &'r Rules,
    comparison: &'r mut Comparison,
}

impl Round<'_> {
    /// Looks for a row of the second base in the first.
    fn find(&mut self, view: &View<'_>, row: &Row<'_>) {
        let id = view.id(row);
        match self.index.find(id, view.content(row, self.rules).short()) {
            Found::Same => {}
            Found::Nothing => self.comparison.add(view.difference(Change::Added, row)),
            Found::Changed => {
                self.comparison.count(Part::Row, Change::Changed);
                if !self.comparison.is_full() && self.room > 0 {
                    let cells = view.cells(row, self.rules);
                    self.room = cells.iter().map(Compared::size).fold(self.room, usize::saturating_sub);
                    self.kept.insert(id, cells);
                } else {
                    self.comparison.is_cut = true;
                }
            }
        }
    }

    /// Lists a row of the first base that the second lacks, or the cells that differ.
    fn explain(&mut self, view: &View<'_>, row: &Row<'_>) {
        let id = view.id(row);
        let Some(others) = self.kept.remove(&id) else {
            if self.index.is_missing(id, view.content(row, self.rules).short()) {
                self.comparison.add(view.difference(Change::Removed, row));
            }
            return;
        };
        let cells = view.cells(row, self.rules).into_iter().zip(others);
        for (column, (cell, other)) in view.columns.iter().zip(cells) {
            if cell.hash != other.hash {
                let [before, after] = cell.texts(&other).map(Some);
                let cell = view.difference(Change::Changed, row).name(&column.name);
                self.comparison.list(Difference { part: Part::Cell, before, after, ..cell });
            }
        }
    }
}
