//! The migrations of the repository that belongs to a project: the files of `supabase/migrations`. It only reads.

use std::fs;
use std::path::Path;

use perch_core::schema::MigrationFile;
use perch_core::seam::provider::ProviderError;

/// Where the Supabase CLI keeps migrations, from the repository's root.
const MIGRATIONS: &str = "supabase/migrations";

/// Bytes of a migration that are read at most; of a longer one only the name counts.
const LONGEST: u64 = 1 << 20;

/// Migrations at most, the newest.
const MOST: usize = 2_000;

/// Every migration below `root`, oldest first; none where the folder is missing.
pub(super) async fn migrations(root: String) -> Result<Vec<MigrationFile>, ProviderError> {
    tokio::task::spawn_blocking(move || read(Path::new(&root)))
        .await
        .map_err(|error| ProviderError::Unavailable(error.to_string()))?
}

fn read(root: &Path) -> Result<Vec<MigrationFile>, ProviderError> {
    if !root.is_dir() {
        return Err(ProviderError::Misconfigured {
            problem: format!(
                "the folder `{}` of the setting `folder` is not there",
                root.display()
            ),
            next_step: "correct it, or take it out".into(),
        });
    }
    let folder = root.join(MIGRATIONS);
    let unreadable = |error: std::io::Error| {
        ProviderError::Unavailable(format!("`{}` cannot be read: {error}", folder.display()))
    };
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        let file = entry.file_name().to_string_lossy().into_owned();
        let Some((version, name)) = parts(&file) else {
            continue;
        };
        let short = entry
            .metadata()
            .is_ok_and(|data| data.is_file() && data.len() <= LONGEST);
        found.push(MigrationFile {
            version: version.into(),
            name: name.into(),
            path: format!("{MIGRATIONS}/{file}"),
            sql: if short {
                fs::read_to_string(entry.path()).unwrap_or_default()
            } else {
                String::new()
            },
        });
    }
    found.sort_by(|one, other| one.version.cmp(&other.version));
    let many = found.len().saturating_sub(MOST);
    found.drain(..many);
    Ok(found)
}

/// The version and name of `20240102030405_create_todos.sql`. The CLI passes over every other file.
pub(crate) fn parts(file: &str) -> Option<(&str, &str)> {
    let (version, name) = file.strip_suffix(".sql")?.split_once('_')?;
    let digits = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
    digits.then_some((version, name))
}
