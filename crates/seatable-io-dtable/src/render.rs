//! Cells as text.

use std::borrow::Cow;

use crate::json::LONGEST;
use crate::object::{Object, items};
use crate::{Base, Cell, Column, Shape, assets};

impl Column {
    /// Returns a cell as people read it: names instead of the IDs of options and collaborators, the text of a long text, and the
    /// places of assets in the zip.
    ///
    /// An unknown ID is shown as it is. The JSON is shown of a value of another shape, and of a list whose names have more than
    /// 16 MiB.
    pub fn text<'a>(&self, cell: &Cell<'a>, base: &Base) -> Cow<'a, str> {
        match (self.shape(), cell) {
            (Shape::LongText, Cell::Json(json)) => match Object::read(json).map(|it| it.get("text")) {
                Some(Cell::Text(text)) => text,
                Some(Cell::Empty) => Cow::default(),
                _ => (*json).into(),
            },
            (Shape::Option | Shape::Options | Shape::Collaborators | Shape::Assets, Cell::Json(list))
                if list.starts_with('[') =>
            {
                joined(list, ", ", |item| self.item(item, base)).map_or((*list).into(), Cow::from)
            }
            _ => self.item(cell, base),
        }
    }

    /// Returns one of several values of a cell as text.
    fn item<'a>(&self, cell: &Cell<'a>, base: &Base) -> Cow<'a, str> {
        let text = cell.as_written();
        let name = match (self.shape(), cell) {
            (Shape::Option | Shape::Options, _) => self.option(&text).map(|option| option.name.clone()),
            (Shape::Collaborators, _) => base.collaborator(&text).map(|person| person.name.clone()),
            (Shape::Assets, Cell::Json(json)) => {
                Object::read(json).map(|file| file.text("url")).filter(|url| !url.is_empty()).map(in_zip)
            }
            (Shape::Assets, _) => Some(in_zip(text.clone().into_owned())),
            _ => None,
        };
        name.map_or(text, Cow::from)
    }
}

impl<'a> Cell<'a> {
    /// Returns the value as the file has it, but a text without quotes and escapes.
    pub(crate) fn as_written(&self) -> Cow<'a, str> {
        match self {
            Cell::Empty => Cow::default(),
            Cell::Bool(value) => Cow::from(if *value { "true" } else { "false" }),
            Cell::Number(text) | Cell::Json(text) => (*text).into(),
            Cell::Text(text) => text.clone(),
        }
    }
}

/// Joins the texts of the items of a list, unless they are too long: a short list may name a long name many times.
pub(crate) fn joined<'a>(
    list: &'a str,
    comma: &str,
    text: impl Fn(&Cell<'a>) -> Cow<'a, str>,
) -> Option<String> {
    let mut texts = String::new();
    for (place, item) in items(list).enumerate() {
        texts.push_str(if place == 0 { "" } else { comma });
        texts.push_str(&text(&item));
        if texts.len() > LONGEST {
            return None;
        }
    }
    Some(texts)
}

/// Returns the place of an asset in the zip, if its URL shows that.
fn in_zip(url: String) -> String {
    match assets::asset(url.as_bytes()) {
        Some((folder, name)) => [folder, name].map(String::from_utf8_lossy).concat(),
        None => url,
    }
}
