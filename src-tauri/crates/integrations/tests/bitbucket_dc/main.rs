//! Provider `bitbucket-dc` against recorded payloads and a stateful stub of Bitbucket Data Center.

mod gather;
mod keys;
mod poll;
mod probe;
mod publish;
mod setup;
mod steps;
mod support;
