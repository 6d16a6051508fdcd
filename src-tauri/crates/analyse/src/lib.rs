//! Judgement: analysers, log parsers and documents. Pure: facts in, findings out.

pub mod analyser;
pub mod analysers;
#[cfg(test)]
mod bad_input;
mod change;
mod changelog;
pub mod changepoints;
mod chart;
pub mod content;
mod conversation;
pub mod dependencies;
mod environment;
pub mod explain;
#[cfg(test)]
mod history;
pub mod log;
mod markdown;
mod pull_request;
pub mod regression;
mod revert;
pub mod schema;
mod suspects;
mod syntax;
pub mod ticket;
mod title;
pub mod triage;

pub use self::markdown::{is_hidden, visible, visible_lines};
