//! What the panel, the command line and programs may ask: one table of commands with their wire types.
//!
//! The table is in [`commands`]; nothing here knows who asks or over what.

pub mod error;
pub mod wire;
