use std::io::{Cursor, Read, Write};

use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};
use tempfile::spooled_tempfile;
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::Content;
use crate::content::ContentReader;

const SAMPLE: &[u8] =
    br#"{"version":1,"format_version":9,"tables":[{"_id":"0000","name":"Table1","rows":[]}]}"#;

/// Returns a small valid `.dtable` of `size` bytes, or of the minimum (about 350): a zip with `content.json` and one asset,
/// both uncompressed.
pub fn sample_dtable(size: usize) -> Bytes {
    zip_with_asset(size.saturating_sub(zip_with_asset(0).len()))
}

/// The characters that are percent-encoded where `content.json` names an asset.
const IN_URL: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'?').add(b'#').add(b'"');

/// Returns a valid `.dtable` with one row: this text, and these assets, such as `files/a.pdf` or `images/b c.png`, with
/// their bytes. `content.json` also names those without bytes, but the zip lacks them, as after an export that could not
/// read them.
pub fn dtable_with_assets(text: &str, assets: &[(&str, Option<&[u8]>)]) -> Bytes {
    let url = |name: &str| format!("file://dtable-bundle/asset/{}", utf8_percent_encode(name, IN_URL));
    let (images, files): (Vec<_>, Vec<_>) =
        assets.iter().map(|(name, _)| *name).partition(|name| name.starts_with("images/"));
    let images: Vec<_> = images.into_iter().map(url).collect();
    let files: Vec<Value> = files
        .into_iter()
        .map(|name| json!({ "name": name.trim_start_matches("files/"), "type": "file", "url": url(name) }))
        .collect();
    let column = |key, name, kind| json!({ "key": key, "name": name, "type": kind });
    let columns =
        [column("0000", "Name", "text"), column("0001", "Images", "image"), column("0002", "Files", "file")];
    let rows = json!([{ "_id": "Qtf7xPmoRaiFyQPO1aENTj", "0000": text, "0001": images, "0002": files }]);
    let table = json!({ "_id": "0000", "name": "Table1", "columns": columns, "rows": rows });
    let content = json!({ "version": 1, "format_version": 9, "tables": [table] }).to_string();
    let held = assets.iter().filter_map(|(name, bytes)| Some((format!("asset/{name}"), (*bytes)?)));
    zip_of(content.as_bytes(), held)
}

/// Returns a file with this `content.json` and these other entries, such as `asset/files/a.pdf`, all uncompressed. It is a valid
/// `.dtable` if `content_json` is that of a base.
pub fn dtable_of(content_json: &[u8], entries: &[(&str, &[u8])]) -> Bytes {
    zip_of(content_json, entries.iter().map(|(name, bytes)| ((*name).to_owned(), *bytes)))
}

fn zip_with_asset(size: usize) -> Bytes {
    let asset: Vec<u8> = (0..=250).cycle().take(size).collect();
    zip_of(SAMPLE, [("asset/files/sample.bin".to_owned(), &asset[..])])
}

fn zip_of<'a>(content_json: &[u8], assets: impl IntoIterator<Item = (String, &'a [u8])>) -> Bytes {
    let write = || -> ZipResult<Vec<u8>> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        zip.start_file("content.json", stored)?;
        zip.write_all(content_json)?;
        for (name, bytes) in assets {
            zip.start_file(name, stored)?;
            zip.write_all(bytes)?;
        }
        Ok(zip.finish()?.into_inner())
    };
    write().unwrap_or_default().into()
}

/// The result of opening an uploaded file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Not a zip.
    NoZip,
    /// The beginning of a zip.
    Cut,
    /// A file that begins and ends like a zip, but cannot be opened.
    Damaged,
    /// A zip without `content.json`.
    NoBase,
    /// A `.dtable` that becomes an empty base: `content.json` is `{}`, `[]`, `null` or `""`.
    Nothing,
    /// A `.dtable`.
    Base,
}

/// The length of the record at the end of a zip.
const END_OF_ZIP: u64 = 22;

pub(crate) fn examine(content: &Content) -> Found {
    match ZipArchive::new(content.reader()) {
        Ok(zip) => match zip.index_for_name("content.json") {
            Some(index) if holds_nothing(zip, index) => Found::Nothing,
            Some(_) => Found::Base,
            None => Found::NoBase,
        },
        Err(_) if !content.read_at(0, 2).is_ok_and(|start| &start[..] == b"PK") => Found::NoZip,
        Err(_) => {
            let end = content.read_at(content.len().saturating_sub(END_OF_ZIP), 4);
            if end.is_ok_and(|end| &end[..] == b"PK\x05\x06") { Found::Damaged } else { Found::Cut }
        }
    }
}

/// Returns `true` if an entry is JSON that Python considers false.
fn holds_nothing(mut zip: ZipArchive<ContentReader>, index: usize) -> bool {
    let mut text = String::new();
    let read = zip.by_index(index).map(|entry| entry.take(64).read_to_string(&mut text));
    read.is_ok_and(|read| read.is_ok()) && matches!(text.trim(), "{}" | "[]" | "null" | "\"\"")
}

/// Returns the export of an empty base.
pub(crate) fn empty_dtable() -> Bytes {
    zip_of(b"\"\"", [])
}

/// Returns a `.dtable` without its first `count` assets, and any other content unchanged. The copy of a file is a temporary
/// file.
pub(crate) fn without_assets(content: &Content, count: u32) -> Content {
    let copy = || -> ZipResult<Content> {
        let mut zip = ZipArchive::new(content.reader())?;
        let in_memory = if content.bytes().is_some() { usize::MAX } else { 0 };
        let mut copy = ZipWriter::new(spooled_tempfile(in_memory));
        let mut left_out = 0;
        for index in 0..zip.len() {
            let file = zip.by_index_raw(index)?;
            if left_out < count && file.name()?.starts_with("asset/") {
                left_out += u32::from(!file.is_dir());
            } else {
                copy.raw_copy_file(file)?;
            }
        }
        Ok(Content::of_spool(copy.finish()?)?)
    };
    copy().unwrap_or_else(|_| content.clone())
}
