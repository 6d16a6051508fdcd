//! Edits as a model writes them, resolved against the files they mean into an exact patch, or refused with the reason.
//!
//! A searched text is looked for in four ways, each looser than the one before: as it stands; with other space at line
//! ends and other line ends; with another indent, the same for all lines; nearly alike, in one place only. What may be
//! changed at all is asked first (`edit::allowed`). Whether the result is well-formed is the analysers' to say.

mod allowed;
mod ladder;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use allowed::{Allowed, Limits};

use crate::patch::{Change, Edit, FilePatch, Patch, PatchError};

/// One edit as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Path from the repository's root.
    pub path: String,
    /// The text to be replaced; empty for a file that is not there yet.
    pub search: String,
    /// What stands there afterwards.
    pub replace: String,
}

/// Why edits are refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refused {
    /// The path may not be changed.
    #[error("`{path}` may not be changed: {reason}")]
    Forbidden {
        /// The path.
        path: String,
        /// Why.
        reason: String,
    },
    /// It is more than fits a suggestion.
    #[error("the edits are too large: {0}")]
    TooLarge(String),
    /// A searched text stands nowhere in the file, nor anything nearly like it.
    #[error("`{path}` holds nothing like the text edit {number} replaces")]
    NotFound {
        /// The file.
        path: String,
        /// Which of the edits, counted from 1.
        number: usize,
    },
    /// A searched text stands in several places.
    #[error("`{path}` holds the text edit {number} replaces {count} times")]
    Ambiguous {
        /// The file.
        path: String,
        /// Which of the edits, counted from 1.
        number: usize,
        /// How often.
        count: usize,
    },
    /// An edit changes nothing.
    #[error("edit {number} of `{path}` changes nothing")]
    Nothing {
        /// The file.
        path: String,
        /// Which of the edits, counted from 1.
        number: usize,
    },
    /// The edits do not fit together, or the file is not as they take it to be.
    #[error(transparent)]
    Patch(#[from] PatchError),
}

/// The exact patch that `blocks` mean. `read` gives the text of a file as it stands, if there is one.
pub fn resolve(
    blocks: &[Block],
    allowed: &Allowed<'_>,
    mut read: impl FnMut(&str) -> Option<String>,
) -> Result<Patch, Refused> {
    allowed.amount(blocks)?;
    let mut files: Vec<FilePatch> = Vec::new();
    for (at, block) in blocks.iter().enumerate() {
        let number = at + 1;
        let before = read(&block.path);
        allowed.path(&block.path, before.is_some())?;
        let Some(before) = before else {
            if !block.search.is_empty() {
                return Err(PatchError::Missing {
                    path: block.path.clone(),
                }
                .into());
            }
            allowed.content(block, "", &block.replace)?;
            if files.iter().any(|file| file.path == block.path) {
                return Err(PatchError::Exists {
                    path: block.path.clone(),
                }
                .into());
            }
            files.push(FilePatch {
                path: block.path.clone(),
                change: Change::Create {
                    content: block.replace.clone(),
                },
            });
            continue;
        };
        allowed.size(&block.path, &before)?;
        if block.search.is_empty() && !before.is_empty() {
            return Err(PatchError::Exists {
                path: block.path.clone(),
            }
            .into());
        }
        let edit = ladder::find(block, number, &before)?;
        if edit.search == edit.replace {
            return Err(Refused::Nothing {
                path: block.path.clone(),
                number,
            });
        }
        allowed.content(block, &edit.search, &edit.replace)?;
        match files.iter_mut().find(|file| file.path == block.path) {
            Some(FilePatch {
                change: Change::Edit { edits },
                ..
            }) => edits.push(edit),
            Some(_) => {
                return Err(PatchError::Exists {
                    path: block.path.clone(),
                }
                .into());
            }
            None => files.push(FilePatch {
                path: block.path.clone(),
                change: Change::Edit { edits: vec![edit] },
            }),
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let patch = Patch { files };
    for file in patch.resolve(&mut read)? {
        allowed.whole(&file)?;
    }
    Ok(patch)
}

/// The patch that takes `patch` back: applied to what `patch` made of the files, it gives their bytes again. Files that
/// `patch` creates are not in it, for they are removed instead.
pub fn undo(
    patch: &Patch,
    mut read: impl FnMut(&str) -> Option<String>,
) -> Result<Patch, PatchError> {
    let files = patch
        .resolve(&mut read)?
        .into_iter()
        .filter_map(|file| {
            let search = file.after;
            Some(FilePatch {
                path: file.path,
                change: Change::Edit {
                    edits: vec![Edit {
                        search,
                        replace: file.before?,
                        line: Some(1),
                    }],
                },
            })
        })
        .collect();
    Ok(Patch { files })
}
