//! Provider `gitea` against recorded payloads and a stateful stub of a Gitea server.

mod account;
mod builds;
mod faults;
mod gather;
mod hooks;
mod keys;
mod payloads;
mod poll;
mod publish;
mod steps;
mod support;
mod talk;
