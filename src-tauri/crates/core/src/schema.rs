//! The schema of a database as it was read at one moment: typed, ordered, comparable. How it is read and compared is not
//! here.
//!
//! Definitions are PostgreSQL's own words (`pg_get_indexdef` and its kin) with every name qualified.

mod name;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use self::name::{Name, quoted};

/// What of a database a reading covers. Only what two readings both cover can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Names of tables and columns.
    Names,
    /// Types, defaults and flags of tables and columns in PostgreSQL's words.
    Details,
    /// The same in PostgREST's words.
    RestDetails,
    /// Constraints.
    Constraints,
    /// Indexes.
    Indexes,
    /// Triggers.
    Triggers,
    /// Row level security policies.
    Policies,
    /// Who may do what.
    Grants,
    /// Functions and procedures.
    Routines,
    /// Enums, domains and other types, and sequences of their own.
    Types,
    /// Extensions.
    Extensions,
    /// Which migrations were applied.
    Migrations,
}

/// A database's schema. Every list is sorted by name, columns by their place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Schema {
    /// What was read.
    pub parts: BTreeSet<Part>,
    /// The schemas of the database that were read.
    pub schemas: BTreeSet<String>,
    /// What could not be read, each with the reason, for people.
    pub hidden: Vec<String>,
    /// Tables and views.
    pub tables: Vec<Table>,
    /// Functions and procedures.
    pub routines: Vec<Routine>,
    /// Types, and sequences that belong to no column.
    pub types: Vec<Type>,
    /// Extensions.
    pub extensions: Vec<Extension>,
    /// Migrations that were applied, oldest first.
    pub applied: Vec<Applied>,
}

/// What a relation is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An ordinary table.
    #[default]
    Table,
    /// A table that is split into partitions.
    Partitioned,
    /// A view.
    View,
    /// A view whose rows are kept.
    MaterializedView,
    /// A table of another server.
    Foreign,
}

/// A table or view.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// PostgreSQL's own number, by which a rename is recognised; absent where the reading does not tell.
    pub oid: Option<u32>,
    /// What it is.
    pub kind: Kind,
    /// Its comment.
    pub comment: Option<String>,
    /// Row level security is on.
    pub rls: bool,
    /// It binds the owner as well.
    pub rls_forced: bool,
    /// Storage options, such as `security_invoker=true`.
    pub options: Vec<String>,
    /// A view's query.
    pub definition: Option<String>,
    /// Tables it inherits from.
    pub inherits: Vec<Name>,
    /// The bounds of a partition, or the key of a partitioned table.
    pub partition: Option<String>,
    /// Columns.
    pub columns: Vec<Column>,
    /// Constraints of its own.
    pub constraints: Vec<Constraint>,
    /// Indexes that stand behind no constraint and belong to no parent's index.
    pub indexes: Vec<Index>,
    /// Triggers that users made.
    pub triggers: Vec<Definition>,
    /// Policies.
    pub policies: Vec<Policy>,
    /// Grants to roles that are not the owner.
    pub grants: Vec<Grant>,
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// PostgreSQL's own number within the table, which stays when it is renamed.
    pub number: Option<i16>,
    /// Its type, as the reading writes it.
    pub type_name: String,
    /// It takes no null.
    pub not_null: bool,
    /// Its default, or the expression of a generated column.
    pub default: Option<String>,
    /// Its value is computed from the row.
    pub generated: bool,
    /// `always` or `by default` for an identity column.
    pub identity: Option<String>,
    /// Its comment.
    pub comment: Option<String>,
    /// It comes from a parent table and changes with it.
    pub inherited: bool,
}

/// A constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Constraint {
    /// Its name.
    pub name: String,
    /// `p` primary key, `u` unique, `f` foreign key, `c` check, `x` exclusion, `t` trigger.
    pub kind: String,
    /// What it says.
    pub definition: String,
    /// The columns it is about, in its own order.
    pub columns: Vec<String>,
    /// The table a foreign key points to.
    pub references: Option<Name>,
    /// The columns there.
    pub referenced: Vec<String>,
}

/// An index.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// What it says.
    pub definition: String,
    /// Its columns, in order; an expression is empty.
    pub columns: Vec<String>,
    /// It is unique.
    pub unique: bool,
    /// It covers part of the rows only.
    pub partial: bool,
    /// It can be used; false for what an interrupted `CREATE INDEX CONCURRENTLY` left.
    pub valid: bool,
}

/// Something with a name and PostgreSQL's words for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What it says.
    pub definition: String,
}

/// A row level security policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// `ALL`, `SELECT`, `INSERT`, `UPDATE` or `DELETE`.
    pub command: String,
    /// Any permissive one that holds lets a row through; every restrictive one must hold.
    pub permissive: bool,
    /// Whom it binds, sorted; `public` is everyone.
    pub roles: Vec<String>,
    /// Which rows are seen.
    pub using: Option<String>,
    /// Which rows may be written.
    pub check: Option<String>,
}

/// What a role may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Grant {
    /// The role; `public` is everyone.
    pub role: String,
    /// Privileges, sorted.
    pub privileges: Vec<String>,
}

/// A function or procedure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Routine {
    /// Its name without arguments.
    pub name: Name,
    /// The types of its arguments, which tell overloads apart.
    pub arguments: String,
    /// All of it.
    pub definition: String,
    /// It runs with its owner's rights.
    pub security_definer: bool,
    /// `search_path` is set for it.
    pub fixed_search_path: bool,
    /// It is a trigger's function, which nobody calls.
    pub trigger: bool,
    /// Roles that may call it, as far as anybody asked (`anon`, `authenticated`).
    pub callers: Vec<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// A type, or a sequence of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Type {
    /// Its name.
    pub name: Name,
    /// PostgreSQL's own number.
    pub oid: Option<u32>,
    /// `enum`, `domain`, `composite`, `range` or `sequence`.
    pub kind: String,
    /// What it consists of.
    pub definition: String,
}

/// An extension.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// Where its objects are.
    pub schema: String,
    /// Its version.
    pub version: String,
}

/// A row of `supabase_migrations.schema_migrations`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Applied {
    /// Its version, the digits its file begins with.
    pub version: String,
    /// Its name; empty where none was kept.
    pub name: String,
    /// The hash of what was run, without blanks and comments; absent where the statements were not kept.
    pub hash: Option<String>,
}

/// A file of `supabase/migrations`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MigrationFile {
    /// Its version, the digits its name begins with.
    pub version: String,
    /// What follows the version in its name.
    pub name: String,
    /// Its path from the repository's root.
    pub path: String,
    /// Its text.
    pub sql: String,
}

/// What one look at a database brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The same for every way to this database: its address.
    pub place: String,
    /// Its name for people.
    pub name: String,
    /// Its schema.
    pub schema: Schema,
    /// The migrations of the repository that belongs to it, by version; absent where none is known.
    pub files: Option<Vec<MigrationFile>>,
}

impl Schema {
    /// The table of this name.
    pub fn table(&self, name: &Name) -> Option<&Table> {
        self.tables
            .binary_search_by(|table| table.name.cmp(name))
            .ok()
            .map(|at| &self.tables[at])
    }

    /// True when `part` was read.
    pub fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// Puts every list into its order.
    pub fn sort(&mut self) {
        self.tables.sort_by(|one, other| one.name.cmp(&other.name));
        for table in &mut self.tables {
            table
                .constraints
                .sort_by(|one, other| one.name.cmp(&other.name));
            table
                .indexes
                .sort_by(|one, other| one.name.cmp(&other.name));
            table
                .triggers
                .sort_by(|one, other| one.name.cmp(&other.name));
            table
                .policies
                .sort_by(|one, other| one.name.cmp(&other.name));
            table.grants.sort_by(|one, other| one.role.cmp(&other.role));
        }
        self.routines.sort_by(|one, other| {
            (&one.name, &one.arguments).cmp(&(&other.name, &other.arguments))
        });
        self.types.sort_by(|one, other| one.name.cmp(&other.name));
        self.extensions
            .sort_by(|one, other| one.name.cmp(&other.name));
        self.applied
            .sort_by(|one, other| one.version.cmp(&other.version));
    }
}

impl Table {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The primary key's columns; empty without one.
    pub fn primary_key(&self) -> &[String] {
        self.constraints
            .iter()
            .find(|one| one.kind == "p")
            .map_or(&[], |one| &one.columns)
    }

    /// True for what holds rows of its own, in itself or in partitions.
    pub fn holds_rows(&self) -> bool {
        matches!(self.kind, Kind::Table | Kind::Partitioned)
    }
}

impl Kind {
    /// Its word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Partitioned => "partitioned table",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Foreign => "foreign table",
        }
    }
}
