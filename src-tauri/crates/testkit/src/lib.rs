//! Builders, stubs and recorders for tests. Never part of the program.

pub mod chance;
pub mod diff;
pub mod ecosystem;
pub mod forge;
pub mod history;
pub mod labelled;
pub mod model;
pub mod network;
pub mod obedient;
#[cfg(unix)]
pub mod postgres;
pub mod provider;
pub mod published;
pub mod recorder;
pub mod repository;
pub mod scenario;
pub mod smee;
pub mod watch;
pub mod writer;
