//! Provider `gitlab` against recorded payloads and a stateful stub of GitLab.

mod faults;
mod gather;
mod kept;
mod keys;
mod payloads;
mod poll;
mod probe;
mod publish;
mod support;
mod talk;
mod whole;
