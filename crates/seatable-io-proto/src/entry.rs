use std::marker::PhantomData;

use serde::de::{IgnoredAny, MapAccess};
use serde::{Deserialize, Deserializer};

use crate::scalar::{AnyValue, FromAny, Scalar};
use crate::{Base, BaseUuid};

/// What should be a base in a response, which is only an error if it is not JSON. Of a key that is repeated, the last value
/// counts.
#[derive(Default)]
pub(crate) struct Entry {
    uuid: Scalar,
    name: Scalar,
    id: Scalar,
    workspace_id: Scalar,
    creator: Scalar,
    modifier: Scalar,
    created_at: Scalar,
    updated_at: Scalar,
    color: Scalar,
    text_color: Scalar,
    icon: Scalar,
    is_encrypted: Scalar,
    in_storage: Scalar,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Uuid,
    Name,
    Id,
    WorkspaceId,
    Creator,
    Modifier,
    CreatedAt,
    UpdatedAt,
    Color,
    TextColor,
    Icon,
    IsEncrypted,
    InStorage,
    #[serde(other)]
    Other,
}

impl Entry {
    /// Whether it has a uuid, good or not; views have none.
    pub(crate) fn has_uuid(&self) -> bool {
        self.uuid != Scalar::Missing
    }

    /// Gives a base without a name an empty one ([fact 28](crate::facts)).
    pub(crate) fn named(mut self) -> Self {
        if self.name == Scalar::Null {
            self.name = Scalar::Text(String::new());
        }
        self
    }

    pub(crate) fn is_encrypted(&self) -> Option<bool> {
        self.is_encrypted.flag()
    }

    pub(crate) fn in_storage(&self) -> Option<bool> {
        self.in_storage.flag()
    }

    /// `None` if the uuid is not one, or if there is no name that a base can have.
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

impl From<Scalar> for Entry {
    fn from(_: Scalar) -> Entry {
        Entry::default()
    }
}

impl FromAny for Entry {
    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut entry = Entry::default();
        while let Some(key) = map.next_key()? {
            let value = match key {
                Key::Uuid => &mut entry.uuid,
                Key::Name => &mut entry.name,
                Key::Id => &mut entry.id,
                Key::WorkspaceId => &mut entry.workspace_id,
                Key::Creator => &mut entry.creator,
                Key::Modifier => &mut entry.modifier,
                Key::CreatedAt => &mut entry.created_at,
                Key::UpdatedAt => &mut entry.updated_at,
                Key::Color => &mut entry.color,
                Key::TextColor => &mut entry.text_color,
                Key::Icon => &mut entry.icon,
                Key::IsEncrypted => &mut entry.is_encrypted,
                Key::InStorage => &mut entry.in_storage,
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *value = map.next_value()?;
        }
        Ok(entry)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue(PhantomData))
    }
}
