//! Reads `.csv` and `.xlsx` files as servers do, and makes bases of them.

use std::io::Read;
use std::iter;

use bytes::Bytes;
use serde_json::{Value, json};
use zip::ZipArchive;

use crate::Content;
use crate::archive::{dtable_of, zip_of};
use crate::content::ContentReader;

/// A sheet: its name, and the cells of each row, the first of which has the names of the columns.
pub(crate) struct Sheet {
    pub(crate) name: String,
    pub(crate) rows: Vec<Vec<Value>>,
}

/// The texts that servers take for checkboxes: true and false by turns.
const CHECKBOXES: [&str; 20] = [
    "√",
    "x",
    "checked",
    "unchecked",
    "y",
    "n",
    "yes",
    "no",
    "enabled",
    "disabled",
    "on",
    "off",
    "是",
    "否",
    "完成",
    "未完成",
    "True",
    "False",
    "true",
    "false",
];

/// How many rows decide the type of a column.
const GUESSED: usize = 200;

/// Returns an `.xlsx` file with one sheet of this name. Texts that look like numbers are numbers.
///
/// ```
/// let workbook = seatable_io_sandbox::workbook("Stock", &[&["part", "number"], &["bolt", "7"]]);
/// assert!(workbook.starts_with(b"PK"));
/// ```
pub fn workbook(name: &str, rows: &[&[&str]]) -> Bytes {
    let escaped = |text: &str| html_escape::encode_safe(text).into_owned();
    let cell = |text: &&str| match text.parse::<f64>() {
        Ok(_) => format!("<c><v>{text}</v></c>"),
        Err(_) => format!("<c t=\"inlineStr\"><is><t>{}</t></is></c>", escaped(text)),
    };
    let row = |cells: &&[&str]| format!("<row>{}</row>", cells.iter().map(cell).collect::<String>());
    let main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    let to = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let rels = |id: &str, kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
             <Relationship Id=\"{id}\" Type=\"{to}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let sheet = format!("<sheet name=\"{}\" sheetId=\"1\" r:id=\"rId1\"/>", escaped(name));
    let book = format!("<workbook {main} xmlns:r=\"{to}\"><sheets>{sheet}</sheets></workbook>");
    let data: String = rows.iter().map(row).collect();
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    let types = format!(
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Override PartName=\"/xl/workbook.xml\" ContentType=\"{kind}.sheet.main+xml\"/>\
         <Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"{kind}.worksheet+xml\"/></Types>"
    );
    let entries = [
        ("[Content_Types].xml", types),
        ("_rels/.rels", rels("rId1", "officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", rels("rId1", "worksheet", "worksheets/sheet1.xml")),
        ("xl/worksheets/sheet1.xml", format!("<worksheet {main}><sheetData>{data}</sheetData></worksheet>")),
    ];
    zip_of(entries.iter().map(|(name, text)| (*name, text.as_bytes())))
}

/// Returns the cells of each row of a `.csv`, without the spaces around them. Blank lines have none.
pub(crate) fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.matches(',').count() >= first.matches(';').count() { ',' } else { ';' };
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            '\n' if !quoted && row.is_empty() && cell.is_empty() => rows.push(Vec::new()),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell).trim().to_owned());
                rows.push(std::mem::take(&mut row));
            }
            c if c == delimiter && !quoted => row.push(std::mem::take(&mut cell).trim().to_owned()),
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell.trim().to_owned());
        rows.push(row);
    }
    rows
}

/// Returns the base that a `.csv` becomes, or an `.xlsx`; its first table has this name if the file has none.
pub(crate) fn made_of(name: &str, extension: &str, content: &Content) -> Content {
    let sheets = if extension == "csv" { csv_sheet(name, content) } else { xlsx_sheets(content) };
    let tables: Vec<_> = sheets.iter().enumerate().map(|(place, sheet)| table(place, sheet)).collect();
    let content = json!({ "version": 1, "format_version": 9, "tables": tables });
    dtable_of(content.to_string().as_bytes(), &[]).into()
}

fn csv_sheet(name: &str, content: &Content) -> Vec<Sheet> {
    let bytes = content.to_bytes().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let rows = csv_rows(text.trim_start_matches('\u{feff}'));
    let rows = rows.into_iter().map(|row| row.into_iter().map(Value::from).collect()).collect();
    vec![Sheet { name: name.to_owned(), rows }]
}

/// Reads the sheets of a workbook that are named in their order, as most are. Dates stay numbers.
fn xlsx_sheets(content: &Content) -> Vec<Sheet> {
    let Ok(mut zip) = ZipArchive::new(content.reader()) else { return Vec::new() };
    let strings = read(&mut zip, "xl/sharedStrings.xml");
    let strings: Vec<_> = elements(&strings, "si").map(|(_, inner)| texts(inner)).collect();
    let book = read(&mut zip, "xl/workbook.xml");
    let names = elements(&book, "sheet").filter_map(|(tag, _)| attribute(tag, "name"));
    let sheet = |(number, name): (usize, String)| {
        let sheet = read(&mut zip, &format!("xl/worksheets/sheet{}.xml", number + 1));
        let row = |(_, inner)| cells(inner, &strings);
        Sheet { name, rows: elements(&sheet, "row").map(row).collect() }
    };
    names.enumerate().map(sheet).filter(|sheet| !sheet.rows.is_empty()).collect()
}

fn read(zip: &mut ZipArchive<ContentReader>, name: &str) -> String {
    let mut text = String::new();
    let read = zip.by_name(name).map(|mut entry| entry.read_to_string(&mut text));
    if matches!(read, Ok(Ok(_))) { text } else { String::new() }
}

fn cells(row: &str, strings: &[String]) -> Vec<Value> {
    let mut cells = Vec::new();
    for (tag, inner) in elements(row, "c") {
        let place = attribute(tag, "r").map_or(cells.len(), |name| column(&name));
        cells.resize(place.max(cells.len()), Value::Null);
        let value = elements(inner, "v").next().map(|(_, text)| decoded(text)).unwrap_or_default();
        cells.push(match attribute(tag, "t").as_deref() {
            Some("s") => value.parse().ok().and_then(|index: usize| strings.get(index)).cloned().into(),
            Some("inlineStr") => texts(inner).into(),
            Some("b") => (value == "1").into(),
            Some(_) => value.into(),
            None => serde_json::from_str(&value).unwrap_or_default(),
        });
    }
    cells
}

/// Returns the place of the column of a cell such as `AB12`.
fn column(name: &str) -> usize {
    let letters = name.bytes().take_while(u8::is_ascii_uppercase).take(3);
    letters.fold(0, |place, letter| place * 26 + usize::from(letter - b'A') + 1).saturating_sub(1)
}

/// Returns the start tag of each element of this name that contains none of the same name, and the text in it.
fn elements<'x>(xml: &'x str, name: &str) -> impl Iterator<Item = (&'x str, &'x str)> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut rest = xml;
    iter::from_fn(move || {
        loop {
            rest = rest.get(rest.find(&open)? + open.len()..)?;
            let (tag, after) = rest.split_once('>')?;
            if !tag.is_empty() && !tag.starts_with([' ', '/', '\n', '\r', '\t']) {
                continue;
            }
            if tag.ends_with('/') {
                rest = after;
                return Some((tag, ""));
            }
            let (inner, after) = after.split_once(&close)?;
            rest = after;
            return Some((tag, inner));
        }
    })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    Some(decoded(value.split('"').next()?))
}

fn texts(xml: &str) -> String {
    elements(xml, "t").map(|(_, text)| decoded(text)).collect()
}

fn decoded(text: &str) -> String {
    html_escape::decode_html_entities(text).into_owned()
}

/// Returns a table of `content.json`. Columns have the types that servers guess.
fn table(place: usize, sheet: &Sheet) -> Value {
    let (first, rows) =
        sheet.rows.split_first().map_or((&[][..], &[][..]), |(first, rows)| (&first[..], rows));
    let mut columns: Vec<_> =
        (0..first.len()).filter_map(|place| Column::guess(place, first, rows)).collect();
    for place in 1..columns.len() {
        let (before, name) = (&columns[..place], &columns[place].name);
        let numbered = (1..).map(|number| format!("{name} ({number})"));
        let mut names = iter::once(name.clone()).chain(numbered);
        let is_free = |name: &String| before.iter().all(|other| other.name != *name);
        columns[place].name = names.find(is_free).unwrap_or_default();
    }
    let row = |(number, cells): (usize, &Vec<Value>)| {
        let cell = |column: &Column| Some((column.key(), column.cell(cells.get(column.place)?)));
        let mut row: serde_json::Map<_, _> = columns.iter().filter_map(cell).collect();
        let has_cells = !row.is_empty();
        row.insert("_id".to_owned(), format!("{place:04}{number:018}").into());
        has_cells.then_some(Value::from(row))
    };
    let rows: Vec<_> = rows.iter().enumerate().filter_map(row).collect();
    let columns: Vec<_> = columns.iter().map(Column::json).collect();
    let name = sheet.name.replace(['`', '/', '\\'], "_");
    json!({ "_id": format!("{place:04}"), "name": name, "rows": rows, "columns": columns })
}

struct Column {
    place: usize,
    name: String,
    kind: &'static str,
    options: Vec<String>,
}

impl Column {
    /// Returns a column if it has a name or a value.
    fn guess(place: usize, first: &[Value], rows: &[Vec<Value>]) -> Option<Column> {
        let named = first[place].as_str().map(str::to_owned).or(first[place].as_f64().map(|n| n.to_string()));
        let named = named.filter(|name| !name.is_empty());
        let values = || rows.iter().take(GUESSED).filter_map(|row| row.get(place));
        let kinds: Vec<_> = values().filter_map(kind_of).collect();
        let most =
            kinds.iter().rev().max_by_key(|kind| kinds.iter().filter(|other| other == kind).count()).copied();
        let kind = match most {
            Some("number") if kinds.iter().any(|kind| *kind != "number") => "text",
            None => named.as_ref().map(|_| "text")?,
            Some(kind) => kind,
        };
        let mut options = Vec::new();
        for piece in values().filter(|_| kind == "multiple-select").flat_map(pieces) {
            options.extend(Some(piece).filter(|piece| !options.contains(piece)));
        }
        let name = named.unwrap_or_else(|| format!("Field{}", place + 1)).replace(['`', '{', '}', '.'], "_");
        Some(Column { place, name, kind, options })
    }

    fn key(&self) -> String {
        format!("{:04}", self.place)
    }

    fn json(&self) -> Value {
        let option = |(id, name): (usize, &String)| json!({ "id": id.to_string(), "name": name });
        let options: Vec<_> = self.options.iter().enumerate().map(option).collect();
        json!({ "key": self.key(), "name": self.name, "type": self.kind, "data": { "options": options } })
    }

    fn cell(&self, value: &Value) -> Value {
        let text = || value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match self.kind {
            _ if value.is_null() => Value::Null,
            "long-text" => json!({ "text": text(), "preview": text() }),
            "checkbox" => {
                let place = CHECKBOXES.iter().position(|word| value.as_str() == Some(*word));
                place.is_some_and(|place| place.is_multiple_of(2)).into()
            }
            "multiple-select" => {
                let id = |piece: &String| self.options.iter().position(|option| option == piece);
                pieces(value).iter().filter_map(id).map(|id| Value::from(id.to_string())).collect()
            }
            "number" => value.clone(),
            _ => text().into(),
        }
    }
}

fn pieces(value: &Value) -> Vec<String> {
    let pieces =
        value.as_str().unwrap_or_default().split(',').map(|piece| piece.trim_matches(' ').to_owned());
    pieces.filter(|piece| !piece.is_empty()).collect()
}

/// Returns the type that one value stands for; `None` for an empty one.
fn kind_of(value: &Value) -> Option<&'static str> {
    let Some(text) = value.as_str() else { return (!value.is_null()).then_some("number") };
    Some(match text {
        "" => return None,
        text if text.contains('\n') => "long-text",
        text if CHECKBOXES.contains(&text) => "checkbox",
        text if text.contains(',') && pieces(value).iter().all(|piece| piece.len() <= 20) => {
            "multiple-select"
        }
        _ => "text",
    })
}
