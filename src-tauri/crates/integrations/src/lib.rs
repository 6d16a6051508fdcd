//! Everything that speaks a foreign protocol.

mod diff;
pub mod ecosystems;
mod facts;
pub mod http;
mod payload;
pub mod providers;
mod publish;
mod rounds;
mod signed;
