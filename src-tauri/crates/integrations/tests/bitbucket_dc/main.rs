//! Provider `bitbucket-dc` against recorded payloads and a stateful stub of Bitbucket Data Center.

mod faults;
mod gather;
mod keys;
mod payloads;
mod poll;
mod probe;
mod publish;
mod support;
