//! Compares rows.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::{Read, Seek};
use std::ops::ControlFlow;

use super::index::{Found, INDEXED, Index};
use super::tables::Matched;
use super::{Change, CompareError, Comparison, Difference, Part, Rules, Side, value};
use crate::hash::{Hash, Sum};
use crate::text::{excerpt, short};
use crate::{Base, Cell, Column, Row, Table};

/// The size of the cells that are kept to list how rows changed.
const KEPT: usize = if cfg!(test) { 500 } else { 8 << 20 };

/// The most characters of a cell in a difference.
const CELL: usize = 100;

/// The cells of a row that are not empty, by the key of their column.
type Cells = BTreeMap<String, Compared>;

/// A table as far as its rows are compared.
struct View<'b> {
    base: &'b Base,
    table: &'b Table,
    /// Its place among the tables that both bases have.
    place: usize,
    /// The columns whose cells are compared, by their keys.
    columns: BTreeMap<&'b str, &'b Column>,
}

/// Returns the tables of one base: those that both have, in the order of their places.
fn views<'b>(base: &'b Base, matched: &[Matched<'b>], side: usize) -> Vec<Option<View<'b>>> {
    let mut views: Vec<_> = base.tables.iter().map(|_| None).collect();
    for (place, matched) in matched.iter().enumerate() {
        let columns = matched.columns.iter().filter_map(|columns| columns.get(side));
        let columns = columns.map(|column| (column.key.as_str(), *column)).collect();
        let at = matched.places.get(side).copied().unwrap_or_default();
        if let (Some(view), Some(table)) = (views.get_mut(at), base.tables.get(at)) {
            *view = Some(View { base, table, place, columns });
        }
    }
    views
}

impl View<'_> {
    fn id(&self, row: &Row<'_>) -> Hash {
        let mut hash = Hash::of(&self.place.to_le_bytes());
        hash.add(row.id().as_bytes());
        hash
    }

    fn content(&self, row: &Row<'_>, rules: &Rules) -> Hash {
        let mut hash = Hash::new();
        for (key, _, cell) in row.cells_of(&self.columns) {
            hash.add_text(key);
            value::add(&mut hash, &cell, rules);
        }
        hash
    }

    fn difference(&self, change: Change, part: Part, row: &Row<'_>) -> Difference {
        let text = |column: &Column| short(&column.text(&row.cell(&column.key), self.base));
        let label = self.table.columns.first().map(text);
        Difference { label, ..Difference::new(change, part).table(&self.table.name).row(&row.id()) }
    }

    fn cells(&self, row: &Row<'_>, rules: &Rules) -> Cells {
        let cell = |(key, column, cell): (&str, &&Column, Cell<'_>)| {
            let mut hash = Hash::new();
            value::add(&mut hash, &cell, rules);
            let json = if let Cell::Json(json) = cell { json.to_owned() } else { String::new() };
            (key.to_owned(), Compared { hash, text: column.text(&cell, self.base).into_owned(), json })
        };
        row.cells_of(&self.columns).map(cell).collect()
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
    fn empty() -> Self {
        Self { hash: Hash::new(), text: String::new(), json: String::new() }
    }

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

/// Returns the parts of two texts that begin shortly before they differ.
fn excerpts(text: &str, other: &str) -> [String; 2] {
    let same = text.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let from = if same > CELL / 2 { same.saturating_sub(CELL / 4) } else { 0 };
    [text, other].map(|text| excerpt(text, from, CELL))
}

impl<F: Read + Seek> Side<'_, F> {
    /// Calls `each` with the rows that `is_in` chooses.
    fn rows(
        &mut self,
        views: &[Option<View<'_>>],
        is_in: impl Fn(&View<'_>, &Row<'_>) -> bool,
        mut each: impl FnMut(&View<'_>, &Row<'_>),
    ) -> Result<(), CompareError> {
        let flow = self.archive.rows(|table, row| {
            let view = views.get(table).and_then(Option::as_ref);
            if let Some(view) = view.filter(|view| is_in(view, row)) {
                each(view, row);
            }
            ControlFlow::<Infallible>::Continue(())
        });
        flow.map(drop).map_err(self.error)
    }

    /// Returns the sum of the rows of each table that both bases have.
    fn sums(&mut self, views: &[Option<View<'_>>], rules: &Rules) -> Result<Vec<Sum>, CompareError> {
        let mut sums = vec![Sum::default(); views.len()];
        let add = |view: &View<'_>, row: &Row<'_>| {
            let mut hash = view.id(row);
            hash.add(&view.content(row, rules).value().to_le_bytes());
            if let Some(sum) = sums.get_mut(view.place) {
                sum.add(hash);
            }
        };
        self.rows(views, |_, _| true, add)?;
        Ok(sums)
    }
}

pub(super) fn compare<A: Read + Seek, B: Read + Seek>(
    before: &mut Side<'_, A>,
    after: &mut Side<'_, B>,
    matched: &[Matched<'_>],
    rules: &Rules,
    comparison: &mut Comparison,
) -> Result<(), CompareError> {
    let (views, others) = (views(before.base, matched, 0), views(after.base, matched, 1));
    let (sums, other_sums) = (before.sums(&views, rules)?, after.sums(&others, rules)?);
    let differs: Vec<_> = sums.iter().zip(&other_sums).map(|(sum, other)| sum != other).collect();
    if !differs.contains(&true) {
        return Ok(());
    }
    let rows = sums.iter().zip(&differs).filter(|(_, differs)| **differs).map(|(sum, _)| sum.count());
    let rounds = rows.sum::<u64>().div_ceil(INDEXED).max(1);
    for round in 0..rounds {
        let is_in = |view: &View<'_>, row: &Row<'_>| {
            differs.get(view.place) == Some(&true) && view.id(row).is_in_round(round, rounds)
        };
        let mut index = Index::default();
        before.rows(&views, is_in, |view, row| index.add(view.id(row), view.content(row, rules).short()))?;
        let index = index.sorted().map_err(before.error)?;
        let mut round = Round { index, kept: BTreeMap::new(), room: KEPT, rules, comparison };
        after.rows(&others, is_in, |view, row| round.find(view, row))?;
        if !round.kept.is_empty() || !round.index.is_complete() {
            before.rows(&views, is_in, |view, row| round.explain(view, row))?;
        }
    }
    Ok(())
}

/// The comparison of the rows that are in the index together.
struct Round<'r> {
    index: Index,
    /// The cells, in the second base, of rows that changed.
    kept: BTreeMap<Hash, Cells>,
    /// How many more bytes of such cells are kept.
    room: usize,
    rules: &'r Rules,
    comparison: &'r mut Comparison,
}

impl Round<'_> {
    /// Looks for a row of the second base in the first.
    fn find(&mut self, view: &View<'_>, row: &Row<'_>) {
        let id = view.id(row);
        let change = match self.index.find(id, view.content(row, self.rules).short()) {
            Found::Same => return,
            Found::Changed => {
                self.comparison.count(Part::Row, Change::Changed);
                return self.keep(id, view, row);
            }
            Found::Shared => Change::Changed,
            Found::Nothing => Change::Added,
        };
        self.comparison.count(Part::Row, change);
        self.comparison.list(|| view.difference(change, Part::Row, row));
    }

    fn keep(&mut self, id: Hash, view: &View<'_>, row: &Row<'_>) {
        if !self.comparison.is_full() && self.room > 0 {
            let cells = view.cells(row, self.rules);
            let size = cells.iter().map(|(key, cell)| key.len().saturating_add(cell.size()));
            self.room = size.fold(self.room, usize::saturating_sub);
            self.kept.insert(id, cells);
        } else {
            self.comparison.is_cut = true;
        }
    }

    /// Lists a row of the first base that the second lacks, or the cells that differ.
    fn explain(&mut self, view: &View<'_>, row: &Row<'_>) {
        let id = view.id(row);
        let Some(others) = self.kept.remove(&id) else {
            if self.index.take(id, view.content(row, self.rules).short()) {
                self.comparison.count(Part::Row, Change::Removed);
                self.comparison.list(|| view.difference(Change::Removed, Part::Row, row));
            }
            return;
        };
        let (cells, none) = (view.cells(row, self.rules), Compared::empty());
        for column in view.table.columns.iter().filter(|column| view.columns.contains_key(&*column.key)) {
            let [before, after] = [&cells, &others].map(|cells| cells.get(&column.key).unwrap_or(&none));
            if before.hash != after.hash {
                self.comparison.list(|| {
                    let [before, after] = before.texts(after).map(Some);
                    let cell = view.difference(Change::Changed, Part::Cell, row).name(&column.name);
                    Difference { before, after, ..cell }
                });
            }
        }
    }
}
