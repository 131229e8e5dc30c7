//! The values of cells, spelled alike on both sides.

use std::borrow::Cow;

use super::Value;
use crate::object::items;
use crate::{Base, Cell, Column};

/// The texts that servers read as true. All others in a column of checkboxes become false.
const TRUE: [&str; 10] = ["√", "checked", "y", "yes", "enabled", "on", "是", "完成", "True", "true"];

/// Their opposites, except for `x`, which people write for true.
const FALSE: [&str; 9] = ["unchecked", "n", "no", "disabled", "off", "否", "未完成", "False", "false"];

/// Between the options of a cell; servers split texts at commas, so no option contains this.
const BETWEEN: &str = "\0";

/// Returns a value of the file as text.
pub(super) fn plain<'v>(value: &'v Value<'_>) -> Cow<'v, str> {
    match value {
        Value::Text(text) => clean(text),
        Value::Number(number) => number.to_string().into(),
        Value::Bool(value) => (if *value { "True" } else { "False" }).into(),
    }
}

/// Returns a value of the file as the server should have it in this column.
pub(super) fn sent<'v>(value: &'v Value<'_>, column: &Column) -> Cow<'v, str> {
    let text = plain(value);
    match column.ty.as_str() {
        "checkbox" if TRUE.contains(&&*text) => "true".into(),
        "checkbox" if FALSE.contains(&&*text) => "".into(),
        "multiple-select" => {
            let comma = if text.contains('，') { '，' } else { ',' };
            let pieces = text.split(comma).map(|piece| piece.trim_matches(' ')).filter(|it| !it.is_empty());
            pieces.collect::<Vec<_>>().join(BETWEEN).into()
        }
        "date" => moment(text),
        _ => text,
    }
}

/// Returns the value of a base in the same spelling.
pub(super) fn imported<'a>(cell: &Cell<'a>, column: &Column, base: &Base) -> Cow<'a, str> {
    match (cell, column.ty.as_str()) {
        (Cell::Bool(true), "checkbox") => "true".into(),
        (Cell::Bool(false), "checkbox") => "".into(),
        (Cell::Bool(value), _) => (if *value { "True" } else { "False" }).into(),
        (Cell::Json(list), "multiple-select") => {
            let names = items(list).map(|option| column.text(&option, base));
            names.collect::<Vec<_>>().join(BETWEEN).into()
        }
        (Cell::Number(digits), _) => match digits.parse::<f64>() {
            Ok(number) => number.to_string().into(),
            Err(_) => (*digits).into(),
        },
        (_, "date") => moment(column.text(cell, base)),
        _ => match column.text(cell, base) {
            Cow::Borrowed(text) => clean(text),
            Cow::Owned(text) => clean(&text).into_owned().into(),
        },
    }
}

/// Returns a text with line feeds only, and without the spaces around it.
fn clean(text: &str) -> Cow<'_, str> {
    let is_space = |c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c);
    let text = text.trim_matches(is_space);
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() }
}

/// Returns a date without a time of day that is zero, or without seconds that are.
fn moment(text: Cow<'_, str>) -> Cow<'_, str> {
    let short = text.strip_suffix(" 00:00:00").or_else(|| text.strip_suffix(" 00:00"));
    let short = short.or_else(|| text.strip_suffix(":00").filter(|rest| rest.contains(':')));
    short.map(str::to_owned).map_or(text, Cow::from)
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn seconds_and_a_time_of_day_that_are_zero_do_not_count_and_minutes_do() {
        let short = |text: &'static str| moment(text.into());
        assert_eq!([short("2026-11-30 09:00:00"), short("2026-11-30 09:00")], ["2026-11-30 09:00"; 2]);
        assert_eq!([short("2026-11-30 00:00:00"), short("2026-11-30 00:00")], ["2026-11-30"; 2]);
        assert_eq!([short("2026-11-30 09:00:07"), short("09:00")], ["2026-11-30 09:00:07", "09:00"]);
    }
}
