//! Which `.csv` files servers import as they are.

use seatable_io_dtable::{CsvError, CsvFile, check_csv};

fn check(text: impl AsRef<[u8]>) -> Result<CsvFile, CsvError> {
    check_csv(text.as_ref())
}

fn rows(text: &str) -> usize {
    check(text).unwrap().rows
}

fn refused(text: impl AsRef<[u8]>) -> String {
    check(text).unwrap_err().to_string()
}

#[test]
fn rows_are_those_of_pythons_csv_module() {
    assert_eq!([rows("a"), rows("a\n"), rows("a,b\n1,2"), rows("a\r\n1\r\n"), rows("a\r1")], [1, 1, 2, 2, 2]);
    assert_eq!([rows("a\n\"1\n2\""), rows("a\n\"x\"\"\n\"\n2"), rows("a\nx\"\ny")], [2, 3, 3]);
    assert_eq!([rows("\u{feff}a\n\"1\"\n"), rows("a\n\n\nb")], [2, 4]);
}

#[test]
fn fact_25_the_delimiter_is_guessed_from_the_first_line() {
    let delimiter = |text: &str| check(text).unwrap().delimiter;
    assert_eq!([delimiter("a;b\n1,2,3"), delimiter("a,b;c"), delimiter("a\n1;2")], [';', ',', ',']);
    let tabs = |text: &str| check(text).unwrap().seems_tab_separated;
    assert_eq!(
        [tabs("a\tb\n1,2"), tabs("a\tb,c"), tabs("a;b\tc"), tabs("a\n1\t2")],
        [true, false, false, false]
    );
}

#[test]
fn fact_25_other_encodings_and_nul_bytes_are_refused_with_their_line() {
    assert_eq!(refused(b"a\nb\nM\xfcller"), "line 3 is not UTF-8");
    assert_eq!(refused("a\nb\0"), "line 2 contains a NUL byte");
    assert_eq!(refused(""), "it is empty");
}

#[test]
fn fact_25_a_field_has_131_072_characters_at_most() {
    let field = |len: usize| format!("a,b\n1,\"{}\"\n", "ü".repeat(len));
    assert_eq!(rows(&field(131_072)), 2);
    assert_eq!(refused(field(131_073)), "a field that ends in line 2 has more than 131,072 characters");
    assert_eq!(rows(&format!("a\n{}\n{}", "x".repeat(100_000), "x".repeat(100_000))), 3);
}

#[test]
fn fact_14_rows_columns_and_size_are_limited() {
    assert_eq!(rows(&"a\n".repeat(50_000)), 50_000);
    assert_eq!(refused("a\n".repeat(50_001)), "it has more than 50,000 rows");
    assert_eq!(rows(&("a\n".to_owned() + &";".repeat(600))), 2, "the delimiter is a comma");
    assert_eq!(refused("a\n".to_owned() + &",".repeat(500)), "line 2 has more than 500 columns");
    assert_eq!(rows(&",".repeat(499)), 1);
    let wide = |len: usize| format!("{}\n", "b".repeat(1023)).repeat(len / 1024);
    assert_eq!(rows(&wide((11 << 20) - 1024)), 11 * 1024 - 1);
    assert_eq!(refused(wide(11 << 20)), "it is larger than 11 MiB");
}
