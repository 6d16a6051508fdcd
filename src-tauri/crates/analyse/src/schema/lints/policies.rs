//! Policies that let through too much, cost too much, or are missing.

use perch_core::schema::{Part, Policy, Schema, Table, quoted};

use super::{API_ROLES, Level, Lint, is_exposed, lint};
use crate::schema::text::{code, listed};

/// Functions whose value is the same for all rows of a query.
const CALLS: &[&str] = &[
    "auth.uid(",
    "auth.jwt(",
    "auth.role(",
    "auth.email(",
    "current_setting(",
];

/// Columns that say whose a row is.
const OWNERS: &[&str] = &[
    "user_id",
    "owner_id",
    "created_by",
    "author_id",
    "profile_id",
];

pub(super) fn table(schema: &Schema, table: &Table, found: &mut Vec<Lint>) {
    if !schema.has(Part::Policies) || !table.holds_rows() {
        return;
    }
    let name = code(&table.name.to_string());
    initplan(table, found);
    for policy in &table.policies {
        let says = format!(
            "{} {}",
            policy.using.as_deref().unwrap_or_default(),
            policy.check.as_deref().unwrap_or_default()
        );
        let said = code(&policy.name);
        let of_policy = |lint_name, level, detail| Lint {
            about: format!("{}.{}", table.name, policy.name),
            ..lint(lint_name, level, table, detail)
        };
        if says.contains("user_metadata") && is_exposed(schema, table) {
            let mended = |text: &str| text.replace("user_metadata", "app_metadata");
            found.push(Lint {
                fix: Some(alter(table, policy, &mended)),
                caution: Some("what the policy reads must be set in `app_metadata` first, which users cannot change"),
                ..of_policy(
                    "rls_references_user_metadata",
                    Level::Error,
                    format!("policy {said} of {name} trusts `user_metadata`, which every user can change"),
                )
            });
        }
        let is_open = |text: &Option<String>| text.as_deref().is_some_and(is_true);
        let command = policy.command.as_str();
        let any_row = matches!(command, "UPDATE" | "DELETE" | "ALL")
            && (policy.using.is_none() || is_open(&policy.using));
        // Without a check of its own an update is checked by what it shows; an insert is not checked at all.
        let any_value = is_open(&policy.check)
            || (policy.check.is_none()
                && (command == "INSERT"
                    || (matches!(command, "UPDATE" | "ALL") && is_open(&policy.using))));
        let api = policy
            .roles
            .iter()
            .any(|role| role == "public" || API_ROLES.contains(&role.as_str()));
        if table.rls && policy.permissive && (any_row || any_value) && api {
            found.push(of_policy(
                "rls_policy_always_true",
                Level::Warn,
                format!(
                    "policy {said} of {name} lets {} {} any row",
                    listed(&policy.roles),
                    policy.command
                ),
            ));
        }
    }
    multiple(table, found);
    if table.rls && table.policies.is_empty() {
        let owner = OWNERS.iter().find_map(|owner| table.column(owner));
        let fix = owner.filter(|column| column.type_name == "uuid").map(|column| {
            let own = format!("(SELECT auth.uid()) = {}", quoted(&column.name));
            format!(
                "CREATE POLICY {} ON {} FOR ALL TO authenticated USING ({own}) WITH CHECK ({own});",
                quoted("Users have their own rows"),
                table.name.sql()
            )
        });
        found.push(Lint {
            fix,
            ..lint(
                "rls_enabled_no_policy",
                Level::Info,
                table,
                format!(
                    "{name} has row level security on and no policy, so the API sees no row of it"
                ),
            )
        });
    }
}

/// Several permissive policies for the same role and command are all asked.
fn multiple(table: &Table, found: &mut Vec<Lint>) {
    let mut told = Vec::new();
    for role in table.policies.iter().flat_map(|one| &one.roles) {
        for command in ["SELECT", "INSERT", "UPDATE", "DELETE"] {
            let alike: Vec<&Policy> = table
                .policies
                .iter()
                .filter(|one| one.permissive && one.roles.contains(role))
                .filter(|one| one.command == command || one.command == "ALL")
                .collect();
            let about = format!("{}.{role}.{command}", table.name);
            if alike.len() < 2 || told.contains(&about) {
                continue;
            }
            let names: Vec<&str> = alike.iter().map(|one| one.name.as_str()).collect();
            found.push(Lint {
                about: about.clone(),
                fix: united(table, &alike),
                ..lint(
                    "multiple_permissive_policies",
                    Level::Warn,
                    table,
                    format!(
                        "{} asks {} for every row when `{role}` does {command}",
                        code(&table.name.to_string()),
                        listed(&names)
                    ),
                )
            });
            told.push(about);
        }
    }
}

/// One policy that says what several for the very same roles and command say together.
fn united(table: &Table, alike: &[&Policy]) -> Option<String> {
    let (first, rest) = alike.split_first()?;
    let same = |one: &&&Policy| one.command == first.command && one.roles == first.roles;
    if rest.iter().any(|one| !same(&one)) {
        return None;
    }
    let either = |of: fn(&Policy) -> Option<&str>| {
        let said: Option<Vec<&str>> = alike.iter().map(|one| of(one)).collect();
        said.map(|said| format!("({})", said.join(") OR (")))
    };
    let using = either(|one| one.using.as_deref());
    let check = either(|one| one.check.as_deref());
    let any = |of: fn(&Policy) -> bool| alike.iter().any(|one| of(one));
    // One that checks writes by what it shows, beside one that does not, cannot be written as one without knowing more.
    if (using.is_none() && any(|one| one.using.is_some()))
        || (check.is_none() && any(|one| one.check.is_some()))
    {
        return None;
    }
    let mut sql = change(table, first, using.as_deref(), check.as_deref());
    for one in rest {
        sql.push_str(&format!(
            "\nDROP POLICY {} ON {};",
            quoted(&one.name),
            table.name.sql()
        ));
    }
    Some(sql)
}

fn alter(table: &Table, policy: &Policy, mend: &dyn Fn(&str) -> String) -> String {
    let using = policy.using.as_deref().map(mend);
    let check = policy.check.as_deref().map(mend);
    change(table, policy, using.as_deref(), check.as_deref())
}

fn change(table: &Table, policy: &Policy, using: Option<&str>, check: Option<&str>) -> String {
    let mut sql = format!(
        "ALTER POLICY {} ON {}",
        quoted(&policy.name),
        table.name.sql()
    );
    for (word, text) in [("USING", using), ("WITH CHECK", check)] {
        if let Some(text) = text {
            sql.push_str(&format!(" {word} ({text})"));
        }
    }
    sql.push(';');
    sql
}

fn is_true(text: &str) -> bool {
    matches!(text.trim_matches(['(', ')', ' ']), "true" | "1 = 1")
}

/// Policies that ask for every row what is the same for all of a query.
pub(super) fn initplan(table: &Table, found: &mut Vec<Lint>) {
    for policy in table.policies.iter().filter(|_| table.rls) {
        let says = [&policy.using, &policy.check];
        let bare = says.into_iter().flatten().find_map(|text| {
            let (from, to) = *bare(text).first()?;
            Some(text[from..to].to_owned())
        });
        if let Some(call) = bare {
            found.push(Lint {
                about: format!("{}.{}", table.name, policy.name),
                fix: Some(alter(table, policy, &wrapped)),
                ..lint(
                    "auth_rls_initplan",
                    Level::Warn,
                    table,
                    format!(
                        "policy {} of {} calls {} for every row instead of once",
                        code(&policy.name),
                        code(&table.name.to_string()),
                        code(&call)
                    ),
                )
            });
        }
    }
}

/// Where `text` calls one of [`CALLS`] without a `SELECT` of its own around it.
fn bare(text: &str) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = CALLS
        .iter()
        .flat_map(|call| text.match_indices(call))
        .filter_map(|(at, call)| {
            Some((at, at + call.len() + text[at + call.len()..].find(')')? + 1))
        })
        .filter(|(at, _)| {
            let before = text[..*at].trim_end().to_ascii_lowercase();
            !before.ends_with("select")
        })
        .collect();
    found.sort_unstable();
    found
}

fn wrapped(text: &str) -> String {
    let mut text = text.to_owned();
    for (from, to) in bare(&text).into_iter().rev() {
        let call = format!("(SELECT {})", &text[from..to]);
        text.replace_range(from..to, &call);
    }
    text
}
