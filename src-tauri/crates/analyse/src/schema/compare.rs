//! What changed between two readings of a schema: each change once, under the thing that brought it about.
//!
//! Only what both readings cover is compared. What follows from another change (the index of a removed column, a foreign
//! key of a table that is gone, a view that names a renamed column) is told with that change, not beside it.

mod renames;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use perch_core::schema::{Name, Part, Routine, Schema, Table, Type};

use self::renames::Renames;
use super::change::{Change, What};
use super::text::{code, listed};

/// The parts two readings have in common.
struct Common<'a> {
    before: &'a Schema,
    after: &'a Schema,
}

impl Common<'_> {
    fn has(&self, part: Part) -> bool {
        self.before.has(part) && self.after.has(part)
    }

    /// True when types, defaults and flags are written alike in both.
    fn details(&self) -> bool {
        self.has(Part::Details) || self.has(Part::RestDetails)
    }
}

/// Every change from `before` to `after`, tables first.
pub fn compare(before: &Schema, after: &Schema) -> Vec<Change> {
    if before.schemas != after.schemas {
        // What is watched changed, not what is there.
        let both = before
            .schemas
            .intersection(&after.schemas)
            .cloned()
            .collect();
        return compare(&within(before, &both), &within(after, &both));
    }
    let common = Common { before, after };
    let matched = Matched::of(before, after);
    let renames = Renames::of(&matched, before, after);
    let mut changes: Vec<Change> = matched.new.iter().map(|table| created(table)).collect();
    let gone: BTreeSet<&Name> = matched.gone.iter().map(|table| &table.name).collect();
    let mut deleted: BTreeMap<&Name, Change> = matched
        .gone
        .iter()
        .map(|table| (&table.name, removed(table)))
        .collect();
    for (before, after) in &matched.pairs {
        if before == after {
            continue;
        }
        let told = table::compare(before, after, &common, &renames, &gone);
        changes.extend(told.changes);
        for (table, line) in told.follows {
            if let Some(change) = deleted.get_mut(&table) {
                change.details.push(line);
            }
        }
    }
    changes.extend(deleted.into_values());
    if common.has(Part::Routines) {
        routines(&common, &renames, &mut changes);
    }
    if common.has(Part::Types) {
        types(&common, &mut changes);
    }
    if common.has(Part::Extensions) {
        extensions(&common, &mut changes);
    }
    changes
}

/// The part of a reading about these schemas.
fn within(schema: &Schema, schemas: &BTreeSet<String>) -> Schema {
    let mut part = schema.clone();
    part.schemas.clone_from(schemas);
    part.tables.retain(|one| schemas.contains(&one.name.schema));
    part.routines
        .retain(|one| schemas.contains(&one.name.schema));
    part.types.retain(|one| schemas.contains(&one.name.schema));
    part
}

fn created(table: &Table) -> Change {
    let columns: Vec<&str> = table.columns.iter().map(|one| one.name.as_str()).collect();
    Change {
        what: What::TableCreated,
        object: format!("{} {}", table.kind.word(), code(&table.name.to_string())),
        table: Some(table.name.clone()),
        details: if columns.is_empty() {
            Vec::new()
        } else {
            vec![format!("with {}", listed(&columns))]
        },
        ..Change::default()
    }
}

fn removed(table: &Table) -> Change {
    Change {
        what: What::TableDeleted,
        object: format!("{} {}", table.kind.word(), code(&table.name.to_string())),
        table: Some(table.name.clone()),
        ..Change::default()
    }
}

/// Which table of the one reading is which of the other.
struct Matched<'a> {
    pairs: Vec<(&'a Table, &'a Table)>,
    gone: Vec<&'a Table>,
    new: Vec<&'a Table>,
}

impl<'a> Matched<'a> {
    fn of(before: &'a Schema, after: &'a Schema) -> Self {
        let mut pairs = Vec::new();
        let mut gone = Vec::new();
        for table in &before.tables {
            match after.table(&table.name) {
                Some(same) => pairs.push((table, same)),
                None => gone.push(table),
            }
        }
        let mut new: Vec<&Table> = after
            .tables
            .iter()
            .filter(|table| before.table(&table.name).is_none())
            .collect();
        gone.retain(|old| {
            let at = new.iter().position(|one| is_renamed(old, one));
            if let Some(at) = at {
                pairs.push((old, new.remove(at)));
            }
            at.is_none()
        });
        Self { pairs, gone, new }
    }
}

/// True for one table under two names. Numbers of a restored database may be anyone's, so its columns must be known too.
fn is_renamed(old: &Table, new: &Table) -> bool {
    let alike = old
        .columns
        .iter()
        .filter(|column| new.column(&column.name).is_some())
        .count();
    old.oid.is_some()
        && old.oid == new.oid
        && old.kind == new.kind
        && alike * 2 >= old.columns.len().max(new.columns.len())
}

fn routines(common: &Common<'_>, renames: &Renames, changes: &mut Vec<Change>) {
    let called = |all: &[Routine], name: &Name| all.iter().filter(|one| one.name == *name).count();
    let same = |one: &Routine, other: &Routine| {
        // A function without overloads that takes something else now is the same function.
        one.name == other.name
            && (one.arguments == other.arguments
                || (called(&common.before.routines, &one.name) == 1
                    && called(&common.after.routines, &one.name) == 1))
    };
    for after in &common.after.routines {
        let before = common.before.routines.iter().find(|one| same(one, after));
        let mut details = Vec::new();
        match before {
            None => details.push("added".to_owned()),
            Some(before) => {
                if before.arguments != after.arguments {
                    let arguments = if after.arguments.is_empty() {
                        "nothing".into()
                    } else {
                        code(&after.arguments)
                    };
                    details.push(format!("it takes {arguments} now"));
                }
                if renames.differ(&before.definition, &after.definition) {
                    details.push("its definition changed".into());
                }
                if before.callers != after.callers {
                    details.push(match after.callers.as_slice() {
                        [] => "`anon` and `authenticated` may no longer call it".into(),
                        callers => format!("{} may call it", listed(callers)),
                    });
                }
                if before.comment != after.comment {
                    details.push("its comment changed".into());
                }
            }
        }
        if !details.is_empty() {
            changes.push(other(routine_name(after), details));
        }
    }
    for before in &common.before.routines {
        if !common
            .after
            .routines
            .iter()
            .any(|after| same(before, after))
        {
            changes.push(other(routine_name(before), vec!["removed".into()]));
        }
    }
}

fn routine_name(routine: &Routine) -> String {
    let Routine {
        name, arguments, ..
    } = routine;
    format!("function {}", code(&format!("{name}({arguments})")))
}

fn types(common: &Common<'_>, changes: &mut Vec<Change>) {
    let same = |one: &Type, other: &Type| {
        one.name == other.name
            || (one.oid.is_some() && one.oid == other.oid && one.kind == other.kind)
    };
    let named = |one: &Type| format!("{} {}", one.kind, code(&one.name.to_string()));
    for after in &common.after.types {
        let Some(before) = common.before.types.iter().find(|one| same(one, after)) else {
            let line = format!("added as {}", code(&after.definition));
            changes.push(other(named(after), vec![line]));
            continue;
        };
        let mut details = Vec::new();
        if before.name != after.name {
            details.push(format!("it was called {}", code(&before.name.to_string())));
        }
        if before.definition != after.definition {
            details.push(format!(
                "from {} to {}",
                code(&before.definition),
                code(&after.definition)
            ));
        }
        if !details.is_empty() {
            let mut change = other(named(after), details);
            change.renamed_from = (before.name != after.name).then(|| before.name.to_string());
            changes.push(change);
        }
    }
    for before in &common.before.types {
        if !common.after.types.iter().any(|after| same(before, after)) {
            changes.push(other(named(before), vec!["removed".into()]));
        }
    }
}

fn extensions(common: &Common<'_>, changes: &mut Vec<Change>) {
    let named = |name: &str| format!("extension {}", code(name));
    for after in &common.after.extensions {
        let before = common
            .before
            .extensions
            .iter()
            .find(|one| one.name == after.name);
        let line = match before {
            None => format!("{} added to schema {}", after.version, code(&after.schema)),
            Some(before) if before.version != after.version => {
                format!("from {} to {}", before.version, after.version)
            }
            Some(before) if before.schema != after.schema => {
                format!("moved to schema {}", code(&after.schema))
            }
            Some(_) => continue,
        };
        changes.push(other(named(&after.name), vec![line]));
    }
    for before in &common.before.extensions {
        if !common
            .after
            .extensions
            .iter()
            .any(|one| one.name == before.name)
        {
            changes.push(other(named(&before.name), vec!["removed".into()]));
        }
    }
}

fn other(object: String, details: Vec<String>) -> Change {
    Change {
        what: What::Other,
        object,
        details,
        ..Change::default()
    }
}
