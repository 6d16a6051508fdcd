//! Provider `gitlab` against recorded payloads and a stateful stub of GitLab.

mod account;
mod builds;
mod described;
mod gather;
mod hooks;
mod hostile;
mod kept;
mod keys;
mod poll;
mod probe;
mod publish;
mod steps;
mod support;
mod talk;
mod whole;
