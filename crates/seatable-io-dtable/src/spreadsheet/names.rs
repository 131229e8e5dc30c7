//! The names of columns and sheets, as servers change them.

use std::borrow::Cow;
use std::io;

use super::Spreadsheet;
use super::cells::plain;

/// The names of a sheet and of its columns.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// The place among the sheets of the file.
    pub(super) sheet: usize,
    /// The name of the table that the sheet becomes.
    pub(super) table: Option<String>,
    /// The name of each column that has a name or values.
    pub(super) columns: Vec<Option<String>>,
}

impl Head {
    pub(super) fn read(sent: &mut impl Spreadsheet, sheet: usize, name: Option<String>) -> io::Result<Self> {
        let (mut names, mut filled, mut is_first) = (Vec::new(), Vec::new(), true);
        sent.rows(sheet, &mut |row| {
            let texts = row.iter().map(plain);
            if is_first {
                names = texts.map(Cow::into_owned).collect();
            } else {
                filled.resize(filled.len().max(row.len()), false);
                filled.iter_mut().zip(row).for_each(|(filled, value)| *filled |= !plain(value).is_empty());
            }
            is_first = false;
        })?;
        names.resize(names.len().max(filled.len()), String::new());
        filled.resize(names.len(), false);
        let is_kept = names.iter().zip(&filled).map(|(name, filled)| !name.is_empty() || *filled);
        let is_kept: Vec<_> = is_kept.collect();
        let columns = columns(names).into_iter().zip(is_kept);
        let columns = columns.map(|(name, is_kept)| is_kept.then_some(name)).collect();
        Ok(Self { sheet, table: name.map(|name| name.replace(['`', '/', '\\'], "_")), columns })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.columns.iter().all(Option::is_none)
    }
}

/// Returns the names that a server gives to the columns.
fn columns(names: Vec<String>) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for (name, number) in names.into_iter().zip(1_usize..) {
        let name = if name.is_empty() { format!("Field{number}") } else { name };
        let name = name.replace('\u{feff}', "").trim().replace(['`', '{', '}', '.'], "_");
        let numbered = (1_usize..).map(|number| format!("{name} ({number})"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name));
        taken.push(free.unwrap_or(name));
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    fn named(names: &[&str]) -> Vec<String> {
        columns(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn names_are_changed_as_servers_do() {
        assert_eq!(named(&["a.b", "{c}", "`d`", "\u{feff}e"]), ["a_b", "_c_", "_d_", "e"]);
        assert_eq!(
            named(&["a", "b", "a", "a", "a_b", "a.b"]),
            ["a", "b", "a (1)", "a (2)", "a_b", "a_b (1)"]
        );
        assert_eq!(named(&["", "Field1", "", "x"]), ["Field1", "Field1 (1)", "Field3", "x"]);
    }

    struct Sheet(Vec<Vec<Value<'static>>>);

    impl Spreadsheet for Sheet {
        fn sheets(&self) -> Vec<Option<String>> {
            vec![None]
        }

        fn rows(&mut self, _: usize, row: &mut dyn FnMut(&[Value<'_>])) -> io::Result<()> {
            self.0.iter().for_each(|cells| row(cells));
            Ok(())
        }
    }

    #[test]
    fn a_column_without_name_and_values_does_not_count() {
        let text = |text: &'static str| Value::Text(text.into());
        let first = vec![text("a"), text(""), text(""), text("d")];
        let second = vec![text("1"), text(" "), text("3"), text(""), text("5")];
        let head = Head::read(&mut Sheet(vec![first, second]), 0, Some("x/y".to_owned())).unwrap();
        let columns: Vec<_> = head.columns.iter().map(|name| name.as_deref().unwrap_or("-")).collect();
        assert_eq!((columns, head.table.as_deref()), (vec!["a", "-", "Field3", "d", "Field5"], Some("x_y")));
        assert!(Head::read(&mut Sheet(vec![vec![text("")]]), 0, None).unwrap().is_empty());
    }
}
