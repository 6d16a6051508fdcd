//! Provider `github` against published payloads, a stateful stub of GitHub, and GitHub's own description of its API.

mod contract;
mod faults;
mod gather;
mod keys;
mod payloads;
mod poll;
mod publish;
mod support;
mod talk;
