//! Perch's shell: puts the crates together and lets people in, by tray, panel, command line and socket.

pub mod cli;
#[cfg(feature = "desktop")]
pub mod desktop;
mod in_force;
pub mod leash;
mod logging;
mod metrics;
pub mod running;
pub mod serve;
mod socket;
#[cfg(feature = "desktop")]
mod tray;
mod tunnels;
pub mod wire;

pub use logging::{Audience, start as start_logging};
#[cfg(feature = "desktop")]
pub use tray::run as run_tray;
