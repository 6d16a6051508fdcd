//! Verdicts against those of Supabase's own linter, by its own fixtures: at every step of each, the same things are found.
//!
//! The linter states no licence, so nothing of it is kept here: `PERCH_SPLINTER` names a checkout of
//! github.com/supabase/splinter; without it the test says that it skips.

use std::collections::BTreeSet;
use std::path::Path;

use perch_analyse::schema::lints::lints;
use perch_core::sql::statements;
use perch_testkit::postgres::Postgres;

use crate::support::read;

/// What a schema alone shows, of its lints.
const LINTS: &[&str] = &[
    "0001_unindexed_foreign_keys",
    "0002_auth_users_exposed",
    "0003_auth_rls_initplan",
    "0004_no_primary_key",
    "0006_multiple_permissive_policies",
    "0007_policy_exists_rls_disabled",
    "0008_rls_enabled_no_policy",
    "0009_duplicate_index",
    "0010_security_definer_view",
    "0011_function_search_path_mutable",
    "0013_rls_disabled_in_public",
    "0014_extension_in_public",
    "0015_rls_references_user_metadata",
    "0016_materialized_view_in_api",
    "0017_foreign_table_in_api",
    "0023_sensitive_columns_exposed",
    "0024_rls_policy_always_true",
    "0028_anon_security_definer_function_executable",
    "0029_authenticated_security_definer_function_executable",
];

#[tokio::test]
async fn every_step_of_the_published_fixtures_is_judged_alike() {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test of what others published finds it where it is told"
    )]
    let Some(checkout) = std::env::var_os("PERCH_SPLINTER") else {
        println!("skipped: PERCH_SPLINTER names no checkout of github.com/supabase/splinter");
        return;
    };
    let checkout = Path::new(&checkout);
    let (mut steps, mut others) = (0, Vec::new());
    for lint in LINTS {
        let (found, differ) = fixture(checkout, lint).await;
        assert!(found > 1, "{lint} has no steps");
        steps += found;
        others.extend(differ);
    }
    println!("{steps} steps, {} judged otherwise", others.len());
    assert!(others.is_empty(), "{}", others.join("\n"));
}

/// How many steps the fixture of one lint has, and those judged otherwise.
async fn fixture(checkout: &Path, lint: &str) -> (usize, Vec<String>) {
    let text = |path: &str| {
        std::fs::read_to_string(checkout.join(path))
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let name = &lint[5..];
    let fresh = || {
        let postgres = Postgres::start();
        postgres.sql(
            "DROP SCHEMA auth CASCADE; DROP OWNED BY anon, authenticated; DROP ROLE anon, authenticated, service_role;
             ALTER DATABASE postgres SET pgrst.db_schemas = 'public';",
        );
        postgres.sql(&text("test/fixtures.sql"));
        postgres.sql(&text(&format!("lints/{lint}.sql")));
        postgres
    };
    let mut postgres = fresh();
    // What ran, and where savepoints lie: others must see what a fixture does within its transaction.
    let (mut ran, mut saved): (Vec<String>, Vec<(String, usize)>) = Default::default();
    let (mut steps, mut differ) = (0, Vec::new());
    for statement in statements(&text(&format!("test/sql/{lint}.sql"))) {
        let lower = statement.text.to_lowercase();
        if let Some(name) = lower.strip_prefix("savepoint ") {
            saved.push((name.to_owned(), ran.len()));
            continue;
        }
        if let Some(name) = lower.strip_prefix("rollback to savepoint ") {
            let at = saved
                .iter()
                .rev()
                .find(|(one, _)| one == name)
                .map_or(0, |(_, at)| *at);
            ran.truncate(at);
            postgres = fresh();
            for statement in &ran {
                postgres.sql(statement);
            }
            continue;
        }
        if ["begin", "rollback", "set ", "commit", "release"]
            .iter()
            .any(|word| lower.starts_with(word))
        {
            continue;
        }
        if !(lower.starts_with("select") && lower.contains("from lint.")) {
            let statement = format!("SET search_path = ''; {};", statement.text);
            postgres.sql(&statement);
            ran.push(statement);
            continue;
        }
        steps += 1;
        let theirs: BTreeSet<String> = postgres
            .ask(&format!(
                "SELECT DISTINCT coalesce(metadata ->> 'name', detail) FROM lint.\"{lint}\" WHERE name = '{name}'"
            ))
            .lines()
            .map(str::to_owned)
            .collect();
        let schemas = postgres.ask(
            "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'lint')",
        );
        let schemas: Vec<&str> = schemas.lines().collect();
        let ours: BTreeSet<String> = lints(&read(&postgres, &schemas).await)
            .into_iter()
            .filter(|one| one.name == name)
            .map(|one| match one.table {
                Some(table) => table.name,
                None => one
                    .about
                    .split('(')
                    .next()
                    .unwrap_or_default()
                    .rsplit('.')
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            })
            .collect();
        if theirs != ours {
            differ.push(format!(
                "{lint} line {}: {ours:?}, Supabase says {theirs:?}",
                statement.line
            ));
        }
    }
    (steps, differ)
}
