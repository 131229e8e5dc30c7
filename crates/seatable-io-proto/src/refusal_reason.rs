use http::StatusCode;

/// Why an application refuses a request, as far as its status and its message show. Every request asks for messages in English.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalReason {
    /// The workspace has a base of this name ([fact 22](crate::facts)).
    NameTaken,
    /// The server's database cannot store the name, such as one with an emoji ([fact 22](crate::facts)).
    NameNotStorable,
    /// The workspace has no base of this name.
    NoBase,
    /// The workspace does not exist.
    NoWorkspace,
    /// The assets of the base are too large to export. An export without them may succeed ([fact 12](crate::facts)).
    AssetsTooLarge,
    /// The file of a table is invalid, and its base was created before the server noticed ([fact 14](crate::facts)).
    TableAfterBase,
}

impl RefusalReason {
    /// Reads the status and the `error_msg` of a response.
    pub(crate) fn read(status: StatusCode, words: &str) -> Option<Self> {
        let words = words.trim_end_matches('.');
        let begins = |starts: &[&str]| starts.iter().any(|start| words.starts_with(start));
        let is_about_base = begins(&["Base ", "Table ", "DTable "]);
        match status.as_u16() {
            400 if is_about_base && words.ends_with(" already exists") => Some(Self::NameTaken),
            400 if begins(&["File name contains illegal characters"]) => Some(Self::NameNotStorable),
            400 if begins(&["Export failed. Base size is larger than"]) => Some(Self::AssetsTooLarge),
            400 if begins(&["Excel format error", "Import excel or csv error"]) => Some(Self::TableAfterBase),
            404 if is_about_base && words.ends_with(" not found") => Some(Self::NoBase),
            404 if begins(&["Workspace "]) && words.ends_with(" not found") => Some(Self::NoWorkspace),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RefusalReason::*;
    use crate::Refusal;
    use crate::testing::head;

    #[test]
    fn the_words_of_every_generation_are_known_with_their_status() {
        for (status, words, reason) in [
            (400, "Table a already exists.", NameTaken),
            (400, "Base a already exists.", NameTaken),
            (400, "File name contains illegal characters", NameNotStorable),
            (400, "Export failed. Base size is larger than 100 mb.", AssetsTooLarge),
            (400, "Excel format error", TableAfterBase),
            (400, "Import excel or csv error", TableAfterBase),
            (404, "DTable a not found.", NoBase),
            (404, "Base a not found.", NoBase),
            (404, "Workspace 7 not found.", NoWorkspace),
        ] {
            let read = |status, field| {
                let body = format!(r#"{{"{field}": "{words}"}}"#);
                Refusal::read(&head(status, &[]), body.as_bytes()).reason()
            };
            assert_eq!(read(status, "error_msg"), Some(reason), "{words}");
            assert_eq!((read(409, "error_msg"), read(status, "detail")), (None, None), "{words}");
        }
    }

    #[test]
    fn similar_words_have_no_reason() {
        for (status, words) in [
            (400, "Folder a already exists."),
            (400, "Base a already exists, but."),
            (400, "Export failed."),
            (404, "Folder 3 not found."),
            (404, "Base a"),
            (404, "Workspace 7 has no Base a."),
        ] {
            let body = format!(r#"{{"error_msg": "{words}"}}"#);
            assert_eq!(Refusal::read(&head(status, &[]), body.as_bytes()).reason(), None, "{words}");
        }
    }
}
