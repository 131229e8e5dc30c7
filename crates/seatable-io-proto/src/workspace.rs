use std::sync::Arc;

use serde::de::{MapAccess, SeqAccess};

use crate::Access;
use crate::collected::{Bases, Collected};
use crate::scalar::{Object, Scalar};
use crate::stream::{Elements, List, Values, skip};

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

    pub(crate) fn finish(self) {
        let access = self.access();
        let Some(id) = self.id.number() else {
            return self.all.forget(self.mark);
        };
        let name = self.name.cut_text().or(self.owner_name.cut_text()).unwrap_or_default();
        let name: Arc<str> = name.into();
        self.all.workspace(id, Arc::clone(&name));
        self.all.place(self.mark, Some(id), &name, access);
    }

    fn access(&self) -> Access {
        match (&self.owner_type, &self.kind, self.is_admin.flag()) {
            (Scalar::Text(owner), ..) if owner == "Personal" => Access::Personal,
            (Scalar::Text(_) | Scalar::Number(_), ..) => Access::Administered,
            (_, Scalar::Text(kind), _) if kind == "personal" => Access::Personal,
            (.., Some(true)) => Access::Administered,
            _ => Access::Member,
        }
    }
}

impl Values for Workspace<'_> {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        let mut list = |access| object.next_value_seed(List(&mut self.all.bases(access))).map(drop);
        match key {
            "table_list" => list(Access::Member)?,
            "shared_table_list" => list(Access::Shared)?,
            "group_shared_dtables" => list(Access::SharedWithGroup)?,
            "folders" => _ = object.next_value_seed(List(&mut Folders(self.all)))?,
            "id" => self.id = object.next_value()?,
            "name" => self.name = object.next_value()?,
            "owner_name" => self.owner_name = object.next_value()?,
            "owner_type" => self.owner_type = object.next_value()?,
            "type" => self.kind = object.next_value()?,
            "is_admin" => self.is_admin = object.next_value()?,
            _ => skip(object)?,
        }
        Ok(())
    }
}

struct Folders<'a>(&'a mut Collected);

impl Elements for Folders<'_> {
    fn read<'de, A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        Ok(list.next_element_seed(Object(&mut Folder(self.0)))?.is_some())
    }
}

/// A folder may contain other things than bases, such as views.
struct Folder<'a>(&'a mut Collected);

impl Values for Folder<'_> {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
        match key {
            "items" => {
                let mut items = Bases { all: self.0, access: Access::Member, has_others: true };
                object.next_value_seed(List(&mut items)).map(drop)
            }
            _ => skip(object),
        }
    }
}
