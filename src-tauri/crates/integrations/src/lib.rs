//! Everything that speaks a foreign protocol.

mod diff;
mod facts;
pub mod http;
mod payload;
pub mod providers;
mod publish;
mod reading;
mod rounds;
mod seen;
mod signed;
mod tickets;
