//! What a diff means: which files are code, which functions it touches, what it takes away from others.
//!
//! Read from lines and hunk headings, without a parser: where a line leaves doubt, nothing is claimed.

pub(crate) mod cases;
pub(crate) mod exports;
pub(crate) mod functions;
pub(crate) mod language;
pub(crate) mod parts;
pub(crate) mod role;
pub(crate) mod secrets;
pub(crate) mod surface;
pub(crate) mod testing;
pub(crate) mod untested;

#[cfg(test)]
pub(crate) mod sample;
