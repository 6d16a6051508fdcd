//! Provider `bitbucket` against recorded payloads and a stateful stub of Bitbucket Cloud.

mod gather;
mod hostile;
mod keys;
mod poll;
mod probe;
mod publish;
mod quota;
mod setup;
mod steps;
mod support;
mod talk;
