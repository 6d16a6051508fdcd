//! The repository's migrations against those the database says were applied: which wait, which are missing here, which are
//! out of order, and which were edited after they ran.

use std::collections::{BTreeMap, BTreeSet};

use perch_core::id::short_hash;
use perch_core::schema::{Applied, MigrationFile};
use perch_core::sql;
use serde::{Deserialize, Serialize};

/// Where a migration stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is in the repository and was not applied; all later ones were not either.
    #[default]
    Unapplied,
    /// It was not applied, though a later one was.
    OutOfOrder,
    /// It was applied, and the repository does not have it.
    MissingHere,
    /// It was applied, and its file says something else now.
    Edited,
}

/// A migration that is not the same on both sides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pending {
    /// Its version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// Its file, from the repository's root; empty where the repository has none.
    pub path: String,
    /// Where it stands.
    pub standing: Standing,
    /// Its text, of those that wait.
    pub sql: String,
}

/// Bytes of text that travel in an event, for all migrations together.
const TEXT: usize = 256 << 10;

/// Everything that differs, by version.
pub fn pending(files: &[MigrationFile], applied: &[Applied]) -> Vec<Pending> {
    let ran: BTreeMap<&str, &Applied> = applied.iter().map(|one| (&*one.version, one)).collect();
    let here: BTreeSet<&str> = files.iter().map(|one| &*one.version).collect();
    let last = applied
        .iter()
        .map(|one| &*one.version)
        .max()
        .unwrap_or_default();
    let mut room = TEXT;
    let mut found = Vec::new();
    for file in files {
        let standing = match ran.get(&*file.version) {
            None if file.version.as_str() < last => Standing::OutOfOrder,
            None => Standing::Unapplied,
            Some(one) if is_edited(file, one) => Standing::Edited,
            Some(_) => continue,
        };
        let fits = standing != Standing::Edited && file.sql.len() <= room;
        if fits {
            room -= file.sql.len();
        }
        found.push(Pending {
            version: file.version.clone(),
            name: file.name.clone(),
            path: file.path.clone(),
            standing,
            sql: if fits {
                file.sql.clone()
            } else {
                String::new()
            },
        });
    }
    for one in applied.iter().filter(|one| !here.contains(&*one.version)) {
        found.push(Pending {
            version: one.version.clone(),
            name: one.name.clone(),
            standing: Standing::MissingHere,
            ..Pending::default()
        });
    }
    found.sort_by(|one, other| one.version.cmp(&other.version));
    found
}

/// True when what ran is known and the file says something else. A file too long to be read says nothing.
fn is_edited(file: &MigrationFile, applied: &Applied) -> bool {
    applied
        .hash
        .as_ref()
        .is_some_and(|ran| !file.sql.is_empty() && sql::hash(&file.sql) != *ran)
}

/// The same for the same state; empty when nothing differs.
pub fn state(pending: &[Pending]) -> String {
    if pending.is_empty() {
        return String::new();
    }
    let said: Vec<String> = pending
        .iter()
        .map(|one| format!("{} {:?} {}", one.version, one.standing, sql::hash(&one.sql)))
        .collect();
    short_hash(&said.join("\n"), 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(version: &str, sql: &str) -> MigrationFile {
        MigrationFile {
            version: version.into(),
            name: "x".into(),
            path: format!("supabase/migrations/{version}_x.sql"),
            sql: sql.into(),
        }
    }

    fn applied(version: &str, sql: Option<&str>) -> Applied {
        Applied {
            version: version.into(),
            name: "x".into(),
            hash: sql.map(sql::hash),
        }
    }

    #[test]
    fn each_migration_stands_where_both_sides_say() {
        let files = [
            file("01", "create table a ();"),
            file("02", "create table b ();"),
            file("03", "create table c (x int);"),
            file("05", "create table e ();"),
            file("06", "create table f ();"),
        ];
        let applied = [
            applied("01", Some("CREATE TABLE a()")),
            applied("03", Some("create table c ()")),
            applied("04", None),
            applied("05", None),
        ];
        let found: Vec<(String, Standing)> = pending(&files, &applied)
            .into_iter()
            .map(|one| (one.version, one.standing))
            .collect();
        assert_eq!(
            found,
            [
                ("02".to_owned(), Standing::OutOfOrder),
                ("03".to_owned(), Standing::Edited),
                ("04".to_owned(), Standing::MissingHere),
                ("06".to_owned(), Standing::Unapplied),
            ]
        );
    }

    #[test]
    fn the_state_changes_with_what_waits_and_with_its_text() {
        let of = |files: &[MigrationFile]| state(&pending(files, &[]));
        assert_eq!(of(&[]), "");
        let one = of(&[file("01", "select 1")]);
        assert_eq!(one, of(&[file("01", "SELECT 1; -- again")]));
        assert_ne!(one, of(&[file("01", "select 2")]));
        assert_ne!(one, of(&[file("01", "select 1"), file("02", "")]));
    }
}
