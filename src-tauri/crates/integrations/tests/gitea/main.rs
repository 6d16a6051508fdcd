//! Provider `gitea` against recorded payloads and a stateful stub of a Gitea server.

mod account;
mod builds;
mod gather;
mod hooks;
mod hostile;
mod keys;
mod poll;
mod probe;
mod steps;
mod support;
mod talk;
