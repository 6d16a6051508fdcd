//! The seams: what is handed to the engine from outside, as traits.

pub mod account;
pub mod checkout;
pub mod delivery_log;
pub mod ecosystem;
pub mod editor;
pub mod hooks;
pub mod http_cache;
pub mod model;
pub mod notifier;
pub mod provider;
pub mod publisher;
pub mod secrets;
pub mod tunnel;
pub mod webhook;
