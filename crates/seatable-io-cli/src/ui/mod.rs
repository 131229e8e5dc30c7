//! The terminal: text, and lines of progress.

mod bars;
mod frame;
mod layout;
mod screen;
pub(crate) mod shell;
pub(crate) mod text;
mod watch;
mod width;
mod words;

pub(crate) use self::bars::now;
pub(crate) use self::layout::State;
pub(crate) use self::screen::Screen;
pub(crate) use self::text::visible;
pub(crate) use self::watch::Watch;
pub(crate) use self::width::{cut, width};
pub(crate) use self::words::{Size, count, spaced};
