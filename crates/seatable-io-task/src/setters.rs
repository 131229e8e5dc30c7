//! The methods that set one field of a configuration.

/// Defines a method for each field.
macro_rules! setters {
    ($($field:ident: $type:ty),* $(,)?) => {
        $(
            #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
            pub fn $field(self, $field: $type) -> Self {
                Self { $field: $field.into(), ..self }
            }
        )*
    };
}
pub(crate) use setters;
