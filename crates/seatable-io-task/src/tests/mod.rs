#![allow(clippy::unchecked_time_subtraction, reason = "virtual time never runs backwards")]

mod anew;
mod cancel;
mod exchange;
mod export;
mod facts;
mod import;
mod list;
mod pace;
mod patience;
mod resume;
mod scene;
mod table;
mod tables;
mod words;
