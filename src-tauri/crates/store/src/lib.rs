//! What Perch keeps: the SQLite database, the settings file, secrets, and the spool of `perch exec`.
//!
//! No decisions are taken here; the engine asks and tells.

pub mod db;
pub mod fault;
mod migrations;
pub mod table;
