//! The sink over memory, a folder, and S3.

mod by_hand;
mod exports;
mod stores;
