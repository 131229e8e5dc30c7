//! Jobs over SQLite and PostgreSQL.

mod databases;
mod deliveries;
mod kills;
mod many;
