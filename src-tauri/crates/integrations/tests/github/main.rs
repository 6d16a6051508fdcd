//! Provider `github` against published payloads, a stateful stub of GitHub, and GitHub's own description of its API.

mod account;
mod builds;
mod contract;
mod faults;
mod gather;
mod hooks;
mod kept;
mod keys;
mod payloads;
mod poll;
mod publish;
mod quota;
mod steps;
mod support;
mod talk;
