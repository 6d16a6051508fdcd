//! `prompt_atoms`: atoms the user made, and what every atom was worth to them so far.

use std::collections::BTreeMap;

use perch_core::atom::{Atom, Worth};
use perch_core::id::UserId;
use rusqlite::{Connection, params};

use super::columns::{json, rows};
use crate::db::StoreError;

/// What the atoms were worth to `user`, by id.
pub fn worth(
    connection: &Connection,
    user: &UserId,
) -> Result<BTreeMap<String, Worth>, StoreError> {
    let found = rows(
        connection,
        "SELECT id, accepted, rejected FROM prompt_atoms WHERE user_id = ?1",
        [user.as_str()],
        |row| {
            let worth = Worth {
                accepted: row.get("accepted")?,
                rejected: row.get("rejected")?,
            };
            Ok((row.get("id")?, worth))
        },
    )?;
    Ok(found.into_iter().collect())
}

/// The atoms `user` made, by id.
pub fn own(connection: &Connection, user: &UserId) -> Result<Vec<Atom>, StoreError> {
    let texts = rows(
        connection,
        "SELECT atom FROM prompt_atoms WHERE user_id = ?1 AND atom IS NOT NULL ORDER BY id",
        [user.as_str()],
        |row| Ok(row.get::<_, String>("atom")?),
    )?;
    let read = |text: String| {
        serde_json::from_str(&text).map_err(|error| StoreError::Unreadable {
            what: "prompt atom",
            detail: error.to_string(),
        })
    };
    texts.into_iter().map(read).collect()
}

/// Adds or changes an atom `user` made.
pub fn put(connection: &Connection, user: &UserId, atom: &Atom) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO prompt_atoms (user_id, id, atom) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET atom = ?3",
        params![user.as_str(), atom.id, json(atom)],
    )?;
    Ok(())
}

/// Takes out an atom `user` made; false if there is none.
pub fn remove(connection: &Connection, user: &UserId, id: &str) -> Result<bool, StoreError> {
    Ok(connection.execute(
        "DELETE FROM prompt_atoms WHERE user_id = ?1 AND id = ?2 AND atom IS NOT NULL",
        params![user.as_str(), id],
    )? == 1)
}

/// Notes for each of `ids` that a suggestion it shaped was taken, or was not.
pub fn learn(
    connection: &Connection,
    user: &UserId,
    ids: &[String],
    taken: bool,
) -> Result<(), StoreError> {
    for id in ids {
        connection.execute(
            "INSERT INTO prompt_atoms (user_id, id, accepted, rejected) VALUES (?1, ?2, ?3, 1 - ?3)
             ON CONFLICT DO UPDATE SET accepted = accepted + ?3, rejected = rejected + 1 - ?3",
            params![user.as_str(), id, u32::from(taken)],
        )?;
    }
    Ok(())
}
