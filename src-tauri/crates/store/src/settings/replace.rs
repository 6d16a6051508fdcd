//! Replacing a file's content so that whoever reads it finds the old text or the new one, never a part.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use crate::folders::{create_private, sync_folder};

/// Writes `text` to `path` by way of a file beside it. Mode and links of an existing file stay.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    // A link is often a user's dotfiles at work: what it points to is replaced, not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().unwrap_or(Path::new("."));
    create_private(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".config-")
        .suffix(".toml")
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Ok(before) = fs::metadata(&path) {
        if before.permissions().readonly() {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "it is marked read-only",
            ));
        }
        file.as_file().set_permissions(before.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&path)?;
    sync_folder(folder)
}
