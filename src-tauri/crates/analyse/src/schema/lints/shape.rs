//! Keys and indexes that are missing or there twice, and extensions in the wrong place.

use perch_core::schema::{Index, Part, Schema, Table, quoted};

use super::{Level, Lint, lint};
use crate::schema::text::{code, listed};

pub(super) fn table(schema: &Schema, table: &Table, found: &mut Vec<Lint>) {
    if !table.holds_rows() {
        return;
    }
    let is_partition = table
        .partition
        .as_deref()
        .is_some_and(|bounds| bounds.starts_with("FOR VALUES") || bounds == "DEFAULT");
    if is_partition {
        return;
    }
    let name = code(&table.name.to_string());
    if schema.has(Part::Constraints) && schema.has(Part::Indexes) {
        unindexed(table, found);
    }
    if schema.has(Part::Constraints) && table.primary_key().is_empty() {
        found.push(Lint {
            fix: key(table),
            ..lint(
                "no_primary_key",
                Level::Info,
                table,
                format!("{name} has no primary key"),
            )
        });
    }
    if schema.has(Part::Indexes) {
        let bare = |index: &Index| index.definition.replacen(&quoted(&index.name), "", 1);
        for (number, index) in table.indexes.iter().enumerate() {
            let twin = table.indexes[..number]
                .iter()
                .find(|one| bare(one) == bare(index));
            if let Some(twin) = twin {
                found.push(Lint {
                    about: format!("{}.{}", table.name, index.name),
                    fix: Some(format!(
                        "DROP INDEX {}.{};",
                        quoted(&table.name.schema),
                        quoted(&index.name)
                    )),
                    ..lint(
                        "duplicate_index",
                        Level::Warn,
                        table,
                        format!(
                            "{name} has the same index twice: {}",
                            listed(&[&twin.name, &index.name])
                        ),
                    )
                });
            }
        }
    }
}

fn unindexed(table: &Table, found: &mut Vec<Lint>) {
    for constraint in table.constraints.iter().filter(|one| one.kind == "f") {
        let columns = &constraint.columns;
        let begins = |with: &[String]| with.starts_with(columns);
        let covered = table
            .indexes
            .iter()
            .any(|index| !index.partial && begins(&index.columns))
            || table
                .constraints
                .iter()
                .any(|one| matches!(one.kind.as_str(), "p" | "u") && begins(&one.columns));
        if covered || columns.is_empty() {
            continue;
        }
        let listed_columns: Vec<String> = columns.iter().map(|one| quoted(one)).collect();
        found.push(Lint {
            about: format!("{}.{}", table.name, constraint.name),
            fix: Some(format!(
                "CREATE INDEX ON {} ({});",
                table.name.sql(),
                listed_columns.join(", ")
            )),
            caution: Some("on a large table, build it with `CREATE INDEX CONCURRENTLY` outside a migration instead"),
            ..lint(
                "unindexed_foreign_keys",
                Level::Info,
                table,
                format!(
                    "foreign key {} of {} has no index on {}",
                    code(&constraint.name),
                    code(&table.name.to_string()),
                    listed(columns)
                ),
            )
        });
    }
}

/// A primary key: of a unique column that is never null, else of a new one.
fn key(table: &Table) -> Option<String> {
    let unique = table.constraints.iter().find(|one| {
        let never_null = |name: &String| table.column(name).is_some_and(|column| column.not_null);
        one.kind == "u" && one.columns.iter().all(never_null)
    });
    if let Some(unique) = unique {
        let columns: Vec<String> = unique.columns.iter().map(|one| quoted(one)).collect();
        return Some(format!(
            "ALTER TABLE {} ADD PRIMARY KEY ({});",
            table.name.sql(),
            columns.join(", ")
        ));
    }
    let free = ["id", "row_id"]
        .into_iter()
        .find(|name| table.column(name).is_none())?;
    Some(format!(
        "ALTER TABLE {} ADD COLUMN {free} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;",
        table.name.sql()
    ))
}

pub(super) fn extensions(schema: &Schema, found: &mut Vec<Lint>) {
    for extension in schema
        .extensions
        .iter()
        .filter(|one| one.schema == "public")
    {
        found.push(Lint {
            name: "extension_in_public",
            level: Level::Warn,
            table: None,
            about: extension.name.clone(),
            detail: format!("extension {} is in schema `public`", code(&extension.name)),
            fix: Some(format!(
                "CREATE SCHEMA IF NOT EXISTS extensions;\nALTER EXTENSION {} SET SCHEMA extensions;",
                quoted(&extension.name)
            )),
            caution: Some("code that calls it by `public.` has to be changed with it"),
        });
    }
}
