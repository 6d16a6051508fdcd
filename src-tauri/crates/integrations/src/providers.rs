//! The registry of providers: one line each.

pub mod local;
