//! Compares tables, columns, options, and the tables that are linked.

use std::collections::{BTreeMap, VecDeque};

use super::{Change, Comparison, Difference, Part, Rules};
use crate::{Base, Column, Link, SelectOption, Shape, Table};

/// A table that both bases have.
pub(super) struct Matched<'b> {
    /// Its places in the two bases.
    pub(super) places: [usize; 2],
    /// The columns whose cells are compared, as they are in the two bases.
    pub(super) columns: Vec<[&'b Column; 2]>,
}

pub(super) fn compare<'b>(
    before: &'b Base,
    after: &'b Base,
    rules: &Rules,
    comparison: &mut Comparison,
) -> Vec<Matched<'b>> {
    let mut both = Vec::new();
    for found in matched(&before.tables, &after.tables, |table| &table.id) {
        match found {
            Found::Both([(place, table), (other_place, other)]) => {
                let named = Difference::new(Change::Changed, Part::Table).table(&table.name);
                comparison.add_if_changed(named, &table.name, &other.name);
                let columns = columns(table, other, rules, comparison);
                both.push(Matched { places: [place, other_place], columns });
            }
            Found::One(change, table) => {
                comparison.add(Difference::new(change, Part::Table).table(&table.name));
            }
        }
    }
    links(before, after, comparison);
    both
}

/// A part that both bases have, with its places, or only one of them.
enum Found<'b, T> {
    Both([(usize, &'b T); 2]),
    One(Change, &'b T),
}

/// Finds the parts of two lists that have the same ID. Of several with one ID, the first belongs to the first.
fn matched<'b, T>(before: &'b [T], after: &'b [T], id: fn(&T) -> &str) -> Vec<Found<'b, T>> {
    let mut others = BTreeMap::<_, VecDeque<_>>::new();
    for other in after.iter().enumerate() {
        others.entry(id(other.1)).or_default().push_back(other);
    }
    let mut found = Vec::with_capacity(before.len());
    for (place, part) in before.iter().enumerate() {
        let other = others.get_mut(id(part)).and_then(VecDeque::pop_front);
        found.push(match other {
            Some(other) => Found::Both([(place, part), other]),
            None => Found::One(Change::Removed, part),
        });
    }
    let mut rest: Vec<_> = others.into_values().flatten().collect();
    rest.sort_unstable_by_key(|(place, _)| *place);
    found.extend(rest.into_iter().map(|(_, part)| Found::One(Change::Added, part)));
    found
}

/// Returns the columns whose cells are compared.
fn columns<'b>(
    before: &'b Table,
    after: &'b Table,
    rules: &Rules,
    comparison: &mut Comparison,
) -> Vec<[&'b Column; 2]> {
    let mut compared = Vec::new();
    for found in matched(&before.columns, &after.columns, |column| &column.key) {
        let difference = |change, column: &Column| {
            Difference::new(change, Part::Column).table(&before.name).name(&column.name)
        };
        let (column, other) = match found {
            Found::Both([(_, column), (_, other)]) => (column, other),
            Found::One(change, column) => {
                comparison.add(difference(change, column));
                continue;
            }
        };
        let changed = difference(Change::Changed, column);
        for (text, other) in texts(column).into_iter().zip(texts(other)) {
            comparison.add_if_changed(changed.clone(), text, other);
        }
        if !rules.is_imported && column.settings != other.settings {
            comparison.add(changed);
        }
        options(&before.name, column, other, comparison);
        if !column.is_computed() && !other.is_computed() && column.shape() != Shape::Link {
            compared.push([column, other]);
        }
    }
    compared
}

fn texts(column: &Column) -> [&str; 4] {
    let [formula, link] = [&column.formula, &column.link].map(|it| it.as_deref().unwrap_or_default());
    [&column.name, &column.ty, formula, link]
}

fn options(table: &str, before: &Column, after: &Column, comparison: &mut Comparison) {
    for found in matched(&before.options, &after.options, SelectOption::id) {
        let difference = |change| Difference::new(change, Part::Option).table(table).name(&before.name);
        match found {
            Found::Both([(_, option), (_, other)]) => {
                comparison.add_if_changed(difference(Change::Changed), &option.name, &other.name);
            }
            Found::One(change, option) => comparison.add(difference(change).value(&option.name)),
        }
    }
}

/// Compares which tables are linked. A link that only one base has is named by its pairs; here, if it has none.
fn links(before: &Base, after: &Base, comparison: &mut Comparison) {
    for found in matched(&before.links, &after.links, |link| &link.id) {
        match found {
            Found::Both([(_, link), (_, other)]) => {
                for (table, other) in link.tables.iter().zip(&other.tables) {
                    if let (Some(table), Some(other)) = (table, other) {
                        let changed = before.link_difference(Change::Changed, link, true);
                        comparison.add_if_changed(changed, table, other);
                    }
                }
            }
            Found::One(change, link) if link.pairs() == 0 => {
                let base = if change == Change::Removed { before } else { after };
                comparison.add(base.link_difference(change, link, true));
            }
            Found::One(..) => {}
        }
    }
}

impl Base {
    /// Names a link by its column in the first or in the second table.
    pub(super) fn link_difference(&self, change: Change, link: &Link, is_first: bool) -> Difference {
        let [first, second] = self.linked(link);
        let table = if is_first { first } else { second };
        let table = table.and_then(|place| self.tables.get(place));
        let column = table.and_then(|table| table.column_of(link));
        let difference = Difference::new(change, Part::Link);
        let difference = difference.name(column.map_or(&link.id, |column| &column.name));
        table.map_or(difference.clone(), |table| difference.table(&table.name))
    }
}

impl Comparison {
    fn add_if_changed(&mut self, difference: Difference, before: &str, after: &str) {
        if before != after {
            self.add(difference.values(Some(before), Some(after)));
        }
    }
}
