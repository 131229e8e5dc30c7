//! The terminal: text, and lines of progress.

mod bars;
mod complaints;
mod frame;
mod layout;
mod reading;
mod screen;
pub(crate) mod shell;
pub(crate) mod text;
mod total;
mod watch;
mod width;
mod words;

pub(crate) use self::bars::now;
pub(crate) use self::complaints::Complaints;
pub(crate) use self::layout::State;
pub(crate) use self::reading::Reading;
pub(crate) use self::screen::Screen;
pub(crate) use self::text::visible;
pub(crate) use self::total::Expected;
pub(crate) use self::watch::Watch;
pub(crate) use self::width::{cut, width};
pub(crate) use self::words::{Size, count, spaced};
