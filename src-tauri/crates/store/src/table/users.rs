//! `users`, `user_profiles`, `vibe_configs`: who is here and what they want.

use jiff::Timestamp;
use perch_core::id::UserId;
use perch_core::user::{Profile, VibeConfig};
use rusqlite::{Connection, params};

use super::columns::{json, millis, parsed, row, rows, timestamp};
use crate::db::StoreError;

/// A row of `users`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// Their name.
    pub id: UserId,
    /// Whether their loop starts with the engine.
    pub running: bool,
    /// Nothing is suggested until then.
    pub paused_until: Option<Timestamp>,
}

/// Adds a user with an empty profile and the default vibe; a known one stays as they are.
pub fn add(connection: &Connection, user: &UserId, now: Timestamp) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO users (user_id, created_at, running) VALUES (?1, ?2, 1) ON CONFLICT DO NOTHING",
        params![user.as_str(), millis(now)],
    )?;
    let vibe = VibeConfig::default();
    connection.execute(
        "INSERT INTO vibe_configs (user_id, name, active, config) VALUES (?1, ?2, 1, ?3)
         ON CONFLICT DO NOTHING",
        params![user.as_str(), vibe.name, json(&vibe)],
    )?;
    connection.execute(
        "INSERT INTO user_profiles (user_id, profile) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![user.as_str(), json(&Profile::default())],
    )?;
    Ok(())
}

/// Every user, by name.
pub fn list(connection: &Connection) -> Result<Vec<UserRow>, StoreError> {
    rows(
        connection,
        "SELECT * FROM users ORDER BY user_id",
        [],
        |row| {
            Ok(UserRow {
                id: UserId::new(row.get::<_, String>("user_id")?),
                running: row.get("running")?,
                paused_until: row.get::<_, Option<i64>>("paused_until")?.map(timestamp),
            })
        },
    )
}

/// Sets whether a user's loop starts with the engine.
pub fn set_running(
    connection: &Connection,
    user: &UserId,
    running: bool,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE users SET running = ?2 WHERE user_id = ?1",
        params![user.as_str(), running],
    )?;
    Ok(())
}

/// Pauses a user's suggestions, or ends the pause.
pub fn pause(
    connection: &Connection,
    user: &UserId,
    until: Option<Timestamp>,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE users SET paused_until = ?2 WHERE user_id = ?1",
        params![user.as_str(), until.map(millis)],
    )?;
    Ok(())
}

/// A user's profile.
pub fn profile(connection: &Connection, user: &UserId) -> Result<Profile, StoreError> {
    let found = row(
        connection,
        "SELECT profile FROM user_profiles WHERE user_id = ?1",
        [user.as_str()],
        |row| parsed(row, "profile", "profile"),
    )?;
    Ok(found.unwrap_or_default())
}

/// Replaces a user's profile.
pub fn put_profile(
    connection: &Connection,
    user: &UserId,
    profile: &Profile,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE user_profiles SET profile = ?2 WHERE user_id = ?1",
        params![user.as_str(), json(profile)],
    )?;
    Ok(())
}

/// A user's vibe configs by name, and whether each is the active one.
pub fn vibes(
    connection: &Connection,
    user: &UserId,
) -> Result<Vec<(VibeConfig, bool)>, StoreError> {
    rows(
        connection,
        "SELECT config, active FROM vibe_configs WHERE user_id = ?1 ORDER BY name",
        [user.as_str()],
        |row| {
            Ok((
                parsed(row, "config", "vibe config")?,
                row.get::<_, bool>("active")?,
            ))
        },
    )
}

/// Adds a vibe config, or replaces the one of its name. Which is active stays.
pub fn put_vibe_called(
    connection: &Connection,
    user: &UserId,
    vibe: &VibeConfig,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO vibe_configs (user_id, name, active, config) VALUES (?1, ?2, 0, ?3)
         ON CONFLICT DO UPDATE SET config = ?3",
        params![user.as_str(), vibe.name, json(vibe)],
    )?;
    Ok(())
}

/// Makes the vibe config of that name the active one; false if there is none.
pub fn use_vibe(connection: &Connection, user: &UserId, name: &str) -> Result<bool, StoreError> {
    let found = connection.execute(
        "UPDATE vibe_configs SET active = 1 WHERE user_id = ?1 AND name = ?2",
        params![user.as_str(), name],
    )? == 1;
    if found {
        connection.execute(
            "UPDATE vibe_configs SET active = 0 WHERE user_id = ?1 AND name <> ?2",
            params![user.as_str(), name],
        )?;
    }
    Ok(found)
}

/// Takes out a vibe config that is not active; false if there is none.
pub fn remove_vibe(connection: &Connection, user: &UserId, name: &str) -> Result<bool, StoreError> {
    Ok(connection.execute(
        "DELETE FROM vibe_configs WHERE user_id = ?1 AND name = ?2 AND active = 0",
        params![user.as_str(), name],
    )? == 1)
}

/// A user's active vibe config.
pub fn vibe(connection: &Connection, user: &UserId) -> Result<VibeConfig, StoreError> {
    let found = row(
        connection,
        "SELECT config FROM vibe_configs WHERE user_id = ?1 AND active = 1",
        [user.as_str()],
        |row| parsed(row, "config", "vibe config"),
    )?;
    Ok(found.unwrap_or_default())
}

/// Replaces a user's active vibe config.
pub fn put_vibe(
    connection: &Connection,
    user: &UserId,
    vibe: &VibeConfig,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE vibe_configs SET config = ?2, name = ?3 WHERE user_id = ?1 AND active = 1",
        params![user.as_str(), json(vibe), vibe.name],
    )?;
    Ok(())
}
