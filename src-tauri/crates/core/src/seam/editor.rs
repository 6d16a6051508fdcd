//! The seam to the user's editor: which there are, and opening a file at a line in one.

use std::path::Path;

use thiserror::Error;

/// The choice that leaves it to Perch.
pub const AUTO: &str = "auto";

/// An editor Perch knows how to speak to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its id, as the settings write it.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Whether it is on this machine.
    pub found: bool,
}

/// A place in a working tree of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot<'a> {
    /// The working tree's root, absolute.
    pub root: &'a Path,
    /// The file, absolute and inside the root.
    pub file: &'a Path,
    /// The line, counted from 1.
    pub line: Option<u32>,
}

/// Why nothing was opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EditorError {
    /// There is no such editor here; the message says what to set.
    #[error("{0}")]
    Absent(String),
    /// It is here and did not start.
    #[error("{0}")]
    Failed(String),
}

/// The editors of this machine.
pub trait Editor: Send + Sync {
    /// Every editor that can be chosen, those that are not here too.
    fn known(&self) -> Vec<Known>;

    /// Opens `spot` in the editor whose id is `wanted`, or in the likeliest one for [`AUTO`], and tells its name.
    ///
    /// Returns once it runs, or after a moment without a failure.
    fn open(&self, wanted: &str, spot: Spot<'_>) -> Result<&'static str, EditorError>;
}
