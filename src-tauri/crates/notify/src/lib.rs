//! Notifiers: what shows a suggestion outside the panel.
//!
//! They show and report presses; what a press does is decided elsewhere.

#[cfg(all(unix, not(target_os = "macos")))]
mod freedesktop;
mod log;
#[cfg(not(all(unix, not(target_os = "macos"))))]
mod native;
mod words;

#[cfg(all(unix, not(target_os = "macos")))]
pub use freedesktop::{Toasts, probe};
pub use log::Log;
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub use native::{Toasts, probe};

/// The name over every toast.
const NAME: &str = "Perch";
/// The application's id, by which macOS and Windows know whose toast it is.
#[cfg(not(all(unix, not(target_os = "macos"))))]
const APPLICATION: &str = "dev.perch.Perch";
/// What is reported when a toast itself is pressed rather than one of its buttons.
const DETAILS: &str = "details";

/// What shows toasts on this desktop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name and version.
    pub name: String,
    /// True if it shows buttons and reports presses.
    pub actions: bool,
}
