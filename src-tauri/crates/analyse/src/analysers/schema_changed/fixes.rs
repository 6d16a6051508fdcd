//! What is written for a changed schema: a page for each table, and one migration with the SQL that mends what is wrong.

use std::collections::BTreeMap;

use perch_core::event::Event;
use perch_core::facts::Facts;
use perch_core::finding::{Fix, Remedy};
use perch_core::patch::{Change as FileChange, Edit, FilePatch, Patch};
use perch_core::schema::Schema;

use super::{PAGES, Told};
use crate::schema::change::Change;
use crate::schema::lints::{self, Lint};
use crate::schema::page;

/// One fix, whose parts can be left out one by one.
pub(super) fn fixes(
    event: &Event,
    told: &Told,
    schema: &Schema,
    lints: &[Lint],
    facts: &Facts,
) -> Vec<Fix> {
    if facts.base.is_none() {
        return Vec::new();
    }
    let mut files = BTreeMap::new();
    let day = event.at.strftime("%Y-%m-%d").to_string();
    for table in told.tables().into_iter().take(PAGES) {
        let path = page::path(&told.docs, table);
        let about: Vec<&Change> = told
            .changes
            .iter()
            .filter(|change| change.table.as_ref() == Some(table))
            .collect();
        let existing = facts.files.get(&path).map(String::as_str);
        let text = page::page(schema, table, &about, &day, existing);
        match existing {
            Some(existing) if existing == text => {}
            Some(existing) => {
                let edit = Edit {
                    search: existing.to_owned(),
                    replace: text,
                    line: Some(1),
                };
                files.insert(path, FileChange::Edit { edits: vec![edit] });
            }
            None if facts.tree.binary_search(&path).is_ok() => {}
            // A table that was never described needs no page to say that it is gone.
            None if schema.table(table).is_none() => {}
            None => {
                files.insert(path, FileChange::Create { content: text });
            }
        }
    }
    let pages = files.len();
    let worst = lints.iter().find(|lint| lint.fix.is_some());
    if let (Some(sql), Some(worst)) = (sql(lints), worst) {
        let at = event.at.strftime("%Y%m%d%H%M%S");
        let path = format!("supabase/migrations/{at}_{}.sql", worst.name);
        files.insert(path, FileChange::Create { content: sql });
    }
    if files.is_empty() {
        return Vec::new();
    }
    let migration = files.len() > pages;
    let tables = told.tables();
    let name = match tables.as_slice() {
        [one] => format!("`{}`", one.name),
        several => format!("{} tables", several.len()),
    };
    let (title, mut explanation) = match (migration, pages) {
        (true, 0) => ("Mend the schema by a migration".to_owned(), String::new()),
        (true, _) => (
            format!("Describe {name} and mend the schema"),
            String::new(),
        ),
        (false, _) => (
            format!("Describe {name} in the documentation"),
            format!(
                "Writes the page of {name} below `{}`: columns, keys, policies, a diagram and what changed",
                told.docs
            ),
        ),
    };
    if migration {
        explanation = if pages > 0 {
            format!(
                "Writes the page of {name} and a migration with the SQL that mends what is wrong"
            )
        } else {
            "Writes a migration with the SQL that mends what is wrong".into()
        };
        explanation.push_str(". Nothing is run: read it before you push it to the database");
    }
    let files = files
        .into_iter()
        .map(|(path, change)| FilePatch { path, change })
        .collect();
    vec![Fix {
        title: title.chars().take(60).collect(),
        explanation,
        remedy: Remedy::Patch {
            patch: Patch { files },
        },
        confidence: 0.9,
    }]
}

/// The SQL that mends what is wrong, as a migration; nothing where only people can decide.
pub(super) fn sql(lints: &[Lint]) -> Option<String> {
    let mut text = String::new();
    let mut written: Vec<&str> = Vec::new();
    for lint in lints {
        let Some(fix) = lint.fix.as_deref().filter(|fix| !written.contains(fix)) else {
            continue;
        };
        written.push(fix);
        if !text.is_empty() {
            text.push('\n');
        }
        let plain = lint.detail.replace('`', "");
        text.push_str(&format!(
            "-- {} ({}): {plain}.\n",
            lint.name,
            lint.level.as_str()
        ));
        if let Some(caution) = lint.caution {
            text.push_str(&format!("-- Mind: {caution}.\n"));
        }
        text.push_str(fix);
        text.push('\n');
    }
    let worth = lints
        .iter()
        .any(|lint| lint.fix.is_some() && lint.level >= lints::Level::Info);
    (worth && !text.is_empty()).then_some(text)
}
