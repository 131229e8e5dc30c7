use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess};

use crate::Access;
use crate::collected::{Bases, Collected, Place};
use crate::scalar::Scalar;
use crate::stream::{Elements, List, Object, Values};

/// A workspace in any of the three shapes. Its bases are collected before its ID is known.
pub(crate) struct Workspace<'a> {
    all: &'a mut Collected,
    mark: usize,
    /// `""` for the starred and the shared bases.
    id: Scalar,
    name: Scalar,
    /// Only in 2020.
    owner_name: Scalar,
    owner_type: Scalar,
    /// Only later.
    kind: Scalar,
    is_admin: Scalar,
}

impl<'a> Workspace<'a> {
    pub(crate) fn new(all: &'a mut Collected) -> Self {
        let [id, name, owner_name, owner_type, kind, is_admin] = [const { Scalar::Missing }; 6];
        Workspace { mark: all.mark(), all, id, name, owner_name, owner_type, kind, is_admin }
    }

    pub(crate) fn finish<E: Error>(self) -> Result<(), E> {
        let access = self.access();
        let Some(id) = self.id.number() else {
            self.all.place(self.mark, None);
            return Ok(());
        };
        let name = self.name.cut_text().or(self.owner_name.cut_text()).unwrap_or_default();
        let name: Arc<str> = name.into();
        self.all.workspace(id, Arc::clone(&name))?;
        self.all.place(self.mark, Some(&Place { id: Some(id), name, access }));
        Ok(())
    }

    fn access(&self) -> Access {
        let text = |value: &Scalar| value.clone().text();
        let (owner_type, kind) = (text(&self.owner_type), text(&self.kind));
        match (owner_type.as_deref(), kind.as_deref(), self.is_admin.flag()) {
            (Some("Personal"), ..) | (None, Some("personal"), _) => Access::Personal,
            (Some(_), ..) | (None, _, Some(true)) => Access::Administered,
            (None, ..) => Access::Member,
        }
    }

    fn bases(&mut self, access: Access) -> Bases<'_> {
        Bases { all: self.all, access, has_others: false }
    }
}

impl Values for Workspace<'_> {
    fn take<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<bool, A::Error> {
        let Some(key) = object.next_key()? else { return Ok(false) };
        match key {
            Key::Id => self.id = object.next_value()?,
            Key::Name => self.name = object.next_value()?,
            Key::OwnerName => self.owner_name = object.next_value()?,
            Key::OwnerType => self.owner_type = object.next_value()?,
            Key::Type => self.kind = object.next_value()?,
            Key::IsAdmin => self.is_admin = object.next_value()?,
            Key::TableList => _ = object.next_value_seed(List(&mut self.bases(Access::Member)))?,
            Key::Folders => _ = object.next_value_seed(List(&mut Folders(self.all)))?,
            Key::SharedTableList => _ = object.next_value_seed(List(&mut self.bases(Access::Shared)))?,
            Key::GroupSharedDtables => {
                object.next_value_seed(List(&mut self.bases(Access::SharedWithGroup)))?;
            }
            _ => _ = object.next_value::<IgnoredAny>()?,
        }
        Ok(true)
    }
}

struct Folders<'a>(&'a mut Collected);

impl Elements for Folders<'_> {
    fn take<'de, A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        Ok(list.next_element_seed(Object(&mut Folder(self.0)))?.is_some())
    }
}

/// A folder may contain other things than bases, such as views.
struct Folder<'a>(&'a mut Collected);

impl Values for Folder<'_> {
    fn take<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<bool, A::Error> {
        match object.next_key()? {
            None => return Ok(false),
            Some(Key::Items) => {
                let mut items = Bases { all: self.0, access: Access::Member, has_others: true };
                object.next_value_seed(List(&mut items))?;
            }
            Some(_) => _ = object.next_value::<IgnoredAny>()?,
        }
        Ok(true)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Id,
    Name,
    OwnerName,
    OwnerType,
    Type,
    IsAdmin,
    TableList,
    Folders,
    Items,
    SharedTableList,
    GroupSharedDtables,
    #[serde(other)]
    Other,
}
