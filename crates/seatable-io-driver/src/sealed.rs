/// Implemented by the types of this crate only.
pub trait Sealed {}
