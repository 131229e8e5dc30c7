//! Compares tables, columns and options.

use super::{Change, Comparison, Difference, Part};
use crate::{Base, Column, Shape, Table};

/// A table of the first base that the second has, too.
#[derive(Debug)]
pub(super) struct Matched {
    /// Its places in the two bases.
    pub(super) places: (usize, usize),
    /// The places of the columns whose cells are compared.
    pub(super) columns: Vec<(usize, usize)>,
}

pub(super) fn compare(before: &Base, after: &Base, comparison: &mut Comparison) -> Vec<Matched> {
    let mut matched = Vec::new();
    for (place, table) in before.tables.iter().enumerate() {
        let Some(other) = after.tables.iter().position(|other| other.id == table.id) else {
            comparison.add(Difference::new(Change::Removed, Part::Table).table(&table.name));
            continue;
        };
        if let Some(after) = after.tables.get(other) {
            let named = Difference::new(Change::Changed, Part::Table).table(&table.name);
            comparison.add_if_changed(named, &table.name, &after.name);
            matched.push(Matched { places: (place, other), columns: columns(table, after, comparison) });
        }
    }
    for table in &after.tables {
        if !before.tables.iter().any(|other| other.id == table.id) {
            comparison.add(Difference::new(Change::Added, Part::Table).table(&table.name));
        }
    }
    matched
}

/// Returns the places of the columns whose cells are compared.
fn columns(before: &Table, after: &Table, comparison: &mut Comparison) -> Vec<(usize, usize)> {
    let mut compared = Vec::new();
    let difference = |change, column: &Column| {
        Difference::new(change, Part::Column).table(&before.name).name(&column.name)
    };
    for (place, column) in before.columns.iter().enumerate() {
        let found = after.columns.iter().enumerate().find(|(_, other)| other.key == column.key);
        let Some((other_place, other)) = found else {
            comparison.add(difference(Change::Removed, column));
            continue;
        };
        comparison.add_if_changed(difference(Change::Changed, column), &column.name, &other.name);
        comparison.add_if_changed(difference(Change::Changed, column), &column.ty, &other.ty);
        let formula = |column: &Column| column.formula.clone().unwrap_or_default();
        comparison.add_if_changed(difference(Change::Changed, column), &formula(column), &formula(other));
        options(&before.name, column, other, comparison);
        if !column.is_computed() && !other.is_computed() && column.shape() != Shape::Link {
            compared.push((place, other_place));
        }
    }
    for column in &after.columns {
        if !before.columns.iter().any(|other| other.key == column.key) {
            comparison.add(difference(Change::Added, column));
        }
    }
    compared
}

fn options(table: &str, before: &Column, after: &Column, comparison: &mut Comparison) {
    let difference = |change| Difference::new(change, Part::Option).table(table).name(&before.name);
    for option in &before.options {
        if let Some(other) = after.option(&option.id) {
            comparison.add_if_changed(difference(Change::Changed), &option.name, &other.name);
        } else {
            let before = Some(option.name.clone());
            comparison.add(Difference { before, ..difference(Change::Removed) });
        }
    }
    for option in after.options.iter().filter(|option| before.option(&option.id).is_none()) {
        comparison.add(Difference { after: Some(option.name.clone()), ..difference(Change::Added) });
    }
}

impl Comparison {
    fn add_if_changed(&mut self, difference: Difference, before: &str, after: &str) {
        if before != after {
            let (before, after) = (Some(before.to_owned()), Some(after.to_owned()));
            self.add(Difference { before, after, ..difference });
        }
    }
}
