//! Judgement: analysers, log parsers and documents. Pure: facts in, findings out.

pub mod analyser;
pub mod analysers;
mod change;
pub mod changepoints;
pub mod dependencies;
mod environment;
pub mod explain;
pub mod log;
mod pull_request;
mod syntax;
mod title;
