//! The road: from something that happened to a finished suggestion, and from a click to its outcome.
//!
//! Each step is a file of its own. Providers, models and notifiers are handed in as traits; no HTTP, no SQL
//! text and no clock in here.

pub mod accept;
mod agent;
mod analyse;
pub mod atoms;
pub mod backtest;
mod brief;
pub mod builds;
mod catch_up;
pub mod compose;
mod database;
pub mod documents;
mod draft_check;
mod elsewhere;
mod engine;
mod follow;
pub mod gate;
mod gather;
mod give_way;
pub mod hindsight;
mod home;
mod intake;
mod judge;
mod locate;
pub mod log;
mod look_after;
pub mod loops;
mod meter;
mod notify;
mod observe;
mod past;
mod poll;
pub mod prompt;
mod publish;
pub mod rank;
mod retention;
mod revise;
pub mod setup;
mod spool;
mod step;
mod support;
mod survey;
mod token;
pub mod trial;
mod untrusted;
mod write;

pub use accept::AcceptError;
pub use engine::{Engine, Parts};
pub use locate::Located;
pub use meter::{Count, StepHealth};
pub use notify::Tried;
pub use revise::Preview;
pub use step::Progress;
