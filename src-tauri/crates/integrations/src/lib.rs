//! Everything that speaks a foreign protocol.

mod account;
mod alerts;
mod device;
mod diff;
pub mod ecosystems;
pub mod editors;
mod facts;
mod hooks;
pub mod http;
pub mod models;
mod payload;
pub mod providers;
mod publish;
mod reading;
mod rounds;
mod seen;
mod series;
mod signed;
mod tickets;
