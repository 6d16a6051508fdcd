//! Each lint of Supabase's linter that a schema can show: it is found by its name and level, and the SQL that mends it,
//! run on the real server, makes it go away and brings no other of its level.

use perch_analyse::schema::lints::{Lint, lints};
use perch_testkit::postgres::Postgres;

use crate::support::read;

/// A fault, how it is made, and whether SQL mends it.
const FAULTS: &[(&str, &str, &str, bool)] = &[
    ("rls_disabled_in_public", "ERROR", "CREATE TABLE t (id int PRIMARY KEY)", true),
    (
        "policy_exists_rls_disabled",
        "ERROR",
        "CREATE TABLE t (id int PRIMARY KEY); CREATE POLICY p ON t FOR SELECT USING (id > 0)",
        true,
    ),
    (
        "sensitive_columns_exposed",
        "ERROR",
        "CREATE TABLE t (id int PRIMARY KEY, password text)",
        true,
    ),
    (
        "security_definer_view",
        "ERROR",
        "CREATE VIEW v AS SELECT 1 AS one",
        true,
    ),
    (
        "auth_users_exposed",
        "ERROR",
        "CREATE VIEW v AS SELECT id FROM auth.users",
        true,
    ),
    (
        "rls_references_user_metadata",
        "ERROR",
        "CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
         CREATE POLICY p ON t FOR SELECT USING (((SELECT auth.jwt()) -> 'user_metadata' ->> 'admin') = 'yes')",
        true,
    ),
    (
        "auth_rls_initplan",
        "WARN",
        "CREATE TABLE t (id int PRIMARY KEY, user_id uuid); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
         CREATE POLICY p ON t FOR ALL USING (user_id = auth.uid())
             WITH CHECK (user_id = auth.uid() AND current_setting('app.on', true) = 'yes')",
        true,
    ),
    (
        "multiple_permissive_policies",
        "WARN",
        "CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
         CREATE POLICY a ON t FOR SELECT USING (id > 0); CREATE POLICY b ON t FOR SELECT USING (id < 9)",
        true,
    ),
    (
        "rls_policy_always_true",
        "WARN",
        "CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
         CREATE POLICY p ON t FOR UPDATE TO anon USING (true) WITH CHECK (true)",
        false,
    ),
    (
        "duplicate_index",
        "WARN",
        "CREATE TABLE t (id int PRIMARY KEY, a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
         CREATE INDEX one ON t (a); CREATE INDEX two ON t (a)",
        true,
    ),
    (
        "function_search_path_mutable",
        "WARN",
        "CREATE FUNCTION f(a int, \"B\" text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        true,
    ),
    (
        "anon_security_definer_function_executable",
        "WARN",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1'",
        true,
    ),
    (
        "authenticated_security_definer_function_executable",
        "WARN",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1'",
        true,
    ),
    ("extension_in_public", "WARN", "CREATE EXTENSION citext", true),
    (
        "materialized_view_in_api",
        "WARN",
        "CREATE MATERIALIZED VIEW v AS SELECT 1 AS one",
        true,
    ),
    (
        "foreign_table_in_api",
        "WARN",
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE t (id int) SERVER s",
        true,
    ),
    (
        "unindexed_foreign_keys",
        "INFO",
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE \"T b\" (id int PRIMARY KEY, a_id int REFERENCES a (id));
         ALTER TABLE a ENABLE ROW LEVEL SECURITY; ALTER TABLE \"T b\" ENABLE ROW LEVEL SECURITY",
        true,
    ),
    (
        "no_primary_key",
        "INFO",
        "CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        true,
    ),
    (
        "rls_enabled_no_policy",
        "INFO",
        "CREATE TABLE t (id int PRIMARY KEY, user_id uuid); ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        true,
    ),
];

/// Forgets everything in `public` and what faults put elsewhere.
const AFRESH: &str =
    "SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public;
    DROP SCHEMA IF EXISTS extensions CASCADE; DROP FOREIGN DATA WRAPPER IF EXISTS w CASCADE;
    GRANT USAGE ON SCHEMA public TO anon, authenticated;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated;";

#[tokio::test]
async fn each_fault_is_found_by_its_name_and_its_sql_mends_it() {
    let postgres = Postgres::start();
    let mut amiss = Vec::new();
    for (name, level, made, mends) in FAULTS {
        postgres.sql(AFRESH);
        postgres.sql(made);
        let before = lints(&read(&postgres, &["public"]).await);
        let Some(lint) = before.iter().find(|one| one.name == *name) else {
            amiss.push(format!("{name} is not found: {before:#?}"));
            continue;
        };
        assert_eq!(lint.level.as_str(), *level, "{name}");
        assert_eq!(lint.fix.is_some(), *mends, "{name}");
        let Some(fix) = &lint.fix else { continue };
        postgres.sql(fix);
        let after = lints(&read(&postgres, &["public"]).await);
        if after.iter().any(|one| one.name == *name) {
            amiss.push(format!("{name} is still there after {fix}: {after:#?}"));
        }
        let new: Vec<&Lint> = after
            .iter()
            .filter(|one| {
                one.level >= lint.level && !before.iter().any(|other| other.name == one.name)
            })
            .collect();
        if !new.is_empty() {
            amiss.push(format!("{fix} brought {new:#?}"));
        }
    }
    assert!(amiss.is_empty(), "{}", amiss.join("\n"));
}

#[tokio::test]
async fn a_sound_schema_has_nothing_wrong() {
    let postgres = Postgres::start();
    postgres.sql(
        "CREATE TABLE lists (id uuid PRIMARY KEY, user_id uuid NOT NULL);
         CREATE TABLE todos (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, list_id uuid NOT NULL REFERENCES lists (id), title text);
         CREATE INDEX ON todos (list_id);
         ALTER TABLE lists ENABLE ROW LEVEL SECURITY;
         ALTER TABLE todos ENABLE ROW LEVEL SECURITY;
         CREATE POLICY own ON lists FOR ALL TO authenticated USING ((SELECT auth.uid()) = user_id) WITH CHECK ((SELECT auth.uid()) = user_id);
         CREATE POLICY own ON todos FOR SELECT TO authenticated USING (EXISTS (SELECT 1 FROM lists WHERE lists.id = list_id));
         CREATE VIEW mine WITH (security_invoker = on) AS SELECT * FROM todos;
         CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1';
         CREATE TABLE hidden (a int); REVOKE ALL ON hidden FROM anon, authenticated; ALTER TABLE hidden ADD PRIMARY KEY (a);",
    );
    assert_eq!(lints(&read(&postgres, &["public"]).await), []);
}
