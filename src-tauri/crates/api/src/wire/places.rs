//! `open_place`, `folders`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Opens a file in the user's editor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct OpenPlace {
    /// The suggestion that shows the place; its repository is meant.
    pub suggestion: Option<String>,
    /// Without a suggestion: the repository's name or folder.
    pub repository: Option<String>,
    /// The file: from the repository's root, or as a tool printed it.
    pub path: String,
    /// The line, counted from 1.
    pub line: Option<u32>,
}

/// What was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OpenedPlace {
    /// The editor's name.
    pub editor: String,
    /// The file, absolute.
    pub path: String,
}

/// Git folders of this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Folders {
    /// The folder that was looked through.
    pub under: String,
    /// The folders, the most recently used first.
    pub folders: Vec<FolderView>,
}

/// A git folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FolderView {
    /// Its path.
    pub path: String,
    /// When git last wrote in it.
    pub used_at: String,
    /// Whether it is watched already.
    pub watched: bool,
}
