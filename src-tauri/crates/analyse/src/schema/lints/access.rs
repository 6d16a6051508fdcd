//! What lies open: tables without row level security, views and functions that run with their owner's rights.

use perch_core::schema::{Kind, Name, Part, Schema, Table, quoted};

use super::{API_ROLES, Level, Lint, is_exposed, is_internal, lint, readers};
use crate::schema::text::{code, listed, mentions};

/// Column names that hold what nobody else should read.
const SENSITIVE: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "password_hash",
    "secret",
    "api_key",
    "api_secret",
    "access_token",
    "refresh_token",
    "private_key",
    "encryption_key",
    "ssn",
    "social_security_number",
    "credit_card",
    "card_number",
    "cvv",
    "cvc",
    "iban",
    "account_number",
    "date_of_birth",
    "otp",
    "pin",
    "mfa_secret",
    "totp_secret",
];

/// What is said of turning row level security on.
const CLOSES: &str =
    "until a policy lets rows through, only the owner and the service role see any";

pub(super) fn table(schema: &Schema, table: &Table, found: &mut Vec<Lint>) {
    let name = code(&table.name.to_string());
    let exposed = is_exposed(schema, table);
    if table.holds_rows() && !table.rls {
        let enable = format!(
            "ALTER TABLE {} ENABLE ROW LEVEL SECURITY;",
            table.name.sql()
        );
        let mut add = |lint_name, detail, caution| {
            found.push(Lint {
                fix: Some(enable.clone()),
                caution,
                ..lint(lint_name, Level::Error, table, detail)
            });
        };
        if schema.has(Part::Policies) && !table.policies.is_empty() {
            let policies: Vec<&str> = table.policies.iter().map(|one| one.name.as_str()).collect();
            add(
                "policy_exists_rls_disabled",
                format!(
                    "{name} has policies ({}) but row level security is off, so none is in force",
                    listed(&policies)
                ),
                None,
            );
        }
        if exposed
            && table
                .partition
                .as_deref()
                .is_none_or(|bounds| !bounds.starts_with("FOR VALUES"))
        {
            add(
                "rls_disabled_in_public",
                format!(
                    "{name} can be read through the API by anyone, since row level security is off"
                ),
                Some(CLOSES),
            );
        }
        let sensitive: Vec<&str> = table
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .filter(|column| SENSITIVE.contains(&column.to_lowercase().as_str()))
            .collect();
        if exposed && !sensitive.is_empty() {
            add(
                "sensitive_columns_exposed",
                format!(
                    "{name} shows {} through the API without row level security",
                    listed(&sensitive)
                ),
                Some(CLOSES),
            );
        }
    }
    if table.kind == Kind::View && exposed {
        let invoker = is_invoker(table);
        if !invoker {
            found.push(Lint {
                fix: Some(format!("ALTER VIEW {} SET (security_invoker = on);", table.name.sql())),
                caution: Some("whoever reads the view then needs the rights on what it reads"),
                ..lint(
                    "security_definer_view",
                    Level::Error,
                    table,
                    format!("view {name} reads with its owner's rights, past the policies of whoever asks"),
                )
            });
        }
    }
    let shows_users = table
        .definition
        .as_deref()
        .is_some_and(|query| mentions(query, "auth.users"));
    // As seen by whoever asks, the table's own row level security holds.
    let users = schema.table(&Name::new("auth", "users"));
    let held = table.kind == Kind::View && is_invoker(table) && users.is_none_or(|users| users.rls);
    if shows_users && exposed && !held {
        found.push(Lint {
            fix: Some(revoke(table)),
            ..lint(
                "auth_users_exposed",
                Level::Error,
                table,
                format!(
                    "{} {name} shows `auth.users` through the API",
                    table.kind.word()
                ),
            )
        });
    }
    let open = match table.kind {
        Kind::MaterializedView => Some((
            "materialized_view_in_api",
            "a materialized view knows no row level security",
        )),
        Kind::Foreign => Some((
            "foreign_table_in_api",
            "a foreign table knows no row level security",
        )),
        _ => None,
    };
    if let (Some((lint_name, why)), true) = (open, exposed) {
        found.push(Lint {
            fix: Some(revoke(table)),
            ..lint(
                lint_name,
                Level::Warn,
                table,
                format!("{name} can be read through the API, and {why}"),
            )
        });
    }
}

/// True for a view that reads with the rights of whoever asks.
fn is_invoker(table: &Table) -> bool {
    table.options.iter().any(|option| {
        let option = option.to_ascii_lowercase().replace(' ', "");
        ["true", "on", "1", "yes"]
            .iter()
            .any(|on| option == format!("security_invoker={on}"))
    })
}

fn revoke(table: &Table) -> String {
    format!(
        "REVOKE ALL ON {} FROM {};",
        table.name.sql(),
        readers(table)
    )
}

pub(super) fn routines(schema: &Schema, found: &mut Vec<Lint>) {
    let outside = schema
        .routines
        .iter()
        .filter(|one| !is_internal(&one.name.schema));
    for routine in outside {
        let about = format!("{}({})", routine.name, routine.arguments);
        let of_routine = |name, level, detail, fix| Lint {
            name,
            level,
            table: None,
            about: about.clone(),
            detail,
            fix: Some(fix),
            caution: None,
        };
        let signature = format!("{}({})", routine.name.sql(), routine.arguments);
        if !routine.fixed_search_path {
            found.push(Lint {
                caution: Some(
                    "names its text does not qualify are then found in its own schema only",
                ),
                ..of_routine(
                    "function_search_path_mutable",
                    Level::Warn,
                    format!(
                        "function {} finds names by whatever `search_path` its caller set",
                        code(&about)
                    ),
                    format!(
                        "ALTER ROUTINE {signature} SET search_path = {}, pg_temp;",
                        quoted(&routine.name.schema)
                    ),
                )
            });
        }
        if routine.security_definer && !routine.trigger {
            for role in API_ROLES {
                if routine.callers.iter().any(|caller| caller == role) {
                    let name = if *role == "anon" {
                        "anon_security_definer_function_executable"
                    } else {
                        "authenticated_security_definer_function_executable"
                    };
                    found.push(of_routine(
                        name,
                        Level::Warn,
                        format!(
                            "`{role}` may call {}, which runs with its owner's rights",
                            code(&about)
                        ),
                        format!("REVOKE EXECUTE ON ROUTINE {signature} FROM public, {role};"),
                    ));
                }
            }
        }
    }
}
