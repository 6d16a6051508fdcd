//! What changed about one table that is there before and after.

use std::collections::{BTreeMap, BTreeSet};

use perch_core::schema::{Column, Constraint, Index, Kind, Name, Part, Policy, Table, quoted};

use super::Common;
use super::renames::{Renames, renamed};
use crate::schema::change::{Change, What};
use crate::schema::text::{code, listed, mentions};

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

impl<'a> Compared<'a> {
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

    /// The change of a column that `line` follows from, given the columns concerned and what the thing says.
    fn follows_column(
        &mut self,
        columns: &[String],
        says: &str,
        is_gone: bool,
        line: &str,
    ) -> bool {
        let about =
            |name: &str| columns.iter().any(|one| one == name) || mentions(says, &quoted(name));
        let whose = if is_gone {
            self.deleted.iter().find(|name| about(name)).copied()
        } else if !columns.is_empty() && columns.iter().all(|one| self.added.contains(one.as_str()))
        {
            columns.first().map(String::as_str)
        } else {
            None
        };
        let Some(change) = whose.and_then(|name| self.columns.get_mut(name)) else {
            return false;
        };
        change.details.push(line.to_owned());
        true
    }

    /// True when the columns of something changed their type, which rewrites what it says.
    fn is_rewritten(&self, says: &str) -> bool {
        self.columns.iter().any(|(name, change)| {
            change.what == What::ColumnUpdated && mentions(says, &quoted(name))
        })
    }

    fn constraints(&mut self, gone: &BTreeSet<&Name>) {
        let (before, after) = (&self.before.constraints, &self.after.constraints);
        let find = |list: &'a [Constraint], name: &str| list.iter().find(|one| one.name == name);
        let mut lost: Vec<&Constraint> = before
            .iter()
            .filter(|one| find(after, &one.name).is_none())
            .collect();
        for now in after {
            let line = format!("constraint {}: {}", code(&now.name), code(&now.definition));
            if let Some(was) = find(before, &now.name) {
                let differs = self.renames.differ(&was.definition, &now.definition);
                if differs && !self.is_rewritten(&now.definition) {
                    self.own
                        .push(format!("{line} instead of {}", code(&was.definition)));
                }
                continue;
            }
            let same = |was: &&Constraint| !self.renames.differ(&was.definition, &now.definition);
            if let Some(at) = lost.iter().position(|was| same(&was)) {
                let was = lost.remove(at);
                self.own.push(format!(
                    "constraint {} was called {}",
                    code(&now.name),
                    code(&was.name)
                ));
            } else if !self.follows_column(&now.columns, "", false, &line) {
                self.own.push(line);
            }
        }
        for was in lost {
            let line = format!("without constraint {}", code(&was.name));
            if let Some(table) = was.references.as_ref().filter(|table| gone.contains(table)) {
                let here = code(&self.after.name.to_string());
                self.follows.push((
                    table.clone(),
                    format!("{here} lost its foreign key {}", code(&was.name)),
                ));
            } else if !self.follows_column(&was.columns, &was.definition, true, &line) {
                self.own.push(line);
            }
        }
    }

    fn indexes(&mut self) {
        let attached = self.before.partition != self.after.partition;
        let (before, after) = (&self.before.indexes, &self.after.indexes);
        let find = |list: &'a [Index], name: &str| list.iter().find(|one| one.name == name);
        let mut lost: Vec<&Index> = before
            .iter()
            .filter(|one| find(after, &one.name).is_none())
            .collect();
        for now in after {
            let object = format!("index {}", code(&now.name));
            let mut detail = code(&now.definition);
            if let Some(was) = find(before, &now.name) {
                let differs = self.renames.differ(&was.definition, &now.definition);
                if was.valid != now.valid {
                    detail = if now.valid {
                        "it can be used now"
                    } else {
                        "it cannot be used"
                    }
                    .into();
                } else if !differs || self.is_rewritten(&now.definition) {
                    continue;
                }
                self.other(object, detail);
                continue;
            }
            // Its own name stands in what it says.
            let same = |was: &&Index| {
                let was = was
                    .definition
                    .replacen(&quoted(&was.name), &quoted(&now.name), 1);
                !self.renames.differ(&was, &now.definition)
            };
            if let Some(at) = lost.iter().position(|was| same(&was)) {
                let was = lost.remove(at);
                self.other(object, format!("it was called {}", code(&was.name)));
            } else if attached {
                self.own.push(format!("{object}: {detail}"));
            } else if !self.follows_column(&now.columns, "", false, &format!("{object}: {detail}"))
            {
                self.other(object, detail);
            }
        }
        for was in lost {
            let object = format!("index {}", code(&was.name));
            let line = format!("without {object}");
            if !attached && !self.follows_column(&was.columns, &was.definition, true, &line) {
                self.other(object, "removed".into());
            }
        }
    }

    fn policies(&mut self) {
        let (before, after) = (&self.before.policies, &self.after.policies);
        let mut lost: Vec<&Policy> = before
            .iter()
            .filter(|one| !after.iter().any(|other| other.name == one.name))
            .collect();
        for now in after {
            let object = format!("policy {}", code(&now.name));
            let Some(was) = before.iter().find(|one| one.name == now.name) else {
                let mut renamed = now.clone();
                let at = lost.iter().position(|was| {
                    renamed.name.clone_from(&was.name);
                    !self.policy_differs(was, &renamed)
                });
                let detail = match at {
                    Some(at) => format!("it was called {}", code(&lost.remove(at).name)),
                    None => format!("added {}", policy(now)),
                };
                self.other(object, detail);
                continue;
            };
            if self.policy_differs(was, now) {
                let rule = |one: &Policy| {
                    format!(
                        "{}{}",
                        one.using.as_deref().unwrap_or_default(),
                        one.check.as_deref().unwrap_or_default()
                    )
                };
                let only_text = Policy {
                    using: now.using.clone(),
                    check: now.check.clone(),
                    ..was.clone()
                } == *now;
                if !(only_text && self.is_rewritten(&rule(now))) {
                    self.other(
                        object,
                        format!("{} instead of {}", policy(now), policy(was)),
                    );
                }
            }
        }
        for was in lost {
            let object = format!("policy {}", code(&was.name));
            let says = format!("{:?} {:?}", was.using, was.check);
            if !self.follows_column(&[], &says, true, &format!("without {object}")) {
                self.other(object, "removed".into());
            }
        }
    }

    fn policy_differs(&self, was: &Policy, now: &Policy) -> bool {
        let same = (&was.command, was.permissive, &was.roles)
            == (&now.command, now.permissive, &now.roles);
        !same
            || self
                .renames
                .differ_at_all(was.using.as_deref(), now.using.as_deref())
            || self
                .renames
                .differ_at_all(was.check.as_deref(), now.check.as_deref())
    }

    fn triggers(&mut self) {
        let (before, after) = (&self.before.triggers, &self.after.triggers);
        for now in after {
            let object = format!("trigger {}", code(&now.name));
            match before.iter().find(|one| one.name == now.name) {
                None => self.other(object, code(&now.definition)),
                Some(was) if self.renames.differ(&was.definition, &now.definition) => {
                    self.other(
                        object,
                        format!(
                            "{} instead of {}",
                            code(&now.definition),
                            code(&was.definition)
                        ),
                    );
                }
                Some(_) => {}
            }
        }
        for was in before {
            if !after.iter().any(|one| one.name == was.name) {
                let object = format!("trigger {}", code(&was.name));
                let line = format!("without {object}");
                if !self.follows_column(&[], &was.definition, true, &line) {
                    self.other(object, "removed".into());
                }
            }
        }
    }

    fn grants(&mut self) {
        let (before, after) = (&self.before.grants, &self.after.grants);
        let mut details = Vec::new();
        let none = Vec::new();
        let roles: BTreeSet<&str> = before
            .iter()
            .chain(after)
            .map(|one| one.role.as_str())
            .collect();
        for role in roles {
            let of = |list: &'a [perch_core::schema::Grant]| {
                list.iter()
                    .find(|one| one.role == role)
                    .map(|one| &one.privileges)
            };
            let (was, now) = (of(before).unwrap_or(&none), of(after).unwrap_or(&none));
            let more: Vec<&String> = now.iter().filter(|one| !was.contains(one)).collect();
            let less: Vec<&String> = was
                .iter()
                .filter(|one| !now.contains(one))
                // Those on a column go with it.
                .filter(|one| {
                    !self
                        .deleted
                        .iter()
                        .any(|name| one.ends_with(&format!("({})", quoted(name))))
                })
                .collect();
            if !more.is_empty() {
                details.push(format!("{} may {} now", code(role), listed(&more)));
            }
            if !less.is_empty() {
                details.push(format!("{} may no longer {}", code(role), listed(&less)));
            }
        }
        if !details.is_empty() {
            let object = format!("grants on {}", code(&self.after.name.to_string()));
            let mut change = self.change(What::Other, object);
            change.details = details;
            self.others.push(change);
        }
    }

    fn other(&mut self, object: String, detail: String) {
        let mut change = self.change(What::Other, object);
        change.details.push(detail);
        self.others.push(change);
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

fn policy(policy: &Policy) -> String {
    let mut text = format!("for {} to {}", policy.command, policy.roles.join(", "));
    if !policy.permissive {
        text = format!("as restrictive {text}");
    }
    if let Some(using) = &policy.using {
        text.push_str(&format!(" using ({using})"));
    }
    if let Some(check) = &policy.check {
        text.push_str(&format!(" with check ({check})"));
    }
    code(&text)
}
