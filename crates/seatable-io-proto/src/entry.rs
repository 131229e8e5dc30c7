//! The entry of a base in a response. (`base.rs` imports it for serde alone, which reads a [`Base`] through its entry.)

use serde::de::MapAccess;
use serde::{Deserialize, Deserializer};

use crate::scalar::{AnyValue, Scalar};
use crate::stream::{Values, skip};
use crate::{Base, BaseUuid, Owner};

/// Defines [`Entry`] by its keys.
macro_rules! entry {
    ($($key:ident)*) => {
        /// An element of a list of bases, which is only an error if it is not JSON.
        #[derive(Default)]
        pub(crate) struct Entry {
            $(pub(crate) $key: Scalar,)*
        }

        impl Values for Entry {
            fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<(), A::Error> {
                match key {
                    $(stringify!($key) => self.$key = object.next_value()?,)*
                    _ => skip(object)?,
                }
                Ok(())
            }
        }
    };
}

entry! {
    uuid name id workspace_id creator modifier created_at updated_at color text_color icon is_encrypted in_storage
    email group_id owner
}

impl Entry {
    /// Returns the owner. Each workspace has one, so the workspace stands for an owner without an identity.
    pub(crate) fn take_owner(&mut self) -> Option<Owner> {
        let [email, name] = [&mut self.email, &mut self.owner].map(std::mem::take);
        let group = self.group_id.number().filter(|id| *id > 0).map(|id| format!("group {id}"));
        // Without an `@`, it could be the name that is given to a group.
        let email = || email.text().filter(|email| email.contains('@'));
        let workspace = || self.workspace_id.number().map(|id| format!("workspace {id}"));
        let id = group.or_else(email).or_else(workspace)?;
        let name = name.cut_text().filter(|name| !name.trim().is_empty());
        Some(Owner { name: name.unwrap_or_else(|| id.clone()).into(), id: id.into() })
    }

    /// Returns `None` if the uuid is not one, or if there is no name that a base can have.
    pub(crate) fn base(self) -> Option<Base> {
        let Scalar::Text(uuid) = self.uuid else { return None };
        Some(Base {
            uuid: BaseUuid::new(uuid).ok()?,
            name: self.name.text()?,
            id: self.id.number(),
            workspace_id: self.workspace_id.number(),
            creator: self.creator.text(),
            modifier: self.modifier.text(),
            created_at: self.created_at.time(),
            updated_at: self.updated_at.time(),
            color: self.color.text(),
            text_color: self.text_color.text(),
            icon: self.icon.text(),
        })
    }
}

impl TryFrom<Entry> for Base {
    type Error = &'static str;

    fn try_from(entry: Entry) -> Result<Base, &'static str> {
        entry.base().ok_or("a base has a uuid and a name")
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut entry = Entry::default();
        deserializer.deserialize_any(AnyValue(&mut entry))?;
        Ok(entry)
    }
}
