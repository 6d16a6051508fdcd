//! Looks at changes of a database's schema: the page of each changed table, what lies open or costs too much with the SQL
//! that mends it, and the code that names what is gone or called otherwise.
//!
//! Of the changes of one table the first speaks for all.

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Want};
use perch_core::finding::{Finding, Point};
use perch_core::schema::{Name, Schema};
use perch_core::suggestion::Level;
use serde::Deserialize as _;

use crate::analyser::{Analyser, Look};
use crate::schema::change::{Change, What};
use crate::schema::lints::{self, Lint};
use crate::schema::{page, typescript, usage};
use crate::title::shortened;

mod fixes;
mod words;

pub(super) static ANALYSER: SchemaChanged = SchemaChanged;

/// Files of code read in search of uses.
const CODE: usize = 30;

/// Statements of one sort; more are counted.
const SAID: usize = 12;

/// Pages written at once.
const PAGES: usize = 20;

pub(super) struct SchemaChanged;

impl Analyser for SchemaChanged {
    fn id(&self) -> &'static str {
        "schema_changed"
    }

    fn watches(&self) -> &'static [EventType] {
        &[
            EventType::COLUMN_ADDED,
            EventType::COLUMN_DELETED,
            EventType::COLUMN_UPDATED,
            EventType::SCHEMA_CHANGED,
            EventType::TABLE_CREATED,
            EventType::TABLE_DELETED,
            EventType::TABLE_UPDATED,
        ]
    }

    fn wants(&self, event: &Event, facts: &Facts) -> Vec<Want> {
        let told = Told::of(event);
        if !told.leads {
            return Vec::new();
        }
        if !facts.answered.contains(&Want::Tree) {
            return vec![Want::Schema, Want::Tree];
        }
        let mut paths: Vec<String> = told
            .tables()
            .iter()
            .take(PAGES)
            .map(|table| page::path(&told.docs, table))
            .filter(|path| facts.tree.binary_search(path).is_ok())
            .collect();
        let types = facts
            .tree
            .iter()
            .filter(|path| typescript::is_types_file(path));
        paths.extend(types.take(2).cloned());
        for change in told.changes.iter().filter(|change| breaks(change)).take(3) {
            if let Some(table) = &change.table {
                let table = old_name(change, table);
                let found = usage::candidates(&facts.tree, &table, CODE);
                paths.extend(found.into_iter().map(str::to_owned));
            }
        }
        paths.into_iter().map(Want::File).collect()
    }

    fn look(&self, event: &Event, facts: &Facts) -> Look {
        let told = Told::of(event);
        if !told.leads {
            return Look::Nothing("it is told together with the other changes of that time".into());
        }
        let Some(schema) = facts.schema.as_deref() else {
            return Look::Nothing("the database's schema is not known any more".into());
        };
        let lints = concerned(schema, &told);
        if told.changes.is_empty() && lints.is_empty() {
            return Look::Nothing("nothing lies open in it".into());
        }
        let mut points: Vec<Point> = told
            .changes
            .iter()
            .take(SAID)
            .map(|change| words::point(change.line()))
            .collect();
        let more = told.changes.len().saturating_sub(SAID);
        if more > 0 {
            points.push(words::point(format!("{more} more changes")));
        }
        points.extend(lints.iter().take(SAID).map(words::lint));
        if lints.len() > SAID {
            points.push(words::point(format!(
                "{} more findings of the linter",
                lints.len() - SAID
            )));
        }
        let uses: Vec<Point> = told
            .changes
            .iter()
            .filter(|change| breaks(change))
            .flat_map(|change| words::uses(change, facts))
            .take(SAID)
            .collect();
        let is_used = !uses.is_empty();
        points.extend(uses);
        points.extend(words::types(schema, &told.changes, facts));
        let worst = lints.first().map(|lint| lint.level);
        let level = match worst {
            Some(lints::Level::Error) => Level::Urgent,
            Some(lints::Level::Warn) => Level::Normal,
            _ if is_used => Level::Urgent,
            _ => Level::Normal,
        };
        let rule = lints
            .iter()
            .find(|lint| lint.level > lints::Level::Info)
            .map_or_else(|| told.rule(event), |lint| format!("schema/{}", lint.name));
        Look::Found(Box::new(Finding {
            analyser: self.id().into(),
            rule,
            title: shortened(&words::title(&told, &lints, &event.subject.title)),
            why: words::why(&told, event),
            level,
            category: Some("schema".into()),
            confidence: 0.95,
            fingerprint: event.dedup_key.clone(),
            points,
            fixes: fixes::fixes(event, &told, schema, &lints, facts),
            comment: fixes::sql(&lints),
            ..Finding::default()
        }))
    }
}

/// What an event tells.
struct Told {
    changes: Vec<Change>,
    leads: bool,
    first_look: bool,
    /// How many things changed at once.
    things: u64,
    /// The folder of pages in the repository.
    docs: String,
}

impl Told {
    fn of(event: &Event) -> Self {
        let data = &event.data;
        Self {
            changes: Vec::<Change>::deserialize(&data["changes"]).unwrap_or_default(),
            leads: data["leads"].as_bool().unwrap_or(false),
            first_look: data["first_look"].as_bool().unwrap_or(false),
            things: data["things"].as_u64().unwrap_or(1),
            docs: data["docs"].as_str().unwrap_or("docs/database").to_owned(),
        }
    }

    /// The tables that changed, each once.
    fn tables(&self) -> Vec<&Name> {
        let mut tables: Vec<&Name> = self
            .changes
            .iter()
            .filter_map(|one| one.table.as_ref())
            .collect();
        tables.sort();
        tables.dedup();
        tables
    }

    fn rule(&self, event: &Event) -> String {
        let word = event.event_type.as_str().trim_start_matches("supabase.");
        if self.first_look {
            "schema/first_look".into()
        } else {
            format!("schema/{}", word.trim_start_matches("schema."))
        }
    }
}

/// The lints about what changed; all of them at a first look.
fn concerned(schema: &Schema, told: &Told) -> Vec<Lint> {
    let tables = told.tables();
    lints::lints(schema)
        .into_iter()
        .filter(|lint| {
            if told.first_look {
                return lint.level > lints::Level::Info;
            }
            match &lint.table {
                Some(table) => tables.contains(&table),
                None => told
                    .changes
                    .iter()
                    .any(|change| change.object.contains(&lint.about)),
            }
        })
        .collect()
}

/// True for what code that names it does not survive.
fn breaks(change: &Change) -> bool {
    match change.what {
        What::TableDeleted | What::ColumnDeleted => true,
        What::TableUpdated => change.renamed_from.is_some(),
        What::ColumnUpdated => {
            change.renamed_from.is_some()
                || change.details.iter().any(|one| one.starts_with("from "))
        }
        What::TableCreated | What::ColumnAdded | What::Other => false,
    }
}

/// The table's name as code still has it.
fn old_name(change: &Change, table: &Name) -> String {
    match (&change.what, &change.renamed_from) {
        (What::TableUpdated, Some(old)) => old.rsplit('.').next().unwrap_or(old).to_owned(),
        _ => table.name.clone(),
    }
}
