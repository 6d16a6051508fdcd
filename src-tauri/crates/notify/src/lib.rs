//! Notifiers: what shows a suggestion outside the panel.
//!
//! They show and report presses; what a press does is decided elsewhere.

mod log;
mod text;
#[cfg_attr(not(all(unix, not(target_os = "macos"))), path = "toasts/plain.rs")]
mod toasts;

pub use log::Log;
pub use toasts::{Server, Toasts, probe};
