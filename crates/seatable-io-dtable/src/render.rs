//! Cells as text.

use std::borrow::Cow;

use crate::object::{Object, items};
use crate::{Base, Cell, Column, Shape};

impl Column {
    /// Returns a cell as people read it: names instead of the IDs of options and collaborators, the text of a long text, and the
    /// places of assets in the zip. An unknown ID is shown as it is, and so is the JSON of a value of another shape.
    pub fn text<'a>(&self, cell: &Cell<'a>, base: &Base) -> Cow<'a, str> {
        match (self.shape(), cell) {
            (Shape::LongText, Cell::Json(json)) => match Object::read(json).map(|it| it.get("text")) {
                Some(Cell::Text(text)) => text,
                Some(Cell::Empty) => Cow::default(),
                _ => (*json).into(),
            },
            (Shape::Option | Shape::Options | Shape::Collaborators | Shape::Assets, Cell::Json(_)) => {
                let texts: Vec<_> = items(cell).iter().map(|item| self.item(item, base)).collect();
                texts.join(", ").into()
            }
            _ => self.item(cell, base),
        }
    }

    /// Returns one of several values of a cell as text.
    fn item<'a>(&self, cell: &Cell<'a>, base: &Base) -> Cow<'a, str> {
        let text = match cell {
            Cell::Empty => Cow::default(),
            Cell::Bool(value) => Cow::from(if *value { "true" } else { "false" }),
            Cell::Number(text) | Cell::Json(text) => (*text).into(),
            Cell::Text(text) => text.clone(),
        };
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

/// Returns the place of an asset in the zip, if its URL shows that.
fn in_zip(url: String) -> String {
    url.strip_prefix("file://dtable-bundle/").map(str::to_owned).unwrap_or(url)
}
