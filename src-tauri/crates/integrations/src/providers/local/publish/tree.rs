//! A change to the user's working tree: all files or none, each only if it holds what the change was
//! made against.
//!
//! Nothing is staged.

use std::fs::Metadata;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use perch_core::outcome::{RestoredFile, StepResult, Undo};
use perch_core::patch::{Base, Patch, PatchError, is_inside};
use perch_core::seam::publisher::PublishError;
use tempfile::NamedTempFile;

use super::super::folder::Folder;
use super::texts::{self, Text};
use super::{fault, refused, unfit};

/// Writes `patch` into the working tree, or finds that it is there.
pub(super) fn apply(
    folder: &Folder,
    base: &Base,
    patch: &Patch,
) -> Result<StepResult, PublishError> {
    if patch.files.is_empty() {
        return Err(refused(
            "every change was left out",
            "keep at least one of them",
        ));
    }
    let planned = planned(folder, base, patch)?;
    let mut open = Vec::new();
    for file in &planned {
        let found = on_disk(&folder.root, &file.path)?;
        if found.as_deref() == Some(&file.after) {
            continue;
        }
        if found != file.before {
            return Err(PublishError::Moved(match (&found, &file.before) {
                (Some(_), None) => format!("`{}` already exists", file.path),
                (None, _) => format!("`{}` is not there any more", file.path),
                _ => format!("`{}` has changed since this was suggested", file.path),
            }));
        }
        open.push(Write {
            path: folder.root.join(&file.path),
            before: file.before.clone(),
            after: Some(file.after.clone()),
        });
    }
    write(&open)?;
    let names: Vec<String> = planned
        .iter()
        .map(|file| format!("`{}`", file.path))
        .collect();
    Ok(StepResult {
        summary: format!("changed {} in the working tree", names.join(", ")),
        links: Vec::new(),
        undo: Some(Undo::RestoreFiles { files: planned }),
    })
}

/// Writes `patch` into the working tree as it stands, whatever is committed.
pub(in super::super) fn put(folder: &Folder, patch: &Patch) -> Result<(), PublishError> {
    let mut open = Vec::new();
    for file in &patch.files {
        if !is_inside(&file.path) {
            return Err(unfit(&PatchError::Outside {
                path: file.path.clone(),
            }));
        }
        let before = on_disk(&folder.root, &file.path)?;
        let one = Patch {
            files: vec![file.clone()],
        };
        let after = one
            .resolve(|_| before.clone())
            .map_err(|error| unfit(&error))?
            .remove(0)
            .after;
        open.push(Write {
            path: folder.root.join(&file.path),
            before,
            after: Some(after),
        });
    }
    write(&open)
}

/// Writes back what stood there before, if the files still hold what we wrote.
pub(super) fn restore(folder: &Folder, files: &[RestoredFile]) -> Result<String, PublishError> {
    let mut open = Vec::new();
    for file in files {
        if !is_inside(&file.path) {
            return Err(refused(
                format!("`{}` is not a path inside the repository", file.path),
                "restore it by hand",
            ));
        }
        let found = on_disk(&folder.root, &file.path)?;
        if found == file.before {
            continue;
        }
        if found.as_deref() != Some(&file.after) {
            return Err(refused(
                format!("`{}` has been changed since", file.path),
                "take the change back by hand",
            ));
        }
        open.push(Write {
            path: folder.root.join(&file.path),
            before: found,
            after: file.before.clone(),
        });
    }
    if open.is_empty() {
        return Ok("the files are as they were already".into());
    }
    write(&open)?;
    Ok(match open.len() {
        1 => "restored 1 file".into(),
        count => format!("restored {count} files"),
    })
}

/// What every file has to hold on disk, and what it will hold.
fn planned(folder: &Folder, base: &Base, patch: &Patch) -> Result<Vec<RestoredFile>, PublishError> {
    let git = &folder.git;
    let tree = if base.commit.is_empty() {
        None
    } else {
        Some(texts::commit(git, base)?.tree().map_err(fault)?)
    };
    let manifest = texts::manifest(base);
    let mut planned = Vec::with_capacity(patch.files.len());
    for file in &patch.files {
        if !is_inside(&file.path) {
            return Err(refused(
                format!("`{}` is not a path inside the repository", file.path),
                "make the change by hand",
            ));
        }
        let text = texts::based(git, tree.as_ref(), base, manifest.as_ref(), &file.path)?;
        let one = Patch {
            files: vec![file.clone()],
        };
        let after = one
            .resolve(|_| text.as_str().map(Into::into))
            .map_err(|error| unfit(&error))?
            .remove(0)
            .after;
        let before = text.as_str().map(Into::into);
        let converted = matches!(text, Text::Committed(_))
            && has_windows_ends(on_disk(&folder.root, &file.path)?.as_deref());
        planned.push(if converted {
            RestoredFile {
                path: file.path.clone(),
                before: before.map(|text: String| windows_ends(&text)),
                after: windows_ends(&after),
            }
        } else {
            RestoredFile {
                path: file.path.clone(),
                before,
                after,
            }
        });
    }
    Ok(planned)
}

/// True when every line ends in CRLF: then git may have converted the file on checkout.
fn has_windows_ends(text: Option<&str>) -> bool {
    text.is_some_and(|text| {
        let ends = text.matches('\n').count();
        ends > 0 && text.matches("\r\n").count() == ends
    })
}

/// The text with every line end as CRLF, also those that are already.
fn windows_ends(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

/// The text at `path`, absent when nothing is there. Links on the way and what is no text are refused.
fn on_disk(root: &Path, path: &str) -> Result<Option<String>, PublishError> {
    let mut place = root.to_path_buf();
    let parts: Vec<&str> = path.split('/').collect();
    for (index, part) in parts.iter().enumerate() {
        place.push(part);
        let metadata = match place.symlink_metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(path, &error)),
        };
        let is_last = index + 1 == parts.len();
        if !expected(&metadata, is_last) || (!is_last && place.join(".git").exists()) {
            return Err(refused(
                format!(
                    "`{path}` is not a plain file of this repository (a link, a folder or a submodule is in its way)"
                ),
                "make the change by hand",
            ));
        }
    }
    let bytes = std::fs::read(&place).map_err(|error| unreadable(path, &error))?;
    String::from_utf8(bytes).map(Some).map_err(|_| {
        refused(
            format!("`{path}` is not UTF-8 text"),
            "make the change by hand",
        )
    })
}

fn expected(metadata: &Metadata, is_last: bool) -> bool {
    if is_last {
        metadata.is_file()
    } else {
        metadata.is_dir()
    }
}

fn unreadable(path: &str, error: &io::Error) -> PublishError {
    refused(
        format!("`{path}` cannot be read: {error}"),
        "see to the file's permissions",
    )
}

/// One file's change.
struct Write {
    path: PathBuf,
    /// What it holds now.
    before: Option<String>,
    /// What it will hold; absent to delete it.
    after: Option<String>,
}

/// Prepares all files, then puts them in place; when one cannot be, those already changed are put back.
fn write(files: &[Write]) -> Result<(), PublishError> {
    let mut made = Vec::new();
    let ready: Result<Vec<_>, _> = files
        .iter()
        .map(|file| {
            make_folders(&file.path, &mut made)?;
            prepared(&file.path, file.after.as_deref())
        })
        .collect();
    let fault = match ready {
        Ok(ready) => {
            let mut done = 0;
            let mut fault = None;
            for (file, draft) in files.iter().zip(ready) {
                if let Err(error) = place(&file.path, draft) {
                    fault = Some((file, error));
                    break;
                }
                done += 1;
            }
            let Some(fault) = fault else { return Ok(()) };
            for file in &files[..done] {
                let back = prepared(&file.path, file.before.as_deref())
                    .and_then(|draft| place(&file.path, draft));
                if let Err(error) = back {
                    return Err(refused(
                        format!(
                            "`{}` could not be written ({}), and `{}` could not be put back ({error})",
                            fault.0.path.display(),
                            fault.1,
                            file.path.display()
                        ),
                        "look at both with `git diff`",
                    ));
                }
            }
            fault.1
        }
        Err(error) => error,
    };
    for folder in made.iter().rev() {
        // It stays when something else has come into it.
        let _ = std::fs::remove_dir(folder);
    }
    Err(match fault.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => refused(
            format!("the working tree cannot be written: {fault}"),
            "see to its permissions",
        ),
        _ => PublishError::Unavailable(format!("the working tree cannot be written: {fault}")),
    })
}

/// Makes the folders above `path` and notes which were not there.
fn make_folders(path: &Path, made: &mut Vec<PathBuf>) -> io::Result<()> {
    let absent: Vec<&Path> = path
        .ancestors()
        .skip(1)
        .take_while(|folder| !folder.exists())
        .collect();
    for folder in absent.into_iter().rev() {
        std::fs::create_dir(folder)?;
        made.push(folder.to_path_buf());
    }
    Ok(())
}

/// The new content beside the file it is for, with that file's permissions; `None` to delete it.
fn prepared(path: &Path, content: Option<&str>) -> io::Result<Option<NamedTempFile>> {
    let Some(content) = content else {
        return Ok(None);
    };
    let folder = path
        .parent()
        .ok_or_else(|| io::Error::other("a file has a folder"))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".perch-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As for any new file, the umask takes its part.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut draft = builder.tempfile_in(folder)?;
    draft.write_all(content.as_bytes())?;
    if let Ok(metadata) = path.metadata() {
        draft.as_file().set_permissions(metadata.permissions())?;
    }
    draft.as_file().sync_all()?;
    Ok(Some(draft))
}

fn place(path: &Path, draft: Option<NamedTempFile>) -> io::Result<()> {
    match draft {
        Some(draft) => draft
            .persist(path)
            .map(|_| ())
            .map_err(|failed| failed.error),
        None => std::fs::remove_file(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_put_back_when_a_later_file_cannot_be() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("changed"), "old").expect("writable");
        std::fs::write(path("deleted"), "old").expect("writable");
        // Nothing is renamed over a folder that holds something.
        std::fs::create_dir_all(path("stuck/inner")).expect("a folder can be made");
        let file = |name: &str, before: Option<&str>, after: Option<&str>| Write {
            path: path(name),
            before: before.map(Into::into),
            after: after.map(Into::into),
        };
        let result = write(&[
            file("changed", Some("old"), Some("new")),
            file("deleted", Some("old"), None),
            file("deep/created", None, Some("new")),
            file("stuck", None, Some("new")),
        ]);
        assert!(
            matches!(result, Err(PublishError::Unavailable(_))),
            "{result:?}"
        );
        let read = |name: &str| std::fs::read_to_string(path(name)).ok();
        assert_eq!(read("changed").as_deref(), Some("old"));
        assert_eq!(read("deleted").as_deref(), Some("old"));
        let mut left: Vec<_> = std::fs::read_dir(folder.path())
            .expect("readable")
            .map(|entry| entry.expect("readable").file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["changed", "deleted", "stuck"]);
    }
}
