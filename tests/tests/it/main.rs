//! Tests across crates.

mod account;
mod config;
mod corpus;
mod docs_rs;
mod hostile;
mod javascript;
mod layering;
mod links;
mod listing;
mod memory;
mod model;
mod packages;
mod pages;
mod schedule;
mod search;
