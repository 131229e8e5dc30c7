//! Compares the rows of a sheet with those of a table.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::iter::Peekable;
use std::vec::IntoIter;

use super::names::Head;
use super::{Spreadsheet, Value, cells, rows_of, unread};
use crate::hash::Hash;
use crate::text::short;
use crate::{Base, Change, Column, CompareError, Comparison, Difference, Dtable, Part, Row, Table};

/// The size of the cells that are kept to list how rows changed.
const KEPT: usize = 8 << 20;

/// A column of the file that the table has, too.
struct Pair<'b> {
    /// The place in a row of the file.
    place: usize,
    column: &'b Column,
}

/// A cell: the hash of its value, and its text.
type Shown = (Hash, String);

/// A row of the table that the file lacks.
struct Odd {
    /// How many rows before it the file has.
    after: usize,
    id: String,
    label: String,
    /// Its cells, as long as there is room.
    cells: Option<Vec<Shown>>,
}

pub(super) fn compare<F: Read + Seek>(
    sent: &mut impl Spreadsheet,
    imported: &mut Dtable<F>,
    base: &Base,
    head: &Head,
    place: usize,
    comparison: &mut Comparison,
) -> Result<(), CompareError> {
    let Some(table) = base.tables.get(place) else { return Ok(()) };
    let pairs = columns(head, table, comparison);
    let mut rows = Rows { base, table, pairs, left: BTreeMap::new() };
    let mut found = rows.left.clone();
    data(sent, head, |_, row| {
        if let Some(hash) = rows.hash_sent(row) {
            let count = found.entry(hash).or_insert(0_usize);
            *count = count.saturating_add(1);
        }
    })?;
    rows.left = found.clone();
    let odd = rows.odd(imported, place, comparison)?;
    for (hash, count) in &mut found {
        *count = count.saturating_sub(rows.left.get(hash).copied().unwrap_or_default());
    }
    let mut odd = odd.into_iter().peekable();
    let mut after = 0_usize;
    data(sent, head, |number, row| match rows.hash_sent(row).map(|hash| found.get_mut(&hash)) {
        None => {}
        Some(Some(count @ 1..)) => {
            *count = count.saturating_sub(1);
            after = after.saturating_add(1);
        }
        Some(_) => rows.explain(number, row, after, &mut odd, comparison),
    })?;
    odd.for_each(|odd| rows.added(odd, comparison));
    Ok(())
}

/// Calls `each` with the number and the values of each row but the first, which has the names.
fn data(
    sent: &mut impl Spreadsheet,
    head: &Head,
    mut each: impl FnMut(usize, &[Value<'_>]),
) -> Result<(), CompareError> {
    let mut number = 0_usize;
    let read = sent.rows(head.sheet, &mut |row| {
        number = number.saturating_add(1);
        if number > 1 {
            each(number, row);
        }
    });
    read.map_err(unread)
}

/// Returns the columns of the file that the table has, too; the others are differences.
fn columns<'b>(head: &Head, table: &'b Table, comparison: &mut Comparison) -> Vec<Pair<'b>> {
    let mut pairs = Vec::new();
    for (place, name) in head.columns.iter().enumerate() {
        let Some(name) = name else { continue };
        if let Some(column) = table.columns.iter().find(|column| column.name == *name) {
            pairs.push(Pair { place, column });
        } else {
            let lost = Difference::new(Change::Removed, Part::Column).table(&table.name);
            comparison.add(lost.name(name));
        }
    }
    pairs
}

struct Rows<'b> {
    base: &'b Base,
    table: &'b Table,
    pairs: Vec<Pair<'b>>,
    /// How many rows of the file with each hash were not found in the table yet.
    left: BTreeMap<Hash, usize>,
}

impl Rows<'_> {
    fn hash_sent(&self, row: &[Value<'_>]) -> Option<Hash> {
        hash(
            self.pairs.iter().map(|pair| {
                row.get(pair.place).map(|value| cells::sent(value, pair.column)).unwrap_or_default()
            }),
        )
    }

    /// Returns the rows of the table that the file lacks.
    fn odd<F: Read + Seek>(
        &mut self,
        imported: &mut Dtable<F>,
        place: usize,
        comparison: &mut Comparison,
    ) -> Result<Vec<Odd>, CompareError> {
        let (mut odd, mut after, mut room) = (Vec::new(), 0_usize, KEPT);
        let mut extra = vec![false; self.table.columns.len()];
        rows_of(imported, place, |row| {
            for (is_filled, column) in extra.iter_mut().zip(&self.table.columns) {
                *is_filled |= !column.is_computed() && !row.cell(&column.key).is_empty();
            }
            let cell = |pair: &Pair<'_>| cells::imported(&row.cell(&pair.column.key), pair.column, self.base);
            let Some(hash) = hash(self.pairs.iter().map(cell)) else { return };
            if let Some(left @ 1..) = self.left.get_mut(&hash) {
                *left = left.saturating_sub(1);
                after = after.saturating_add(1);
            } else {
                let cells = (room > 0).then(|| self.cells(row));
                let size =
                    cells.iter().flatten().map(|(hash, text)| size_of_val(hash).saturating_add(text.len()));
                room = size.fold(room, usize::saturating_sub);
                let label = self.label(row);
                odd.push(Odd { after, id: row.id().into_owned(), label, cells });
            }
        })?;
        for (column, is_filled) in self.table.columns.iter().zip(extra) {
            if is_filled && !self.pairs.iter().any(|pair| pair.column.key == column.key) {
                let added = Difference::new(Change::Added, Part::Column).table(&self.table.name);
                comparison.add(added.name(&column.name));
            }
        }
        Ok(odd)
    }

    fn label(&self, row: &Row<'_>) -> String {
        let first = self.pairs.first().map(|pair| pair.column.text(&row.cell(&pair.column.key), self.base));
        short(&first.unwrap_or_default())
    }

    fn cells(&self, row: &Row<'_>) -> Vec<Shown> {
        let cell = |pair: &Pair<'_>| {
            let cell = row.cell(&pair.column.key);
            let value = cells::imported(&cell, pair.column, self.base);
            (Hash::of(value.as_bytes()), short(&pair.column.text(&cell, self.base)))
        };
        self.pairs.iter().map(cell).collect()
    }

    /// Adds a row of the file that the table lacks; or one that changed, if the table has another one in its place.
    fn explain(
        &self,
        number: usize,
        row: &[Value<'_>],
        after: usize,
        odd: &mut Peekable<IntoIter<Odd>>,
        comparison: &mut Comparison,
    ) {
        while let Some(odd) = odd.next_if(|odd| odd.after < after) {
            self.added(odd, comparison);
        }
        let text = |pair: &Pair<'_>| {
            row.get(pair.place).map(|value| short(&cells::plain(value))).unwrap_or_default()
        };
        let named = |change, part| Difference {
            row: Some(number.to_string()),
            label: Some(self.pairs.first().map(text).unwrap_or_default()),
            ..Difference::new(change, part).table(&self.table.name)
        };
        let Some(other) = odd.next_if(|odd| odd.after == after) else {
            return comparison.add(named(Change::Removed, Part::Row));
        };
        comparison.count(Part::Row, Change::Changed);
        let Some(others) = other.cells else {
            comparison.is_cut = true;
            return comparison.list(|| named(Change::Changed, Part::Row));
        };
        for (pair, (other_hash, other_text)) in self.pairs.iter().zip(others) {
            let value = row.get(pair.place).map(|value| cells::sent(value, pair.column)).unwrap_or_default();
            if Hash::of(value.as_bytes()) != other_hash {
                let (before, after) = (Some(text(pair)), Some(other_text));
                let cell = named(Change::Changed, Part::Cell).name(&pair.column.name);
                comparison.list(|| Difference { before, after, ..cell });
            }
        }
    }

    fn added(&self, odd: Odd, comparison: &mut Comparison) {
        let difference = Difference::new(Change::Added, Part::Row).table(&self.table.name);
        comparison.add(Difference { row: Some(odd.id), label: Some(odd.label), ..difference });
    }
}

/// Returns the hash of a row; `None` if it has no value.
fn hash<'t>(texts: impl Iterator<Item = Cow<'t, str>>) -> Option<Hash> {
    let (mut hash, mut is_empty) = (Hash::new(), true);
    for (text, place) in texts.zip(0_u64..) {
        if !text.is_empty() {
            hash.add(&place.to_le_bytes());
            hash.add_text(&text);
            is_empty = false;
        }
    }
    (!is_empty).then_some(hash)
}
