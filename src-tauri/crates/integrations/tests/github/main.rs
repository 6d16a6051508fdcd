//! Provider `github` against published payloads, a stateful stub of GitHub, and GitHub's own description of its API.

mod account;
mod builds;
mod client;
mod contract;
mod gather;
mod hooks;
mod hostile;
mod kept;
mod keys;
mod poll;
mod probe;
mod quota;
mod recorded;
mod steps;
mod support;
mod talk;
