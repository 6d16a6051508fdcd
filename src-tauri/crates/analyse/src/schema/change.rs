//! One change of a schema, as it travels in an event's data under `change` and `changes`.

use perch_core::event_type::EventType;
use perch_core::id::short_hash;
use perch_core::schema::Name;
use serde::{Deserialize, Serialize};

/// What sort of change it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A table or view is new.
    TableCreated,
    /// A table's own properties changed: its name, comment, row level security, constraints, a view's query.
    TableUpdated,
    /// A table or view is gone.
    TableDeleted,
    /// A column is new.
    ColumnAdded,
    /// A column is called otherwise or holds something else.
    ColumnUpdated,
    /// A column is gone.
    ColumnDeleted,
    /// An index, policy, trigger, grant, function, type or extension changed.
    #[default]
    Other,
}

/// One change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    /// What sort.
    pub what: What,
    /// The table it is about, by its name afterwards.
    pub table: Option<Name>,
    /// What changed, in words: ``column `due` ``, ``function `public.f(integer)` ``.
    pub object: String,
    /// The column, for changes of columns.
    pub column: Option<String>,
    /// What it was called before, where it is called otherwise now.
    pub renamed_from: Option<String>,
    /// What exactly, a clause each, the most important first.
    pub details: Vec<String>,
}

impl Change {
    /// The type of its event.
    pub fn event_type(&self) -> EventType {
        match self.what {
            What::TableCreated => EventType::TABLE_CREATED,
            What::TableUpdated => EventType::TABLE_UPDATED,
            What::TableDeleted => EventType::TABLE_DELETED,
            What::ColumnAdded => EventType::COLUMN_ADDED,
            What::ColumnUpdated => EventType::COLUMN_UPDATED,
            What::ColumnDeleted => EventType::COLUMN_DELETED,
            What::Other => EventType::SCHEMA_CHANGED,
        }
    }

    /// Which thing it is about, the same for all changes of one table.
    pub fn subject(&self) -> String {
        match &self.table {
            Some(table) => format!("table/{table}"),
            None => self.object.replace(['`', '\''], "").replacen(' ', "/", 1),
        }
    }

    /// What tells it from every other change between the same two readings.
    pub fn key(&self) -> String {
        let said = format!("{}\n{}", self.object, self.details.join("\n"));
        let word = self.event_type().as_str().trim_start_matches("supabase.");
        format!("{word}/{}", short_hash(&said, 16))
    }

    /// The change as one line of Markdown.
    pub fn line(&self) -> String {
        let verb = match self.what {
            What::TableCreated | What::ColumnAdded => "added",
            What::TableDeleted | What::ColumnDeleted => "removed",
            What::TableUpdated | What::ColumnUpdated | What::Other => "changed",
        };
        match self.details.as_slice() {
            [] => format!("{} {verb}", self.object),
            details => format!("{} {verb}: {}", self.object, details.join("; ")),
        }
    }
}
