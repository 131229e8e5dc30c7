#![allow(clippy::unchecked_time_subtraction, reason = "virtual time never runs backwards")]

mod anew;
mod cancel;
mod closed;
mod exchange;
mod export;
mod facts;
mod files;
mod hints;
mod import;
mod learned;
mod lifecycle;
mod list;
mod names;
mod pace;
mod pipe;
mod resume;
mod routes;
mod scene;
mod serialized;
mod server_wide;
mod table;
mod tables;
mod time_limit;
mod timeout;
mod words;
