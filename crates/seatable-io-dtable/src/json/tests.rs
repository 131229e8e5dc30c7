use std::convert::Infallible;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::de::IgnoredAny;

use super::*;

/// Returns this many bytes at once, at most.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = buffer.len().min(self.1);
        self.0.read(&mut buffer[..len])
    }
}

fn json(bytes: &[u8], at_once: usize) -> Json<Slow<'_>> {
    Json::new(Slow(bytes, at_once), ArchiveError::Read)
}

/// The value of a text, if the reader takes it for JSON: read whole, skipped, and item by item.
fn read(bytes: &[u8], at_once: usize) -> [Option<String>; 3] {
    let mut whole = json(bytes, at_once);
    let value = whole.value(LONGEST).map(str::to_owned);
    let whole = value.and_then(|value| whole.end().map(|()| value)).ok();
    let mut skipped = json(bytes, at_once);
    let is_skipped = skipped.skip().and_then(|()| skipped.end()).is_ok();
    let (mut by_item, mut written) = (json(bytes, at_once), String::new());
    let is_read = copy(&mut by_item, &mut written).is_ok() && by_item.end().is_ok();
    let text = whole.clone().filter(|_| is_skipped);
    [whole, text, is_read.then_some(written)]
}

/// Copies a value item by item, without white space.
fn copy(json: &mut Json<Slow<'_>>, out: &mut String) -> Result<(), Halt<Infallible>> {
    let mut comma = "";
    match json.peek()? {
        Some(b'[') => {
            out.push('[');
            json.list("a list", |json| {
                out.push_str(std::mem::replace(&mut comma, ","));
                copy(json, out)
            })?;
            out.push(']');
        }
        Some(b'{') => {
            out.push('{');
            json.object("an object", |json, key| {
                out.push_str(std::mem::replace(&mut comma, ","));
                out.push_str(&serde_json::Value::from(key).to_string());
                out.push(':');
                copy(json, out)
            })?;
            out.push('}');
        }
        _ => out.push_str(json.value(LONGEST)?),
    }
    Ok(())
}

fn values() -> impl Strategy<Value = String> {
    let numbers =
        select(vec!["0", "-0", "12", "-1.50", "1e9", "2.5E-3", "0.1e+2", "10000000000000000000001"]);
    let texts = "[a-zé\u{1f980} ]{0,4}".prop_map(|text| format!("\"{text}\""));
    let escapes = select(vec!["\"\\n\"", "\"\\u00e9\\\\\"", "\"\\\"\"", "\"\\ud83e\"", "\"\\/\""]);
    let words = select(vec!["true", "false", "null"]).prop_map(str::to_owned);
    let leaf = prop_oneof![numbers.prop_map(str::to_owned), texts, escapes.prop_map(str::to_owned), words];
    let space = select(vec!["", " ", "\n", "\t\r"]);
    leaf.prop_recursive(4, 40, 5, move |inner| {
        let items = prop::collection::vec((space.clone(), inner), 0..5);
        (items, any::<bool>()).prop_map(|(items, is_list)| {
            let item = |(place, (space, item)): (usize, &(&str, String))| {
                let key = if is_list { String::new() } else { format!("\"k{place}\"{space}:") };
                format!("{space}{key}{space}{item}{space}")
            };
            let items: Vec<_> = items.iter().enumerate().map(item).collect();
            if is_list { format!("[{}]", items.join(",")) } else { format!("{{{} }}", items.join(",")) }
        })
    })
}

/// Whether another parser takes it for JSON.
fn is_json(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_value_is_read_as_it_is_written(value in values(), around in select(vec!["", " ", "\n\t"]), at_once in 1_usize..9) {
        let text = format!("{around}{value}{around}");
        let [whole, skipped, by_item] = read(text.as_bytes(), at_once);
        prop_assert_eq!((whole.as_ref(), skipped.as_ref()), (Some(&value), Some(&value)));
        let same = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        prop_assert_eq!(same(&by_item.unwrap()), same(&value));
    }

    #[test]
    fn what_is_not_json_is_refused_as_by_another_parser(
        value in values(),
        changes in prop::collection::vec((any::<Index>(), 0..3, select(b"{}[]\",:\\u0e+-.tn \n\x01\xff\xc3a".to_vec())), 0..3),
        at_once in 1_usize..9,
    ) {
        let mut text = value.into_bytes();
        for (place, kind, byte) in changes {
            let place = place.index(text.len());
            match kind {
                0 if text.len() > 1 => drop(text.remove(place)),
                1 => text.insert(place, byte),
                _ => text[place] = byte,
            }
        }
        let [whole, skipped, by_item] = read(&text, at_once).map(|read| read.is_some());
        prop_assert_eq!((whole, skipped, by_item), (is_json(&text), is_json(&text), is_json(&text)));
    }
}

#[test]
fn every_text_of_up_to_three_bytes_is_judged_as_by_another_parser() {
    let alphabet = b"[]{}\":,01-.eE+ tx\\";
    let mut texts = vec![vec![]];
    for _ in 0..3 {
        let longer = |text: &Vec<u8>| alphabet.map(|byte| [&text[..], &[byte]].concat());
        texts.extend(texts.clone().iter().flat_map(longer));
        texts.sort();
        texts.dedup();
    }
    for text in texts {
        let judged = read(&text, 1).map(|read| read.is_some());
        assert_eq!(judged, [is_json(&text); 3], "{:?}", String::from_utf8_lossy(&text));
    }
}

#[test]
fn a_thousand_levels_are_read_and_one_more_is_not() {
    for (levels, is_read) in [(1000, true), (1001, false)] {
        let text = "[".repeat(levels) + &"]".repeat(levels);
        let is_too_deep = |error: Option<ArchiveError>| matches!(error, Some(ArchiveError::TooDeep));
        assert_eq!(is_too_deep(json(text.as_bytes(), 7).skip().err()), !is_read);
        // Of which one level is around the value.
        let within = json(text.as_bytes(), 7).list("a list", |json| Ok::<_, Halt<Infallible>>(json.skip()?));
        let error = within.err().map(|Halt::Error(error)| error);
        assert_eq!(is_too_deep(error), !is_read);
    }
}

#[test]
fn a_value_longer_than_it_may_be_is_an_error_and_can_be_skipped() {
    let text = format!("[\"{}\", 1]", "x".repeat(5 * PIECE));
    let too_long = json(text.as_bytes(), PIECE).value(5 * PIECE).err();
    assert!(matches!(too_long, Some(ArchiveError::TooMuchAtOnce)), "{too_long:?}");
    assert_eq!(json(text.as_bytes(), PIECE).value(text.len()).unwrap(), text);
    let mut skipped = json(text.as_bytes(), PIECE);
    skipped.skip().unwrap();
    assert!(skipped.buffer.len() <= 2 * PIECE);
}

#[test]
fn a_level_ends_with_its_list() {
    let text = format!("[[],[[]],{}{}]", "[".repeat(999), "]".repeat(999));
    let (mut json, mut items) = (json(text.as_bytes(), 7), 0);
    let read = json.list("a list", |json| {
        items += 1;
        if items == 3 {
            Ok(json.skip()?)
        } else {
            json.list("a list", |json| Ok::<_, Halt<Infallible>>(json.skip()?))
        }
    });
    assert!(read.is_ok() && items == 3);
}

#[test]
fn the_next_bytes_are_seen_however_they_arrive() {
    for at_once in [1, 2, 9] {
        let starts = |text: &str| json(text.as_bytes(), at_once).starts_with(b"\"\"").unwrap();
        assert_eq!(
            [starts("\"\""), starts("\"\" "), starts("\"a\""), starts("\"")],
            [true, true, false, false]
        );
    }
}
