//! Provider `gitlab` against recorded payloads and a stateful stub of GitLab.

mod account;
mod faults;
mod gather;
mod hooks;
mod kept;
mod keys;
mod payloads;
mod poll;
mod probe;
mod publish;
mod support;
mod whole;
