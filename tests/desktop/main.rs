//! Perch on a real desktop, as its user sees and clicks it.
//!
//! Runs inside `scripts/desktop-session.sh`; anywhere else each test says that it was skipped.

mod away;
mod job;
mod lasting;
mod panel;
mod session;
mod toasts;
mod tray;
