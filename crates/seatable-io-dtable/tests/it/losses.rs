//! Which files a server can use, and what it loses of them.

use std::io::Cursor;

use seatable_io_dtable::{Losses, check_dtable, check_xlsx};
use serde_json::json;

use crate::files::zip;

const CONTENT: &str = r#"{"tables": [{"name": "t"}], "a": "file://dtable-bundle/asset/files/a.pdf",
    "b": ["file://dtable-bundle/asset/images/b.png"]}"#;

#[test]
fn fact_25_entries_with_backslashes_are_lost_and_so_are_assets_that_the_zip_lacks() {
    let entries: [(&str, &[u8]); 3] =
        [("content.json", CONTENT.as_bytes()), ("asset/files/a.pdf", b"a"), (r"asset\images\b.png", b"b")];
    let losses = check_dtable(zip(&entries)).unwrap();
    assert_eq!((losses.missing, losses.missing_names), (1, vec!["asset/images/b.png".to_owned()]));
    assert_eq!((losses.backslashes, losses.backslash_names), (1, vec![r"asset\images\b.png".to_owned()]));
    let content = json!({"tables": []}).to_string();
    assert_eq!(check_dtable(zip(&[("content.json", content.as_bytes())])).unwrap(), Losses::default());
}

#[test]
fn an_asset_that_is_damaged_ends_the_import_and_is_named() {
    let mut bytes =
        zip(&[("content.json", br#"{"tables":[]}"#), ("asset/files/a", b"a long asset")]).into_inner();
    check_dtable(Cursor::new(&bytes)).unwrap();
    let name = bytes.windows(13).position(|window| window == b"asset/files/a").unwrap();
    bytes[name + 13 + 3] ^= 1;
    assert_eq!(
        check_dtable(Cursor::new(bytes)).unwrap_err().to_string(),
        "its entry asset/files/a is damaged"
    );
}

#[test]
fn fact_14_a_workbook_is_a_zip_of_less_than_11_mib() {
    let workbook = |size: usize| {
        let mut entries =
            zip(&[("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>")]).into_inner();
        // A zip may stand at the end of a file.
        entries.splice(0..0, vec![0; size.saturating_sub(entries.len())]);
        check_xlsx(Cursor::new(entries)).map_err(|error| error.to_string())
    };
    assert_eq!([workbook(0), workbook((11 << 20) - 1)], [Ok(()), Ok(())]);
    assert_eq!(workbook(11 << 20), Err("it is larger than 11 MiB".to_owned()));
    let words = |bytes: &[u8]| check_xlsx(Cursor::new(bytes)).unwrap_err().to_string();
    assert_eq!(words(b"\xd0\xcf\x11\xe0 an old or encrypted one"), "the file is not a complete zip");
    assert_eq!(words(zip(&[("content.json", b"{}")]).get_ref()), "the zip contains no workbook");
}
