//! What Perch keeps: the SQLite database, the settings file, secrets, and the spool of `perch exec`.
//!
//! No decisions are taken here; the engine asks and tells.

pub mod db;
pub mod environment;
pub mod folders;
pub mod lock;
mod migrations;
mod nearest;
pub mod secrets;
pub mod settings;
pub mod spool;
pub mod table;
