//! Provider `gitea` against recorded payloads and a stateful stub of a Gitea server.

mod faults;
mod gather;
mod keys;
mod payloads;
mod poll;
mod publish;
mod support;
mod talk;
