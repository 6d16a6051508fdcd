//! `hooks`: which webhooks at a forge Perch made for a tunnel, and so may move with it.

use perch_core::id::ConnectionId;
use rusqlite::{Connection, params};

use super::columns::rows;
use crate::db::StoreError;

/// Those noted for one repository of a connection.
pub fn list(
    connection: &Connection,
    id: &ConnectionId,
    repository: &str,
) -> Result<Vec<String>, StoreError> {
    rows(
        connection,
        "SELECT hook FROM hooks WHERE connection_id = ?1 AND repository = ?2 ORDER BY hook",
        [id.as_str(), repository],
        |row| Ok(row.get("hook")?),
    )
}

/// Every one that is noted: connection, repository and the webhook.
pub fn all(connection: &Connection) -> Result<Vec<(ConnectionId, String, String)>, StoreError> {
    rows(
        connection,
        "SELECT * FROM hooks ORDER BY connection_id, repository, hook",
        [],
        |row| {
            let id = ConnectionId::new(row.get::<_, String>("connection_id")?);
            Ok((id, row.get("repository")?, row.get("hook")?))
        },
    )
}

/// Notes them in the place of all noted before.
pub fn note(
    connection: &Connection,
    id: &ConnectionId,
    repository: &str,
    hooks: &[String],
) -> Result<(), StoreError> {
    connection.execute(
        "DELETE FROM hooks WHERE connection_id = ?1 AND repository = ?2",
        [id.as_str(), repository],
    )?;
    for hook in hooks {
        connection.execute(
            "INSERT OR IGNORE INTO hooks (connection_id, repository, hook) VALUES (?1, ?2, ?3)",
            params![id.as_str(), repository, hook],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;

    #[tokio::test]
    async fn noted_hooks_take_the_place_of_those_before_and_of_no_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(&folder.path().join("perch.db")).expect("a database");
        let (hub, lab) = (ConnectionId::new("hub"), ConnectionId::new("lab"));
        let ids = (hub.clone(), lab.clone());
        db.write(move |db| {
            note(
                db,
                &ids.0,
                "acme/api",
                &["a".into(), "b".into(), "a".into()],
            )?;
            note(db, &ids.1, "acme/api", &["c".into()])?;
            note(db, &ids.0, "acme/api", &["b".into()])
        })
        .await
        .expect("written");
        for (id, repository, expected) in [
            (hub.clone(), "acme/api", vec!["b"]),
            (hub, "acme/web", vec![]),
            (lab, "acme/api", vec!["c"]),
        ] {
            let found = db.read(move |db| list(db, &id, repository)).await;
            assert_eq!(found.expect("readable"), expected);
        }
    }
}
