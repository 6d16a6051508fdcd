//! Everything that speaks a foreign protocol.

pub mod providers;
