//! What is wrong with a schema, by the names and levels of Supabase's database linter, each with the SQL that mends it.
//!
//! Judged from the schema alone: what needs statistics (unused indexes, bloat) or the settings of a project (storage,
//! queues) is not looked at. Source of names, levels and meanings: Supabase, "Database Advisors". Where part of a schema
//! cannot be read, nothing is said that would need it.

mod access;
mod policies;
mod shape;

use perch_core::schema::{Name, Part, Schema, Table};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// To be known.
    Info,
    /// It costs speed or may be misused.
    Warn,
    /// Data lies open.
    Error,
}

impl Level {
    /// As Supabase writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    /// Supabase's name for it.
    pub name: &'static str,
    /// How bad it is.
    pub level: Level,
    /// The table it is about, if it is about one.
    pub table: Option<Name>,
    /// The thing, unique among those of the same name: `public.todos`, `public.f(integer)`.
    pub about: String,
    /// What is wrong, a sentence of Markdown.
    pub detail: String,
    /// The SQL that mends it, statements with semicolons; absent where only people can decide.
    pub fix: Option<String>,
    /// What to know before running it.
    pub caution: Option<&'static str>,
}

/// Everything that is wrong, the worst first.
pub fn lints(schema: &Schema) -> Vec<Lint> {
    let mut found = Vec::new();
    if schema.has(Part::Details) {
        for table in &schema.tables {
            // Policies there are the user's own.
            if table.name.schema == "realtime" {
                policies::initplan(table, &mut found);
            }
            if is_internal(&table.name.schema) {
                continue;
            }
            access::table(schema, table, &mut found);
            policies::table(schema, table, &mut found);
            shape::table(schema, table, &mut found);
        }
        access::routines(schema, &mut found);
        shape::extensions(schema, &mut found);
    }
    found.sort_by(|one, other| {
        (other.level, one.name, &one.about).cmp(&(one.level, other.name, &other.about))
    });
    found
}

/// Schemas that belong to Supabase or PostgreSQL.
const INTERNAL: &[&str] = &[
    "auth",
    "cron",
    "extensions",
    "graphql",
    "graphql_public",
    "information_schema",
    "net",
    "pg_catalog",
    "pgbouncer",
    "pgmq",
    "pgroonga",
    "pgsodium",
    "pgsodium_masks",
    "pgtle",
    "realtime",
    "repack",
    "storage",
    "supabase_functions",
    "supabase_migrations",
    "tiger",
    "topology",
    "vault",
];

fn is_internal(schema: &str) -> bool {
    INTERNAL.contains(&schema)
}

/// Roles anybody on the internet may take.
const API_ROLES: &[&str] = &["anon", "authenticated"];

/// True where the API may read the table.
fn is_exposed(schema: &Schema, table: &Table) -> bool {
    schema.has(Part::Grants)
        && table.grants.iter().any(|grant| {
            (API_ROLES.contains(&grant.role.as_str()) || grant.role == "public")
                && grant.privileges.iter().any(|one| one == "SELECT")
        })
}

/// The roles of the API that may read the table, as SQL.
fn readers(table: &Table) -> String {
    let roles: Vec<String> = table
        .grants
        .iter()
        .filter(|grant| API_ROLES.contains(&grant.role.as_str()) || grant.role == "public")
        .map(|grant| perch_core::schema::quoted(&grant.role))
        .collect();
    roles.join(", ")
}

fn lint(name: &'static str, level: Level, table: &Table, detail: String) -> Lint {
    Lint {
        name,
        level,
        table: Some(table.name.clone()),
        about: table.name.to_string(),
        detail,
        fix: None,
        caution: None,
    }
}
