//! Forty changes of a real schema, one at a time: each is one event of the right type about the right thing, and ends in a
//! suggestion that can be accepted.

use perch_core::action::Amendments;
use perch_core::connection::Connection;
use perch_core::event::EventState;
use perch_core::id::{ConnectionId, UserId};
use perch_core::outcome::ActionState;
use perch_testkit::forge::{Forge, Speaks};

use super::house::House;

/// A change, the type of its event, and what it is about.
const CHANGES: &[(&str, &str, &str)] = &[
    (
        "CREATE TABLE todos (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL, user_id uuid)",
        "table.created",
        "table/public.todos",
    ),
    (
        "CREATE TABLE lists (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text UNIQUE)",
        "table.created",
        "table/public.lists",
    ),
    (
        "ALTER TABLE todos ADD COLUMN due date",
        "column.added",
        "table/public.todos",
    ),
    (
        "ALTER TABLE todos ADD COLUMN list_id uuid NOT NULL REFERENCES lists(id)",
        "column.added",
        "table/public.todos",
    ),
    (
        "ALTER TABLE todos ADD COLUMN rank int UNIQUE CHECK (rank > 0)",
        "column.added",
        "table/public.todos",
    ),
    (
        "ALTER TABLE todos RENAME COLUMN due TO due_on",
        "column.updated",
        "table/public.todos",
    ),
    (
        "ALTER TABLE todos ALTER COLUMN due_on TYPE timestamptz",
        "column.updated",
        "table/public.todos",
    ),
    (
        "ALTER TABLE todos ALTER COLUMN title SET DEFAULT 'untitled'",
        "column.updated",
        "table/public.todos",
    ),
    (
        "ALTER TABLE todos ALTER COLUMN user_id SET NOT NULL",
        "column.updated",
        "table/public.todos",
    ),
    (
        "COMMENT ON COLUMN todos.title IS 'What is to be done'",
        "column.updated",
        "table/public.todos",
    ),
    (
        "COMMENT ON TABLE todos IS 'Things to do'",
        "table.updated",
        "table/public.todos",
    ),
    (
        "ALTER TABLE todos ENABLE ROW LEVEL SECURITY",
        "table.updated",
        "table/public.todos",
    ),
    (
        "CREATE POLICY own ON todos FOR SELECT TO authenticated USING (user_id = (SELECT auth.uid()))",
        "schema.changed",
        "table/public.todos",
    ),
    (
        "ALTER POLICY own ON todos USING (true)",
        "schema.changed",
        "table/public.todos",
    ),
    (
        "ALTER POLICY own ON todos RENAME TO theirs",
        "schema.changed",
        "table/public.todos",
    ),
    (
        "DROP POLICY theirs ON todos",
        "schema.changed",
        "table/public.todos",
    ),
    (
        "CREATE INDEX todos_due ON todos (due_on)",
        "schema.changed",
        "table/public.todos",
    ),
    (
        "ALTER INDEX todos_due RENAME TO todos_due_on",
        "schema.changed",
        "table/public.todos",
    ),
    (
        "ALTER TABLE todos ADD CONSTRAINT short CHECK (length(title) < 200)",
        "table.updated",
        "table/public.todos",
    ),
    (
        "ALTER TABLE todos DROP CONSTRAINT short",
        "table.updated",
        "table/public.todos",
    ),
    (
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "schema.changed",
        "function/public.touch()",
    ),
    (
        "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS 'BEGIN RETURN NEW; END'",
        "schema.changed",
        "function/public.touch()",
    ),
    (
        "CREATE TRIGGER touched BEFORE UPDATE ON todos FOR EACH ROW EXECUTE FUNCTION touch()",
        "schema.changed",
        "table/public.todos",
    ),
    (
        "DROP TRIGGER touched ON todos",
        "schema.changed",
        "table/public.todos",
    ),
    (
        "CREATE TYPE mood AS ENUM ('sad', 'fine')",
        "schema.changed",
        "enum/public.mood",
    ),
    (
        "ALTER TYPE mood ADD VALUE 'happy'",
        "schema.changed",
        "enum/public.mood",
    ),
    (
        "ALTER TABLE todos ADD COLUMN mood mood DEFAULT 'fine'",
        "column.added",
        "table/public.todos",
    ),
    (
        "ALTER TYPE mood RENAME TO feeling",
        "schema.changed",
        "enum/public.feeling",
    ),
    (
        "CREATE VIEW open_todos WITH (security_invoker = on) AS SELECT id, title, due_on FROM todos",
        "table.created",
        "table/public.open_todos",
    ),
    (
        "CREATE OR REPLACE VIEW open_todos WITH (security_invoker = on) AS SELECT id, title, due_on, rank FROM todos",
        "table.updated",
        "table/public.open_todos",
    ),
    (
        "ALTER TABLE todos RENAME TO tasks",
        "table.updated",
        "table/public.tasks",
    ),
    (
        "ALTER TABLE tasks DROP COLUMN mood",
        "column.deleted",
        "table/public.tasks",
    ),
    (
        "REVOKE DELETE ON tasks FROM anon",
        "schema.changed",
        "table/public.tasks",
    ),
    (
        "CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 0 AND 100)",
        "schema.changed",
        "domain/public.percent",
    ),
    (
        "CREATE SEQUENCE ticket_numbers",
        "schema.changed",
        "sequence/public.ticket_numbers",
    ),
    (
        "CREATE TABLE measures (at date NOT NULL, value int) PARTITION BY RANGE (at)",
        "table.created",
        "table/public.measures",
    ),
    (
        "CREATE TABLE measures_2026 PARTITION OF measures FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
        "table.created",
        "table/public.measures_2026",
    ),
    (
        "ALTER TABLE measures ADD COLUMN unit text",
        "column.added",
        "table/public.measures",
    ),
    (
        "CREATE INDEX measures_at ON measures (at)",
        "schema.changed",
        "table/public.measures",
    ),
    (
        "DROP VIEW open_todos",
        "table.deleted",
        "table/public.open_todos",
    ),
    (
        "DROP TABLE lists CASCADE",
        "table.deleted",
        "table/public.lists",
    ),
];

#[tokio::test]
async fn forty_changes_are_each_told_once_by_the_right_name_and_end_in_a_suggestion() {
    let mut house = House::open(&[]).await;
    house.round().await;
    assert!(
        house.events().await.is_empty(),
        "a first look tells nothing of what was there"
    );
    let mut wrong = Vec::new();
    let mut known = 0;
    assert!(CHANGES.len() >= 40);
    for (sql, event_type, subject) in CHANGES {
        house.postgres.sql(sql);
        house.round().await;
        house.round().await;
        let events = house.events().await;
        let told: Vec<String> = events[known..]
            .iter()
            .map(|row| format!("{} {}", row.event.event_type, row.event.subject.key))
            .collect();
        known = events.len();
        let expected = vec![format!("supabase.{event_type} {subject}")];
        if told != expected {
            let data: Vec<String> = events
                .iter()
                .rev()
                .take(told.len())
                .map(|row| row.event.data["change"].to_string())
                .collect();
            wrong.push(format!("{sql}\n  {told:?}\n  not {expected:?}\n  {data:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let undecided: Vec<_> = house
        .events()
        .await
        .into_iter()
        .filter(|row| row.state != EventState::Suggested)
        .map(|row| {
            (
                row.event.event_type,
                row.event.subject.key,
                row.verdict.map(|one| one.reason),
            )
        })
        .collect();
    assert!(undecided.is_empty(), "{undecided:?}");
}

#[tokio::test]
async fn a_table_that_lies_open_is_documented_and_closed_by_what_the_suggestion_writes() {
    let mut house = House::open(&[]).await;
    house.repository.write(
        "src/todos.ts",
        "export const open = () => supabase.from('todos').select('id, due')\n",
    );
    house
        .repository
        .write("src/database.types.ts", "export type Json = string\n");
    house.repository.commit("Add the client");
    house
        .postgres
        .sql("CREATE TABLE todos (id bigint PRIMARY KEY, title text, due date)");
    house.postgres.sql("ALTER TABLE todos ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON todos FOR SELECT USING (id > 0)");
    house.round().await;
    house
        .postgres
        .sql("ALTER TABLE todos DROP COLUMN due; ALTER TABLE todos DISABLE ROW LEVEL SECURITY");
    house.round().await;

    let suggestions = house.suggestions().await;
    assert_eq!(
        suggestions.len(),
        1,
        "the changes of one table are one suggestion"
    );
    let suggestion = &suggestions[0];
    assert_eq!(suggestion.subject.repository_key, house.repository.key());
    insta::assert_snapshot!(
        "suggestion",
        format!(
            "{}\n{}\n\n{}",
            suggestion.title, suggestion.why, suggestion.body
        )
    );

    let action = suggestion
        .actions
        .iter()
        .find(|action| action.kind == "branch")
        .expect("a branch is offered");
    house
        .engine
        .accept(suggestion.id, action.id, Amendments::default(), house.now())
        .await
        .expect("it is accepted");
    house.round().await;
    let outcome = house.engine.db().read({
        let id = action.id;
        move |db| perch_store::table::actions::get(db, id)
    });
    let state = outcome.await.expect("it is stored").map(|row| row.state);
    assert_eq!(state, Some(ActionState::Done));
    let branch =
        house
            .repository
            .git(&["branch", "--list", "perch/*", "--format=%(refname:short)"]);
    let files = house
        .repository
        .git(&["diff", "--name-only", "HEAD", branch.trim()]);
    let migration = files
        .lines()
        .find(|path| path.starts_with("supabase/migrations/"))
        .expect("a migration is written");
    let page = house.repository.git(&[
        "show",
        &format!("{}:docs/database/public.todos.md", branch.trim()),
    ]);
    insta::assert_snapshot!("page", page);
    // What is written for the database does what it says.
    let sql = house
        .repository
        .git(&["show", &format!("{}:{migration}", branch.trim())]);
    house.postgres.sql(&sql);
    assert_eq!(
        house
            .postgres
            .ask("SELECT relrowsecurity FROM pg_class WHERE relname = 'todos'"),
        "t"
    );
    house.round().await;
    let last = house.events().await.pop().expect("turning it on is told");
    assert_eq!(last.event.event_type.as_str(), "supabase.table.updated");
}

#[tokio::test]
async fn many_things_at_once_are_an_event_each_and_one_suggestion() {
    let mut house = House::open(&[]).await;
    house.round().await;
    house.postgres.fill(25);
    house.round().await;
    house.round().await;
    assert_eq!(house.events().await.len(), 25);
    let suggestions = house.suggestions().await;
    let titles: Vec<&str> = suggestions.iter().map(|one| one.title.as_str()).collect();
    assert_eq!(titles, ["`t0` lies open to the API and 24 more"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_folder_the_page_becomes_a_draft_pull_request_at_the_forge() {
    // Somebody's earlier choice stands.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let forge = Forge::start_as(Speaks::GitHub).await;
    forge.with(|far| far.create("acme/api"));
    let connection = Connection {
        watch: vec!["acme/api".into()],
        ..Connection::new(
            ConnectionId::new("forge"),
            UserId::new("ada"),
            "github",
            forge.base_url(),
        )
    };
    let mut house = House::at_a_forge(&[("repository", "acme/api")], connection).await;
    house.round().await;
    forge.with(|far| {
        far.later(90);
        far.push(
            "acme/api",
            "main",
            &[("src/todos.py", "todos = table('todos').select('due')\n")],
            "Read todos",
        )
    });
    house.round().await;
    house.postgres.sql("CREATE TABLE todos (id bigint PRIMARY KEY, due date); ALTER TABLE todos ENABLE ROW LEVEL SECURITY");
    house.round().await;
    let suggestions = house.suggestions().await;
    let suggestion = suggestions
        .iter()
        .find(|one| one.subject.key == "table/public.todos")
        .expect("the new table is told");
    assert_eq!(suggestion.subject.repository, "acme/api");
    let action = suggestion
        .actions
        .iter()
        .find(|action| action.kind == "pull_request")
        .expect("a pull request is offered");
    house
        .engine
        .accept(suggestion.id, action.id, Amendments::default(), house.now())
        .await
        .expect("it is accepted");
    house.round().await;
    forge.with(|far| {
        let repo = far.repo("acme/api");
        assert_eq!(repo.pulls_opened(), 1);
        let branch = repo
            .branches()
            .into_iter()
            .find(|one| one.starts_with("perch/"))
            .expect("a branch");
        let page = repo
            .text(&branch, "docs/database/public.todos.md")
            .expect("the page is there");
        assert!(page.starts_with("# `public.todos`"), "{page}");
    });
}

#[tokio::test]
async fn pending_migrations_are_told_while_they_wait_and_withdrawn_when_they_ran() {
    let mut house = House::open(&[]).await;
    house.postgres.sql(
        "CREATE SCHEMA supabase_migrations;
         CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY, statements text[], name text);
         CREATE TABLE todos (id bigint PRIMARY KEY, title text);
         ALTER TABLE todos ENABLE ROW LEVEL SECURITY;
         INSERT INTO supabase_migrations.schema_migrations VALUES
             ('20260101000000', ARRAY['create table todos (id bigint primary key, title text)'], 'todos'),
             ('20260301000000', ARRAY['alter table todos add note text'], 'note'),
             ('20260401000000', ARRAY['select 1'], 'elsewhere');",
    );
    let write = |name: &str, sql: &str| {
        house
            .repository
            .write(&format!("supabase/migrations/{name}.sql"), sql);
    };
    write(
        "20260101000000_todos",
        "create table todos (id bigint primary key, title text);\n",
    );
    write(
        "20260201000000_forgotten",
        "alter table todos add constraint short check (length(title) < 100);\n",
    );
    write(
        "20260301000000_note",
        "alter table todos add note varchar;\n",
    );
    write(
        "20260501000000_index",
        "create index todos_title on todos (title);\nalter table todos drop column note;\n",
    );
    house.repository.commit("Add migrations");
    house.round().await;
    house.round().await;

    let pending: Vec<_> = house
        .events()
        .await
        .into_iter()
        .filter(|row| row.event.event_type.as_str() == "supabase.migration.pending")
        .collect();
    assert_eq!(pending.len(), 1, "the same state is told once");
    let suggestions = house.suggestions().await;
    let suggestion = suggestions
        .iter()
        .find(|one| one.subject.key == "migrations")
        .expect("it is suggested");
    insta::assert_snapshot!(
        "pending",
        format!(
            "{}\n{}\n\n{}",
            suggestion.title, suggestion.why, suggestion.body
        )
    );
    let branch = suggestion
        .actions
        .iter()
        .any(|action| action.kind == "branch");
    assert!(
        branch,
        "the safe rewrite is offered as a change: {:?}",
        suggestion.actions
    );

    // Both sides are brought together.
    house.repository.git(&[
        "rm",
        "-q",
        "supabase/migrations/20260201000000_forgotten.sql",
        "supabase/migrations/20260501000000_index.sql",
    ]);
    house.repository.write(
        "supabase/migrations/20260301000000_note.sql",
        "alter table todos add note text;\n",
    );
    house.repository.write(
        "supabase/migrations/20260401000000_elsewhere.sql",
        "select 1;\n",
    );
    house.repository.commit("Bring migrations together");
    house.round().await;
    let left = house.suggestions().await;
    assert!(left.iter().all(|one| one.subject.key != "migrations"
        || one.state != perch_core::suggestion::SuggestionState::Open));
}
