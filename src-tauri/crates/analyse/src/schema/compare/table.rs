//! What changed about one table that is there before and after.

mod parts;

use std::collections::{BTreeMap, BTreeSet};

use perch_core::schema::{Column, Kind, Name, Part, Table};

use super::Common;
use super::renames::{Renames, renamed};
use crate::schema::change::{Change, What};
use crate::schema::text::{code, listed};

/// What was found about a table, and what follows from other tables being gone.
pub(super) struct Told {
    pub(super) changes: Vec<Change>,
    /// Tables that are gone, each with what went with it here.
    pub(super) follows: Vec<(Name, String)>,
}

struct Compared<'a> {
    before: &'a Table,
    after: &'a Table,
    renames: &'a Renames,
    /// Changes of columns, by their name afterwards, or before for those that are gone.
    columns: BTreeMap<String, Change>,
    added: BTreeSet<&'a str>,
    deleted: BTreeSet<&'a str>,
    /// What changed about the table itself.
    own: Vec<String>,
    others: Vec<Change>,
    follows: Vec<(Name, String)>,
}

pub(super) fn compare(
    before: &Table,
    after: &Table,
    common: &Common<'_>,
    renames: &Renames,
    gone: &BTreeSet<&Name>,
) -> Told {
    let mut compared = Compared {
        before,
        after,
        renames,
        columns: BTreeMap::new(),
        added: BTreeSet::new(),
        deleted: BTreeSet::new(),
        own: Vec::new(),
        others: Vec::new(),
        follows: Vec::new(),
    };
    compared.properties(common);
    compared.columns(common);
    if common.has(Part::Constraints) && common.details() {
        compared.constraints(gone);
    }
    if common.has(Part::Indexes) {
        compared.indexes();
    }
    if common.has(Part::Policies) {
        compared.policies();
    }
    if common.has(Part::Triggers) {
        compared.triggers();
    }
    if common.has(Part::Grants) {
        compared.grants();
    }
    compared.finish()
}

impl Compared<'_> {
    fn change(&self, what: What, object: String) -> Change {
        Change {
            what,
            table: Some(self.after.name.clone()),
            object,
            ..Change::default()
        }
    }

    fn properties(&mut self, common: &Common<'_>) {
        let (before, after) = (self.before, self.after);
        if before.name != after.name {
            self.own
                .push(format!("it was called {}", code(&before.name.to_string())));
        }
        if !common.details() {
            return;
        }
        if before.kind != after.kind {
            let kinds = (before.kind.word(), after.kind.word());
            self.own
                .push(format!("it was a {} and is a {}", kinds.0, kinds.1));
        }
        if before.comment != after.comment {
            self.own.push(match &after.comment {
                Some(comment) => format!("its comment is “{}” now", comment.trim()),
                None => "its comment was removed".into(),
            });
        }
        if !common.has(Part::Details) {
            return;
        }
        if before.rls != after.rls {
            let state = if after.rls { "on" } else { "off" };
            self.own
                .push(format!("row level security was turned {state}"));
        }
        if before.rls_forced != after.rls_forced {
            let binds = if after.rls_forced {
                "binds"
            } else {
                "no longer binds"
            };
            self.own
                .push(format!("row level security {binds} the owner"));
        }
        if before.options != after.options {
            self.own.push(match after.options.as_slice() {
                [] => "its options were reset".into(),
                options => format!("its options are {} now", listed(options)),
            });
        }
        let (one, other) = (before.definition.as_deref(), after.definition.as_deref());
        if self.renames.differ_at_all(one, other) {
            self.own.push("its query changed".into());
        }
        if before.inherits != after.inherits || before.partition != after.partition {
            self.own
                .push(match (after.inherits.first(), &after.partition) {
                    (Some(parent), Some(bounds)) => {
                        format!(
                            "it is a partition of {} {}",
                            code(&parent.to_string()),
                            code(bounds)
                        )
                    }
                    (Some(parent), None) => {
                        format!("it inherits from {}", code(&parent.to_string()))
                    }
                    (None, Some(key)) => format!("it is split by {}", code(key)),
                    (None, None) => "it stands by itself".into(),
                });
        }
    }

    fn columns(&mut self, common: &Common<'_>) {
        let (before, after) = (self.before, self.after);
        let keyed: Vec<&str> = after
            .constraints
            .iter()
            .filter(|one| one.kind == "p" && !before.constraints.iter().any(|old| old.kind == "p"))
            .flat_map(|one| one.columns.iter().map(String::as_str))
            .collect();
        let mut known = BTreeSet::new();
        for column in &before.columns {
            let now = match after.column(&column.name) {
                Some(now) => Some(now),
                None => renamed(before, after, &column.name).and_then(|name| after.column(name)),
            };
            let Some(now) = now else {
                if !column.inherited {
                    self.deleted.insert(&column.name);
                    let mut change = self.of_column(What::ColumnDeleted, column);
                    change
                        .details
                        .push(format!("it was {}", code(&column.type_name)));
                    self.columns.insert(column.name.clone(), change);
                }
                continue;
            };
            known.insert(now.name.as_str());
            let mut details = Vec::new();
            if now.name != column.name {
                details.push(format!("it was called {}", code(&column.name)));
            }
            if common.details() {
                let keyed = keyed.contains(&now.name.as_str());
                self.differences(column, now, keyed, &mut details);
            }
            if !details.is_empty() && !now.inherited {
                let mut change = self.of_column(What::ColumnUpdated, now);
                change.renamed_from = (now.name != column.name).then(|| column.name.clone());
                change.details = details;
                self.columns.insert(now.name.clone(), change);
            }
        }
        for column in &after.columns {
            if known.contains(column.name.as_str()) || column.inherited {
                continue;
            }
            self.added.insert(&column.name);
            let mut change = self.of_column(What::ColumnAdded, column);
            change.details.push(definition(column));
            self.columns.insert(column.name.clone(), change);
        }
    }

    fn of_column(&self, what: What, column: &Column) -> Change {
        let table = &self.after.name;
        let mut change = self.change(
            what,
            format!("column {}", code(&format!("{table}.{}", column.name))),
        );
        change.column = Some(column.name.clone());
        change
    }

    fn differences(&self, before: &Column, after: &Column, keyed: bool, details: &mut Vec<String>) {
        if self.renames.differ(&before.type_name, &after.type_name) {
            let types = (code(&before.type_name), code(&after.type_name));
            details.push(format!("from {} to {}", types.0, types.1));
        }
        // A primary key makes its columns so.
        if before.not_null != after.not_null && !(keyed && after.not_null) {
            let takes = if after.not_null {
                "no longer takes"
            } else {
                "takes"
            };
            details.push(format!("it {takes} null"));
        }
        let (one, other) = (before.default.as_deref(), after.default.as_deref());
        if self.renames.differ_at_all(one, other) || before.generated != after.generated {
            details.push(match &after.default {
                Some(default) if after.generated => format!("it is computed as {}", code(default)),
                Some(default) => format!("its default is {} now", code(default)),
                None => "its default was removed".into(),
            });
        }
        if before.identity != after.identity {
            details.push(match &after.identity {
                Some(identity) => format!("it is generated {identity} as identity"),
                None => "it is no identity any more".into(),
            });
        }
        if before.comment != after.comment {
            details.push(match &after.comment {
                Some(comment) => format!("its comment is “{}” now", comment.trim()),
                None => "its comment was removed".into(),
            });
        }
    }

    fn finish(mut self) -> Told {
        let mut changes = Vec::new();
        // A view's columns are what its query makes them.
        if matches!(self.after.kind, Kind::View | Kind::MaterializedView) {
            let lines = std::mem::take(&mut self.columns).into_values();
            self.own.extend(lines.map(|change| change.line()));
        }
        if !self.own.is_empty() {
            let table = self.after;
            let object = format!("{} {}", table.kind.word(), code(&table.name.to_string()));
            let mut change = self.change(What::TableUpdated, object);
            change.renamed_from =
                (self.before.name != table.name).then(|| self.before.name.to_string());
            change.details = std::mem::take(&mut self.own);
            changes.push(change);
        }
        changes.extend(self.columns.into_values());
        changes.extend(self.others);
        Told {
            changes,
            follows: self.follows,
        }
    }
}

/// A column as it would be declared.
fn definition(column: &Column) -> String {
    let mut text = column.type_name.clone();
    if column.not_null {
        text.push_str(" NOT NULL");
    }
    match (&column.default, &column.identity) {
        (_, Some(identity)) => {
            text.push_str(&format!(
                " GENERATED {} AS IDENTITY",
                identity.to_uppercase()
            ));
        }
        (Some(default), None) if column.generated => {
            text.push_str(&format!(" GENERATED ALWAYS AS ({default}) STORED"));
        }
        (Some(default), None) => text.push_str(&format!(" DEFAULT {default}")),
        (None, None) => {}
    }
    code(&text)
}
