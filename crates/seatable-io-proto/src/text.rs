//! Types that are checked texts.

/// Implements the conversions from text with `$name::new`.
macro_rules! from_text {
    ($name:ident) => {
        impl std::str::FromStr for $name {
            type Err = $crate::InputError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $name::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::InputError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                $name::new(text)
            }
        }
    };
}
pub(crate) use from_text;

/// Defines a type for checked text, with its conversions. `$check` returns whether a text is valid.
macro_rules! checked_text {
    ($(#[$attribute:meta])* $name:ident, reads $wire:literal, new $limits:literal, $check:expr) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = $wire, into = "String")]
        pub struct $name(String);

        $crate::text::from_text!($name);

        impl $name {
            #[doc = $limits]
            ///
            /// # Errors
            ///
            #[doc = concat!("[`InputError::", stringify!($name), "`](crate::InputError::", stringify!($name), ") for anything else.")]
            pub fn new(text: impl Into<String>) -> Result<Self, $crate::InputError> {
                let text = text.into();
                let check: fn(&str) -> bool = $check;
                if check(&text) { Ok($name(text)) } else { Err($crate::InputError::$name) }
            }

            /// Returns the text as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::InputError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                $name::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    };
}
pub(crate) use checked_text;
