//! The words of Perch and the seams between its crates.
//!
//! Everything here is a value or a trait: no IO, no clock, no environment, no async runtime.

pub mod action;
pub mod atom;
pub mod build;
pub mod change;
pub mod connection;
pub mod delivery;
pub mod dependency;
pub mod draft;
pub mod edit;
pub mod event;
pub mod event_type;
pub mod evidence;
pub mod facts;
pub mod filter;
pub mod finding;
pub mod id;
pub mod merge_message;
pub mod metric;
pub mod outcome;
pub mod patch;
pub mod policy;
pub mod preferences;
pub mod program;
pub mod redact;
pub mod run;
pub mod schema;
pub mod seam;
pub mod sql;
pub mod subject;
pub mod suggestion;
pub mod user;
pub mod verdict;
pub mod wildcard;
