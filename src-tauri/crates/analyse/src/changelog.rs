//! Changelogs: how one is laid out and styled, which change belongs where in it, and the words of an entry.
//!
//! Shared by the analyser of merged pull requests and by the documents; says nothing about where either comes from.

pub(crate) mod category;
pub(crate) mod entry;
pub(crate) mod heading;
pub(crate) mod insert;
pub(crate) mod landed;
pub(crate) mod language;
pub(crate) mod layout;
pub(crate) mod names;
pub(crate) mod style;
pub(crate) mod which;
