//! Values that mean the same, however they are written.

use std::borrow::Cow;

use crate::hash::Hash;
use crate::object::{Object, items};
use crate::{Cell, Rules};

/// How deeply nested values are compared by their meaning; below, their text is compared.
const DEPTH: u8 = 32;

/// Adds a value to a hash: numbers by their value, objects without regard to the order of their keys and without empty values.
pub(super) fn add(hash: &mut Hash, cell: &Cell<'_>, rules: &Rules) {
    add_nested(hash, cell, rules, DEPTH);
}

fn add_nested(hash: &mut Hash, cell: &Cell<'_>, rules: &Rules, depth: u8) {
    match cell {
        Cell::Empty => hash.add(b"0"),
        Cell::Bool(value) => hash.add(if *value { b"t" } else { b"f" }),
        Cell::Number(digits) => {
            hash.add(b"n");
            hash.add_text(&number(digits));
        }
        Cell::Text(text) => {
            hash.add(b"s");
            hash.add_text(&rules.asset(text));
        }
        Cell::Json(json) => match (depth.checked_sub(1), Object::read(json)) {
            (Some(depth), _) if json.starts_with('[') => {
                hash.add(b"[");
                items(json)
                    .filter(|item| !rules.is_imported || !item.is_empty())
                    .for_each(|item| add_nested(hash, &item, rules, depth));
                hash.add(b"]");
            }
            (Some(depth), Some(object)) => {
                hash.add(b"{");
                for (key, value) in object.iter().filter(|(_, value)| !value.is_empty()) {
                    hash.add_text(key);
                    add_nested(hash, &value, rules, depth);
                }
                hash.add(b"}");
            }
            _ => {
                hash.add(b"j");
                hash.add_text(json);
            }
        },
    }
}

/// Returns the hash of the settings of a column, except for some.
pub(crate) fn settings(data: &Object<'_>, except: &[&str]) -> Hash {
    let mut hash = Hash::new();
    for (key, value) in data.iter().filter(|(key, value)| !except.contains(key) && !value.is_empty()) {
        hash.add_text(key);
        add(&mut hash, &value, &Rules::default());
    }
    hash
}

/// Returns a number as its digits and an exponent of ten, so that `1.50`, `1.5` and `15e-1` are the same text.
pub(crate) fn number(text: &str) -> Cow<'_, str> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    let places = |text: &str| i64::try_from(text.len()).ok();
    let zeros = digits.get(significant.len()..).unwrap_or_default();
    let exponent = exponent
        .parse::<i64>()
        .ok()
        .and_then(|it| it.checked_sub(places(fraction)?)?.checked_add(places(zeros)?));
    match exponent {
        _ if significant.is_empty() => "0".into(),
        Some(exponent) => format!("{sign}{significant}e{exponent}").into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_its_value() {
        for (same, texts) in [
            ("15e-1", ["1.5", "1.50", "15e-1", "0.15E+1"]),
            ("0", ["0", "-0", "0.00", "0e7"]),
            ("-12e2", ["-1200", "-1.2e3", "-12e2", "-1200.0"]),
            ("12345678901234567891e0", ["12345678901234567891"; 4]),
        ] {
            assert_eq!(texts.map(number), [same; 4]);
        }
        assert_eq!(number("1e99999999999999999999"), "1e99999999999999999999");
    }

    #[test]
    fn a_value_is_its_meaning() {
        let hash = |json: &str| {
            let mut hash = Hash::new();
            add(&mut hash, &Cell::of(json), &Rules::default());
            hash
        };
        assert_eq!(hash(r#"{"a": 1.0, "b": [], "c": "x"}"#), hash(r#"{"c":"\u0078","a":1}"#));
        for (one, other) in
            [("[1,2]", "[2,1]"), (r#"["a","b"]"#, r#"["ab"]"#), (r#""1""#, "1"), ("[[1],2]", "[1,[2]]")]
        {
            assert_ne!(hash(one), hash(other), "{one} {other}");
        }
    }
}
