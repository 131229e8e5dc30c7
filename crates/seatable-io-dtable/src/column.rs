//! The columns of a table.

use crate::Cell;
use crate::compare::settings;
use crate::hash::Hash;
use crate::ids::Ids;
use crate::object::{Object, items};

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// The key by which a row's cells are found.
    pub key: String,
    /// The name.
    pub name: String,
    /// The type, in the server's words, such as `single-select`. There may be types that this crate does not know.
    pub ty: String,
    /// The options, if a cell selects one or several.
    pub options: Vec<SelectOption>,
    /// The ID of the link, if this column shows linked rows.
    pub link: Option<String>,
    /// The formula, if the server computes the cells by one.
    pub formula: Option<String>,
    /// The other settings.
    pub(crate) settings: Option<Hash>,
    option_ids: Ids,
}

/// An option that cells can select.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SelectOption {
    /// The ID, which cells contain.
    pub id: String,
    /// The name.
    pub name: String,
}

/// The values that the cells of a column contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shape {
    /// Text, also dates and automatic numbers.
    Text,
    /// Text with formatting: text, or an object with the key `text`.
    LongText,
    /// A number, also a rate, and a duration in seconds.
    Number,
    /// True or false.
    Bool,
    /// The ID of an option.
    Option,
    /// The IDs of options.
    Options,
    /// The IDs of collaborators, or the ID of one.
    Collaborators,
    /// URLs of images, or objects with the key `url`.
    Assets,
    /// Nothing: the linked rows are in [`Base::links`](crate::Base::links).
    Link,
    /// Something else, which is shown as its JSON.
    Json,
}

impl Column {
    pub(crate) fn read(object: &Object<'_>) -> Self {
        let data = if let Cell::Json(json) = object.get("data") { json } else { "{}" };
        let data = Object::read(data);
        let get = |key| data.as_ref().map_or(Cell::Empty, |data| data.get(key));
        let list = if let Cell::Json(list) = get("options") { list } else { "[]" };
        let option = |item: Cell<'_>| match item {
            Cell::Json(json) => Object::read(json).map(|option| SelectOption::read(&option)),
            _ => None,
        };
        let options: Vec<_> = items(list).filter_map(option).collect();
        Self {
            key: object.text("key"),
            name: object.text("name"),
            ty: object.text("type"),
            link: get("link_id").into_text(),
            formula: get("formula").into_text(),
            settings: data.as_ref().map(|data| settings(data, &["options", "link_id", "formula"])),
            option_ids: Ids::new(&options, SelectOption::id),
            options,
        }
    }

    /// Returns the values that its cells contain.
    pub fn shape(&self) -> Shape {
        match self.ty.as_str() {
            "text" | "url" | "email" | "date" | "auto-number" | "ctime" | "mtime" => Shape::Text,
            "long-text" => Shape::LongText,
            "number" | "percent" | "dollar" | "euro" | "rate" | "duration" => Shape::Number,
            "checkbox" => Shape::Bool,
            "single-select" => Shape::Option,
            "multiple-select" => Shape::Options,
            "collaborator" | "creator" | "last-modifier" => Shape::Collaborators,
            "image" | "file" => Shape::Assets,
            "link" => Shape::Link,
            _ => Shape::Json,
        }
    }

    /// Returns whether the server computes its cells, so that a file may have or lack them.
    pub fn is_computed(&self) -> bool {
        matches!(
            self.ty.as_str(),
            "formula" | "link-formula" | "creator" | "ctime" | "last-modifier" | "mtime" | "button"
        )
    }

    /// Returns an option by the ID that cells contain.
    pub fn option(&self, id: &str) -> Option<&SelectOption> {
        self.option_ids.find(&self.options, SelectOption::id, id)
    }
}

impl SelectOption {
    fn read(object: &Object<'_>) -> Self {
        Self { id: object.text("id"), name: object.text("name") }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}
