//! Everything that speaks a foreign protocol.

mod diff;
pub mod http;
mod payload;
pub mod providers;
mod rounds;
mod signed;
