//! `hindsight`: how rules fared in the past of the repositories that was looked back at.

use jiff::Timestamp;
use perch_core::id::UserId;
use rusqlite::{Connection, Row, params};

use super::columns::{millis, row, rows, timestamp};
use crate::db::StoreError;

/// How a rule fared in a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fared {
    /// The rule.
    pub rule: String,
    /// The repository's name for people.
    pub repository: String,
    /// How often what then happened proved it right.
    pub proved: u32,
    /// Of how many of which that could be told.
    pub told: u32,
    /// When the past was looked back at.
    pub looked_at: Timestamp,
}

/// Remembers how rules fared in `folder`, which events at the forge call `forge_name` (empty when it has none there), in
/// the place of what was remembered of it. What the user lifted stays lifted.
pub fn put(
    connection: &Connection,
    user: &UserId,
    (folder, forge_name): (&str, &str),
    fared: &[Fared],
) -> Result<(), StoreError> {
    connection.execute(
        "DELETE FROM hindsight WHERE user_id = ?1 AND repository_key = ?2 AND lifted_at IS NULL",
        params![user.as_str(), folder],
    )?;
    for one in fared {
        connection.execute(
            "INSERT INTO hindsight (user_id, repository_key, repository, forge_name, rule, proved, told, looked_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT DO UPDATE SET repository = excluded.repository, forge_name = excluded.forge_name,
                 proved = excluded.proved, told = excluded.told, looked_at = excluded.looked_at",
            params![
                user.as_str(),
                folder,
                one.repository,
                forge_name,
                one.rule,
                one.proved,
                one.told,
                millis(one.looked_at)
            ],
        )?;
    }
    Ok(())
}

/// How `rule` fared in the repository that events call `name` and `key`, where that is known and not lifted.
pub fn of_rule(
    connection: &Connection,
    user: &UserId,
    rule: &str,
    (name, key): (&str, &str),
) -> Result<Option<Fared>, StoreError> {
    row(
        connection,
        "SELECT * FROM hindsight
         WHERE user_id = ?1 AND rule = ?2 AND lifted_at IS NULL
           AND (repository_key = ?4 OR (forge_name <> '' AND forge_name = ?3 COLLATE NOCASE))
         ORDER BY looked_at DESC LIMIT 1",
        params![user.as_str(), rule, name, key],
        read,
    )
}

/// All that is remembered for `user` and not lifted, by repository and rule.
pub fn list(connection: &Connection, user: &UserId) -> Result<Vec<Fared>, StoreError> {
    rows(
        connection,
        "SELECT * FROM hindsight WHERE user_id = ?1 AND lifted_at IS NULL ORDER BY repository, rule",
        [user.as_str()],
        read,
    )
}

/// Forgets for good how `rule` fared, in `repository` or anywhere. Returns in how many repositories that was.
pub fn lift(
    connection: &Connection,
    user: &UserId,
    rule: &str,
    repository: Option<&str>,
    now: Timestamp,
) -> Result<usize, StoreError> {
    Ok(connection.execute(
        "UPDATE hindsight SET lifted_at = ?4
         WHERE user_id = ?1 AND rule = ?2 AND lifted_at IS NULL
           AND (?3 IS NULL OR repository = ?3 COLLATE NOCASE OR repository_key = ?3)",
        params![user.as_str(), rule, repository, millis(now)],
    )?)
}

fn read(row: &Row<'_>) -> Result<Fared, StoreError> {
    Ok(Fared {
        rule: row.get("rule")?,
        repository: row.get("repository")?,
        proved: row.get("proved")?,
        told: row.get("told")?,
        looked_at: timestamp(row.get("looked_at")?),
    })
}
