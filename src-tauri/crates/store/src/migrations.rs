//! The schema's versions, and moving a database from one to the next.

use std::path::Path;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::db::StoreError;

const STEPS: &[M<'static>] = &[
    M::up(include_str!("migrations/0001_road.sql")),
    M::up(include_str!("migrations/0002_hooks.sql")),
    M::up(include_str!("migrations/0003_setup.sql")),
    M::up(include_str!("migrations/0004_health.sql")),
    M::up(include_str!("migrations/0005_lists.sql")),
    M::up(include_str!("migrations/0006_schemas.sql")),
    M::up(include_str!("migrations/0007_series.sql")),
    M::up(include_str!("migrations/0008_models.sql")),
    M::up(include_str!("migrations/0009_hindsight.sql")),
];

/// Refuses a database that a newer Perch wrote, without touching it.
pub(crate) fn refuse_newer(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let (found, known) = (version(connection)?, STEPS.len());
    if found > known {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    Ok(())
}

fn version(connection: &Connection) -> Result<usize, StoreError> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(found as usize)
}

/// Brings the schema up to date; a database that already holds rows is copied aside first.
pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let (found, known) = (version(connection)?, STEPS.len());
    if found == known {
        return Ok(());
    }
    if found > 0 {
        let mut copy = path.as_os_str().to_owned();
        copy.push(format!(".before-{known}"));
        if !Path::new(&copy).exists() {
            connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
        }
    }
    Migrations::from_slice(STEPS)
        .to_latest(connection)
        .map_err(|error| match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
            other => StoreError::Unreadable {
                what: "schema",
                detail: other.to_string(),
            },
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_valid_sql() {
        Migrations::from_slice(STEPS)
            .validate()
            .expect("the steps run on an empty database");
    }
}
