//! Provider `bitbucket-dc` against recorded payloads and a stateful stub of Bitbucket Data Center.

mod gather;
mod hostile;
mod keys;
mod poll;
mod probe;
mod publish;
mod setup;
mod steps;
mod support;
