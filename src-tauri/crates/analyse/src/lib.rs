//! Judgement: analysers, log parsers and documents. Pure: facts in, findings out.

pub mod analyser;
pub mod analysers;
mod change;
mod changelog;
pub mod changepoints;
pub mod content;
pub mod explain;
pub mod log;
mod markdown;
mod pull_request;
mod syntax;
mod title;
pub mod triage;
