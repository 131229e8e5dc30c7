use std::fmt;

use seatable_io_proto::{BaseUuid, FileName, ListedBase, Listing};

/// Evidence in a listing about an import whose outcome is unknown. It proves nothing: a base that is listed may be incomplete,
/// and one that is not listed may still appear.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// The base that the server described when it started the import is listed.
    New(ListedBase),
    /// A base with this name is listed. Whether it existed before the import is not known.
    Present(ListedBase),
    /// No such base is listed.
    Absent,
}

impl Evidence {
    /// Looks for the base of an import into this workspace in a listing from after it.
    pub fn of(after: &Listing, workspace: u64, name: &FileName) -> Evidence {
        let is_found = |listed: &&ListedBase| listed.workspace == workspace && name.is_name_of(&listed.base);
        let found = after.bases.iter().find(is_found);
        found.map_or(Evidence::Absent, |listed| Evidence::Present(listed.clone()))
    }

    /// Looks for the base that the server described when it started the import.
    pub fn of_base(base: &BaseUuid, after: &Listing) -> Evidence {
        let found = after.bases.iter().find(|listed| listed.base.uuid == *base);
        found.map_or(Evidence::Absent, |listed| Evidence::New(listed.clone()))
    }

    /// Returns the base, if one is listed.
    pub fn base(&self) -> Option<&ListedBase> {
        match self {
            Evidence::New(listed) | Evidence::Present(listed) => Some(listed),
            Evidence::Absent => None,
        }
    }
}

/// Advice for before the file is imported again.
impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let created_at = self.base().and_then(|listed| listed.base.created_at.as_deref());
        let created = created_at.map_or_else(String::new, |created| format!(", created {created},"));
        let (base, check) = match self {
            Evidence::New(_) => ("a new base", "it is complete"),
            Evidence::Present(_) => ("a base", "it is an older one, and complete,"),
            Evidence::Absent => {
                return f.write_str("not listed yet; check again in a few minutes before importing");
            }
        };
        write!(f, "{base} with this name{created} is listed; check whether {check} before importing again")
    }
}

#[cfg(test)]
mod tests {
    use seatable_io_proto::Format;
    use serde_json::json;

    use super::*;
    use crate::testing::{listing, personal};

    fn evidence(bases: &[(&str, &str)]) -> (Option<String>, String) {
        let after = listing(&json!([personal(7, bases)]));
        let name = FileName::new("Gro\u{308}sse", Format::Dtable).unwrap();
        let evidence = Evidence::of(&after, 7, &name);
        (evidence.base().map(|listed| listed.base.uuid.to_string()), evidence.to_string())
    }

    #[test]
    fn a_base_that_the_server_described_is_new() {
        let after = listing(&json!([personal(7, &[("u", "b"), ("v", "Gr\u{f6}sse")])]));
        let words =
            "a new base with this name is listed; check whether it is complete before importing again";
        assert_eq!(Evidence::of_base(&"v".parse().unwrap(), &after).to_string(), words);
    }

    #[test]
    fn a_base_with_another_name_is_no_evidence() {
        let words = "not listed yet; check again in a few minutes before importing";
        assert_eq!(evidence(&[("u", "Grösse (2)")]), (None, words.to_owned()));
    }

    #[test]
    fn a_base_with_this_name_may_be_older() {
        let found = evidence(&[("u", "Gr\u{f6}sse")]);
        let words = "a base with this name is listed; check whether it is an older one, and complete, before importing again";
        assert_eq!(found, (Some("u".to_owned()), words.to_owned()));
    }

    #[test]
    fn a_base_in_another_workspace_is_another_base() {
        let elsewhere = listing(&json!([personal(8, &[("u", "a")])]));
        let both = listing(&json!([personal(8, &[("u", "a")]), personal(7, &[("v", "a")])]));
        let name = FileName::new("a", Format::Dtable).unwrap();
        assert_eq!(Evidence::of(&elsewhere, 7, &name), Evidence::Absent);
        let found = Evidence::of(&both, 7, &name);
        assert!(matches!(found, Evidence::Present(listed) if listed.workspace == 7));
    }

    #[test]
    fn a_base_that_the_server_described_is_found_by_its_uuid() {
        let after = listing(&json!([personal(7, &[("u", "a"), ("v", "a")])]));
        let found = Evidence::of_base(&"v".parse().unwrap(), &after);
        assert!(matches!(&found, Evidence::New(listed) if listed.base.uuid.as_str() == "v"), "{found:?}");
        assert_eq!(Evidence::of_base(&"w".parse().unwrap(), &after), Evidence::Absent);
    }
}
