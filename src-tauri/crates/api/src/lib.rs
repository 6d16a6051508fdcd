//! What the panel, the command line and programs may ask: one table of commands with their wire types.
//!
//! Nothing here knows who asks or over what.

mod api;
pub mod commands;
pub mod error;
mod forge_cli;
mod sign_in;
mod view;
pub mod wire;

pub use api::{Api, Configuration, Parts};
