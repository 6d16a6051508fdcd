//! Provider `bitbucket` against recorded payloads and a stateful stub of Bitbucket Cloud.

mod faults;
mod gather;
mod keys;
mod payloads;
mod poll;
mod probe;
mod publish;
mod quota;
mod support;
