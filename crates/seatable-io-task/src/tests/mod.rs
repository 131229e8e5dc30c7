#![allow(clippy::disallowed_methods, reason = "virtual time needs one real instant to begin at")]

mod cancel;
mod export;
mod facts;
mod import;
mod patience;
mod scene;
mod table;
mod words;
