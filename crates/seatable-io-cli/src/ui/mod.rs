//! The terminal: what is printed, and how it is drawn.

pub(crate) mod bars;
pub(crate) mod frame;
pub(crate) mod json;
pub(crate) mod layout;
pub(crate) mod screen;
pub(crate) mod shell;
pub(crate) mod text;
mod total;
pub(crate) mod watch;
pub(crate) mod width;
pub(crate) mod words;
