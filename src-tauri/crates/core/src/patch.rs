//! Patches: search and replace edits that apply exactly or not at all.
//!
//! An edit names the text it replaces, never only a line number, so a file that changed meanwhile is
//! noticed. Nothing here is fuzzy.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use ts_rs::TS;

/// What a patch was made against.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Base {
    /// The commit, by its full hash.
    pub commit: String,
    /// The branch that stood on it; absent for a detached head.
    pub branch: Option<String>,
    /// The snapshot of the working tree that stood on top of it, when that differed.
    pub snapshot: Option<String>,
    /// Paths whose content in the snapshot differs from the commit, sorted.
    pub dirty: Vec<String>,
}

/// A change to files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// Changed files, each once, sorted by path.
    pub files: Vec<FilePatch>,
}

/// The change to one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePatch {
    /// Path from the repository's root, with forward slashes.
    pub path: String,
    /// The change.
    pub change: Change,
}

/// What happens to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// Parts of it are replaced, in order from top to bottom.
    Edit {
        /// The replacements.
        edits: Vec<Edit>,
    },
    /// It must not exist and is written.
    Create {
        /// Its text.
        content: String,
    },
}

/// One replacement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The text to be replaced. It must stand in the file exactly.
    pub search: String,
    /// What stands there afterwards.
    pub replace: String,
    /// The 1-based line where `search` began in the base. Chooses among several exact occurrences, and only among those.
    pub line: Option<u32>,
}

/// Why a patch does not apply.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PatchError {
    /// A searched text is not in the file.
    #[error("`{path}` no longer holds the text the fix replaces (near line {line})")]
    NotFound {
        /// The file.
        path: String,
        /// Where it stood in the base, 0 when unknown.
        line: u32,
    },
    /// A searched text stands in several places and no line tells them apart.
    #[error("`{path}` holds the text the fix replaces {count} times, so the place is not clear")]
    Ambiguous {
        /// The file.
        path: String,
        /// How often.
        count: usize,
    },
    /// Two edits overlap.
    #[error("two edits to `{path}` overlap")]
    Overlap {
        /// The file.
        path: String,
    },
    /// The file to change is not there.
    #[error("`{path}` is not there any more")]
    Missing {
        /// The file.
        path: String,
    },
    /// The file to create is there already.
    #[error("`{path}` already exists")]
    Exists {
        /// The file.
        path: String,
    },
    /// The path leaves the repository or enters `.git`.
    #[error("`{path}` is not a path inside the repository")]
    Outside {
        /// The path.
        path: String,
    },
}

/// A file before and after a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patched {
    /// Path from the repository's root.
    pub path: String,
    /// Its text before; absent when it is created.
    pub before: Option<String>,
    /// Its text after.
    pub after: String,
}

impl Patch {
    /// Resolves every edit against the texts `read` gives, or says why it does not fit. Nothing is written.
    pub fn resolve(
        &self,
        mut read: impl FnMut(&str) -> Option<String>,
    ) -> Result<Vec<Patched>, PatchError> {
        self.files
            .iter()
            .map(|file| {
                if !is_inside(&file.path) {
                    return Err(PatchError::Outside {
                        path: file.path.clone(),
                    });
                }
                let before = read(&file.path);
                match (&file.change, before) {
                    (Change::Create { content }, None) => Ok(Patched {
                        path: file.path.clone(),
                        before: None,
                        after: content.clone(),
                    }),
                    (Change::Create { .. }, Some(_)) => Err(PatchError::Exists {
                        path: file.path.clone(),
                    }),
                    (Change::Edit { .. }, None) => Err(PatchError::Missing {
                        path: file.path.clone(),
                    }),
                    (Change::Edit { edits }, Some(before)) => {
                        let after = apply(&file.path, &before, edits)?;
                        Ok(Patched {
                            path: file.path.clone(),
                            before: Some(before),
                            after,
                        })
                    }
                }
            })
            .collect()
    }

    /// The number of separate places it changes: what the panel offers to leave out one by one.
    pub fn hunks(&self) -> usize {
        self.files
            .iter()
            .map(|file| match &file.change {
                Change::Edit { edits } => edits.len(),
                Change::Create { .. } => 1,
            })
            .sum()
    }

    /// The patch without the places whose numbers, counted from 0 over all files, are in `left_out`.
    pub fn without(&self, left_out: &[usize]) -> Self {
        let mut number = 0;
        let mut keep = || {
            number += 1;
            !left_out.contains(&(number - 1))
        };
        let files = self
            .files
            .iter()
            .filter_map(|file| match &file.change {
                Change::Edit { edits } => {
                    let edits: Vec<_> = edits.iter().filter(|_| keep()).cloned().collect();
                    (!edits.is_empty()).then(|| FilePatch {
                        path: file.path.clone(),
                        change: Change::Edit { edits },
                    })
                }
                Change::Create { .. } => keep().then(|| file.clone()),
            })
            .collect();
        Self { files }
    }
}

fn apply(path: &str, text: &str, edits: &[Edit]) -> Result<String, PatchError> {
    let mut spans = edits
        .iter()
        .map(|edit| {
            locate(path, text, edit).map(|start| (start, start + edit.search.len(), &edit.replace))
        })
        .collect::<Result<Vec<_>, _>>()?;
    spans.sort_by_key(|&(start, ..)| start);
    let mut after = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end, replace) in spans {
        if start < done {
            return Err(PatchError::Overlap { path: path.into() });
        }
        after.push_str(&text[done..start]);
        after.push_str(replace);
        done = end;
    }
    after.push_str(&text[done..]);
    Ok(after)
}

fn locate(path: &str, text: &str, edit: &Edit) -> Result<usize, PatchError> {
    let missing = || PatchError::NotFound {
        path: path.into(),
        line: edit.line.unwrap_or(0),
    };
    if edit.search.is_empty() {
        // Only an empty file has one clear place for nothing.
        return if text.is_empty() {
            Ok(0)
        } else {
            Err(missing())
        };
    }
    let places: Vec<usize> = text.match_indices(&edit.search).map(|(at, _)| at).collect();
    match (places.as_slice(), edit.line) {
        ([], _) => Err(missing()),
        ([place], _) => Ok(*place),
        (places, Some(line)) => {
            let line_of = |at: usize| text[..at].matches('\n').count() + 1;
            places
                .iter()
                .copied()
                .find(|&at| line_of(at) == line as usize)
                .ok_or(PatchError::Ambiguous {
                    path: path.into(),
                    count: places.len(),
                })
        }
        (places, None) => Err(PatchError::Ambiguous {
            path: path.into(),
            count: places.len(),
        }),
    }
}

/// True for a relative path of plain parts that stays out of `.git`.
pub fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && !path.contains(['\\', '\0', ':'])
        && path.split('/').all(|part| {
            !part.is_empty() && part != "." && part != ".." && !part.eq_ignore_ascii_case(".git")
        })
}

/// The change as a unified diff with three lines of context, as `git apply` reads it.
pub fn unified_diff(files: &[Patched]) -> String {
    let mut text = String::new();
    for file in files {
        let old = file.before.as_deref().unwrap_or_default();
        let diff = similar::TextDiff::from_lines(old, &file.after);
        let old_name = if file.before.is_some() {
            format!("a/{}", file.path)
        } else {
            "/dev/null".into()
        };
        let _ = writeln!(text, "diff --git a/{0} b/{0}", file.path);
        if file.before.is_none() {
            text.push_str("new file mode 100644\n");
        }
        let _ = write!(
            text,
            "{}",
            diff.unified_diff()
                .context_radius(3)
                .header(&old_name, &format!("b/{}", file.path))
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(search: &str, replace: &str, line: Option<u32>) -> Patch {
        Patch {
            files: vec![FilePatch {
                path: "a.rs".into(),
                change: Change::Edit {
                    edits: vec![Edit {
                        search: search.into(),
                        replace: replace.into(),
                        line,
                    }],
                },
            }],
        }
    }

    #[test]
    fn edits_apply_exactly_or_say_why_not() {
        let text = "let a;\nlet b;\nlet a;\n";
        let apply = |patch: Patch| {
            patch
                .resolve(|_| Some(text.into()))
                .map(|files| files[0].after.clone())
        };
        let cases: [(Patch, Result<&str, PatchError>); 5] = [
            (edit("let b", "let c", None), Ok("let a;\nlet c;\nlet a;\n")),
            (
                edit("let a", "let c", Some(3)),
                Ok("let a;\nlet b;\nlet c;\n"),
            ),
            (
                edit("let a", "x", None),
                Err(PatchError::Ambiguous {
                    path: "a.rs".into(),
                    count: 2,
                }),
            ),
            (
                edit("let a", "x", Some(2)),
                Err(PatchError::Ambiguous {
                    path: "a.rs".into(),
                    count: 2,
                }),
            ),
            (
                edit("let z", "x", Some(9)),
                Err(PatchError::NotFound {
                    path: "a.rs".into(),
                    line: 9,
                }),
            ),
        ];
        for (patch, expected) in cases {
            assert_eq!(apply(patch), expected.map(Into::into));
        }
    }

    #[test]
    fn a_path_may_not_leave_the_repository() {
        for path in [
            "../x",
            "/etc/passwd",
            "a/../../b",
            ".git/config",
            "a/.GIT/x",
            "C:\\x",
            "",
            "a//b",
        ] {
            assert!(!is_inside(path), "{path}");
        }
        for path in ["a", "a/b.rs", ".github/workflows/ci.yml", "..a/b"] {
            assert!(is_inside(path), "{path}");
        }
    }

    #[test]
    fn places_can_be_left_out_by_number() {
        let mut patch = edit("a", "b", None);
        patch.files.push(FilePatch {
            path: "new".into(),
            change: Change::Create {
                content: "x".into(),
            },
        });
        assert_eq!(patch.hunks(), 2);
        assert_eq!(patch.without(&[0]).files[0].path, "new");
        assert!(patch.without(&[0, 1]).files.is_empty());
    }

    #[test]
    fn the_diff_is_one_git_can_read() {
        let files = [
            Patched {
                path: "a".into(),
                before: Some("1\n2\n".into()),
                after: "1\n3\n".into(),
            },
            Patched {
                path: "n".into(),
                before: None,
                after: "x\n".into(),
            },
        ];
        assert_eq!(
            unified_diff(&files),
            "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n\
             diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n"
        );
    }
}
