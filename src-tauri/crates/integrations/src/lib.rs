//! Everything that speaks a foreign protocol.

pub mod http;
pub mod providers;
