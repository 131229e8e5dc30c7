//! Enums whose variants have words.

/// Defines an enum, with the words of each variant beside it for `Display`.
macro_rules! worded {
    ($(#[$of_enum:meta])* pub enum $name:ident { $($(#[$meta:meta])* $variant:ident => $words:literal),* $(,)? }) => {
        $(#[$of_enum])*
        pub enum $name {
            $($(#[$meta])* $variant,)*
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $words,)*
                })
            }
        }
    };
}
pub(crate) use worded;
